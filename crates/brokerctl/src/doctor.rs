//! `brokerctl doctor`: what is wrong with a deployment, and what to change.

mod connection;
mod cors;
mod issuers;
mod look;
mod question;
mod report;
mod rules;
mod steps;
mod storage;
mod upload;

use std::error::Error;

use broker_connect::diagnosis::{Account, DateWatch, PlainHttp};
use broker_connect::{DocumentClient, Roots, SharedHttpConnector, connector};
use broker_http::settings::{Fault, Settings};
use clap::Args;

use crate::Verdict;
use crate::check::summary;
use crate::configuration::{Config, EnvFile, process_variable};
use look::{Look, Obstacle};
use report::{Check, Finding, Health, Outcome, Report};
use upload::UploadArgs;

/// The SDK's variables for another S3, the more special one first.
const S3_ENDPOINTS: [&str; 2] = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"];

/// Examines a deployment: settings, account, bucket and issuers. Nothing is changed without --deep: every call
/// is one that reads. Credentials, region and endpoints (AWS_*) are the AWS SDK's own and always come from the process's
/// environment and from ~/.aws; --env-file is for the broker's variables.
#[derive(Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    config: Config,
    #[command(flatten)]
    env_file: EnvFile,
    #[command(flatten)]
    upload: UploadArgs,
    /// Prints the report as one JSON object.
    #[arg(long)]
    json: bool,
}

impl Doctor {
    pub(crate) async fn run(&self) -> Result<Verdict, Box<dyn Error>> {
        let report = match self.env_file.settings(&self.config.config)? {
            Ok(settings) => self.examine(&settings).await?,
            Err(faults) => without_settings(&faults, &self.config.config),
        };
        if self.json {
            println!("{:#}", report.json());
        } else {
            print!("{report}");
        }
        Ok(match report.health() {
            Health::Sound => Verdict::Yes,
            Health::AtFault => Verdict::No,
            Health::Unanswered => Verdict::Unknown,
        })
    }

    async fn examine(&self, settings: &Settings) -> Result<Report, Box<dyn Error>> {
        let ways = Ways::of(settings)?;
        let deployment = &settings.deployment;
        let instance = &deployment.instance;
        let account = Account::from_environment(ways.aws, deployment.clone(), instance.region()).await;
        let region = connection::region(account.region(), instance);
        let looked = look(&account, settings, &region).await;
        let issuers = issuers::issuers(settings, ways.documents).await;
        let (aws, of_issuers) = (ways.aws_dates.offsets(), ways.issuer_dates.offsets());
        let is_clock_off = connection::is_clock_off(&aws);
        let seen = looked.as_ref().map_err(|obstacle| obstacle.reason(is_clock_off));
        let judged = |judge: &dyn Fn(&Look) -> Outcome| match seen {
            Ok(look) => judge(look),
            Err(reason) => Outcome::NotChecked(reason.into()),
        };
        let bucket = seen.and_then(|look| storage::bucket(&look.storage).ok_or("the bucket is not known"));
        let url = bucket.map(|bucket| storage::url(bucket, instance.region(), s3_endpoint().as_deref()));
        let (upload_hosts, bucket_cors) = match url {
            Ok(url) => (
                storage::upload_hosts(&settings.upload_hosts, &url, &self.config.config),
                cors::bucket_cors(&ways.http, &url, &settings.allowed_origins).await,
            ),
            Err(reason) => (
                Outcome::NotChecked(reason.into()),
                Outcome::NotChecked(reason.into()),
            ),
        };
        let upload = match &seen {
            Ok(look) => {
                let connect = account.connect(settings.upload_hosts.clone());
                self.upload
                    .outcome(&connect, &ways.http, deployment, look.service_limits())
                    .await
            }
            Err(reason) => self.upload.in_vain(reason),
        };
        Ok(Report(vec![
            (Check::Settings, Outcome::Ok(summary(settings))),
            (Check::Region, region),
            (Check::Credentials, connection::credentials(&looked, is_clock_off)),
            (
                Check::Clock,
                connection::clock(&aws, &of_issuers, &settings.issuers),
            ),
            (
                Check::Instance,
                connection::instance(&looked, is_clock_off, instance),
            ),
            (
                Check::Storage,
                judged(&|look| storage::storage(&look.storage, instance)),
            ),
            (Check::UploadHosts, upload_hosts),
            (Check::BucketCors, bucket_cors),
            (
                Check::CasesDomain,
                judged(&|look| rules::cases_domain(look, deployment)),
            ),
            (Check::Limits, judged(&|look| rules::limits(look, settings))),
            (Check::Users, judged(&|look| rules::users(look, settings))),
            (Check::Cases, judged(&|look| rules::cases(look, deployment))),
            (Check::Contacts, judged(&|look| rules::contacts(look, instance))),
            (Check::Issuers, issuers),
            (Check::Upload, upload),
        ]))
    }
}

/// Whatever the account says, unless something is in the way of asking.
async fn look(account: &Account, settings: &Settings, region: &Outcome) -> Result<Look, Obstacle> {
    if !region.is_ok() {
        return Err(Obstacle::Region);
    }
    if !account.has_credentials().await {
        return Err(Obstacle::NoCredentials);
    }
    Look::at(account, settings).await
}

/// How AWS, the issuers and the bucket are reached, and what time they say it is.
struct Ways {
    aws: SharedHttpConnector,
    aws_dates: DateWatch,
    documents: DocumentClient,
    issuer_dates: DateWatch,
    http: PlainHttp,
}

impl Ways {
    /// Over the operator's own roots where the settings have some, as the function does.
    fn of(settings: &Settings) -> Result<Self, Box<dyn Error>> {
        let own = settings.ca_bundle.as_deref().map(Roots::from_pem).transpose()?;
        let aws = connector(&own.clone().unwrap_or_else(Roots::amazon))?;
        // The web's roots have Amazon's among them.
        let web = connector(&own.unwrap_or_else(Roots::web))?;
        let (aws_dates, issuer_dates) = (DateWatch::default(), DateWatch::default());
        Ok(Self {
            http: PlainHttp::new(aws.clone()),
            aws: aws_dates.over(aws),
            documents: DocumentClient::with_bundle(issuer_dates.over(web)),
            aws_dates,
            issuer_dates,
        })
    }
}

fn s3_endpoint() -> Option<String> {
    let mut given = S3_ENDPOINTS.into_iter().filter_map(process_variable);
    given.find(|endpoint| !endpoint.is_empty())
}

/// The report where the settings cannot be read: nothing else can be asked.
fn without_settings(faults: &[Fault], config: &str) -> Report {
    let told = |fault: &Fault| {
        let fix = format!("correct {} ({config} or the environment)", fault.name());
        Finding::fault(fault.to_string(), fix)
    };
    let of = |check| match check {
        Check::Settings => Outcome::Found(faults.iter().map(told).collect()),
        _ => Outcome::NotChecked("the settings are at fault".into()),
    };
    Report(Check::ALL.into_iter().map(|check| (check, of(check))).collect())
}
