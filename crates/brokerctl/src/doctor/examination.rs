//! One run of the doctor: asks AWS, issuers and bucket, and collects the outcome of each check.

use std::error::Error;

use broker_connect::{DocumentClient, Roots, SharedHttpConnector, connector};
use broker_core::arn::Deployment;
use broker_http::settings::Settings;

use super::account::Account;
use super::dates::DateWatch;
use super::look::{Look, Obstacle};
use super::plain_http::PlainHttp;
use super::report::{Check, Outcome, Report};
use super::upload::UploadArgs;
use super::{connection, cors, issuers, rules, storage};
use crate::check::summary;
use crate::configuration::process_variable;

/// The SDK's variables for another S3 endpoint, the more specific one first.
const S3_ENDPOINTS: [&str; 2] = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"];

/// Everything that the checks judge.
pub(super) struct Examination<'a> {
    settings: &'a Settings,
    /// Path of the rules, for the texts of fixes.
    config: &'a str,
    account: Account,
    http: PlainHttp,
    region: Outcome,
    looked: Result<Look, Obstacle>,
    is_clock_off: bool,
    clock: Outcome,
    issuers: Outcome,
}

impl<'a> Examination<'a> {
    /// Asks the account and the issuers.
    pub(super) async fn of(settings: &'a Settings, config: &'a str) -> Result<Self, Box<dyn Error>> {
        let connectors = Connectors::of(settings)?;
        let instance = &settings.deployment.instance;
        let account =
            Account::from_environment(connectors.aws, settings.deployment.clone(), instance.region()).await;
        let region = connection::region(account.region(), instance);
        let looked = look(&account, settings, &region).await;
        let issuers = issuers::issuers(settings, connectors.documents).await;
        let (aws, of_issuers) = (connectors.aws_dates.offsets(), connectors.issuer_dates.offsets());
        Ok(Self {
            settings,
            config,
            account,
            http: connectors.http,
            region,
            looked,
            is_clock_off: connection::is_clock_off(&aws),
            clock: connection::clock(&aws, &of_issuers, &settings.issuers),
            issuers,
        })
    }

    /// Every check's outcome, after the preflights and, where `upload` says so, the upload.
    pub(super) async fn report(&self, upload: &UploadArgs) -> Report {
        let [storage, upload_hosts, bucket_cors] = self.bucket().await;
        let upload = self.upload(upload).await;
        let instance = &self.deployment().instance;
        Report(vec![
            (Check::Settings, Outcome::Ok(summary(self.settings))),
            (Check::Region, self.region.clone()),
            (
                Check::Credentials,
                connection::credentials(&self.looked, self.is_clock_off),
            ),
            (Check::Clock, self.clock.clone()),
            (
                Check::Instance,
                connection::instance(&self.looked, self.is_clock_off, instance),
            ),
            (Check::Storage, storage),
            (Check::UploadHosts, upload_hosts),
            (Check::BucketCors, bucket_cors),
            (
                Check::CasesDomain,
                self.judged(|look| rules::cases_domain(look, self.deployment())),
            ),
            (
                Check::Limits,
                self.judged(|look| rules::limits(look, self.settings)),
            ),
            (
                Check::Users,
                self.judged(|look| rules::users(look, self.settings)),
            ),
            (
                Check::Cases,
                self.judged(|look| rules::cases(look, self.deployment())),
            ),
            (
                Check::Contacts,
                self.judged(|look| rules::contacts(look, instance)),
            ),
            (Check::Issuers, self.issuers.clone()),
            (Check::Upload, upload),
        ])
    }

    /// The outcomes about the bucket: its place, the upload hosts, its CORS rules.
    async fn bucket(&self) -> [Outcome; 3] {
        let instance = &self.deployment().instance;
        let storage = self.judged(|look| storage::storage(&look.storage, instance));
        let url = self.seen().and_then(|look| {
            let bucket = storage::bucket(&look.storage);
            let url =
                bucket.and_then(|bucket| storage::url(bucket, instance.region(), s3_endpoint().as_deref()));
            url.ok_or("the bucket is not known")
        });
        match url {
            Ok(url) => {
                let hosts = storage::upload_hosts(&self.settings.upload_hosts, &url, self.config);
                let cors = cors::bucket_cors(&self.http, &url, &self.settings.allowed_origins).await;
                [storage, hosts, cors]
            }
            Err(reason) => [storage, not_checked(reason), not_checked(reason)],
        }
    }

    async fn upload(&self, upload: &UploadArgs) -> Outcome {
        match self.seen() {
            Ok(look) => {
                let connect = self.account.connect(self.settings.upload_hosts.clone());
                let limits = look.service_limits();
                upload
                    .outcome(&connect, &self.http, self.deployment(), limits)
                    .await
            }
            Err(reason) => upload.not_tried(reason),
        }
    }

    /// The outcome that `judge` gives for the account's answers, if the account could be asked.
    fn judged(&self, judge: impl FnOnce(&Look) -> Outcome) -> Outcome {
        self.seen().map_or_else(not_checked, judge)
    }

    /// The account's answers, or the reason that there are none.
    fn seen(&self) -> Result<&Look, &'static str> {
        self.looked
            .as_ref()
            .map_err(|obstacle| obstacle.reason(self.is_clock_off))
    }

    fn deployment(&self) -> &Deployment {
        &self.settings.deployment
    }
}

fn not_checked(reason: &str) -> Outcome {
    Outcome::NotChecked(reason.into())
}

/// The account's answers, or the obstacle.
async fn look(account: &Account, settings: &Settings, region: &Outcome) -> Result<Look, Obstacle> {
    if !region.is_ok() {
        return Err(Obstacle::Region);
    }
    if !account.has_credentials().await {
        return Err(Obstacle::NoCredentials);
    }
    Look::at(account, settings).await
}

/// The connectors to AWS, issuers and bucket, with the watches over their clocks.
struct Connectors {
    aws: SharedHttpConnector,
    aws_dates: DateWatch,
    documents: DocumentClient,
    issuer_dates: DateWatch,
    http: PlainHttp,
}

impl Connectors {
    /// Connectors that trust the operator's own roots if the settings have some, as the function does.
    fn of(settings: &Settings) -> Result<Self, Box<dyn Error>> {
        let own = settings.ca_bundle.as_deref().map(Roots::from_pem).transpose()?;
        let aws = connector(&own.clone().unwrap_or_else(Roots::amazon))?;
        // The web's roots include Amazon's.
        let web = connector(&own.unwrap_or_else(Roots::web))?;
        let (aws_dates, issuer_dates) = (DateWatch::default(), DateWatch::default());
        Ok(Self {
            http: PlainHttp(aws.clone()),
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
