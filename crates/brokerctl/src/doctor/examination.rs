//! One run of the doctor: asks AWS, issuers and bucket, and collects the outcome of each check.

use std::error::Error;

use broker_connect::{DocumentClient, Roots, SharedHttpConnector, connector};
use broker_core::arn::Deployment;
use broker_http::settings::Settings;

use super::account::Account;
use super::api::Api;
use super::dates::DateWatch;
use super::deployed::Deployed;
use super::look::{Look, Obstacle};
use super::plain_http::PlainHttp;
use super::report::{Check, Outcome, Report};
use super::token::Bearer;
use super::{Given, connection, cors, issuers, no_stack, rules, stack_outcome, storage};
use crate::check::summary;
use crate::configuration::process_variable;

/// The SDK's variables for another S3 endpoint, the more specific one first.
const S3_ENDPOINTS: [&str; 2] = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"];

/// The reason that checks of the bucket did not run.
const NO_BUCKET: &str = "the bucket is not known";

/// Everything that the checks judge.
pub(super) struct Examination<'a> {
    settings: &'a Settings,
    given: &'a Given<'a>,
    account: Account,
    connectors: Connectors,
    region: Outcome,
    looked: Result<Look, Obstacle>,
    is_clock_off: bool,
    clock: Outcome,
    issuers: Outcome,
}

impl<'a> Examination<'a> {
    /// Asks the account and the issuers.
    pub(super) async fn of(settings: &'a Settings, given: &'a Given<'a>) -> Result<Self, Box<dyn Error>> {
        let connectors = Connectors::of(settings)?;
        let instance = &settings.deployment.instance;
        let aws = connectors.aws.clone();
        let account = Account::from_environment(aws, settings.deployment.clone(), instance.region()).await;
        let region = connection::region(account.region(), instance);
        let looked = look(&account, settings, &region).await;
        let issuers = issuers::issuers(settings, connectors.documents()).await;
        let (aws, of_issuers) = (connectors.aws_dates.offsets(), connectors.issuer_dates.offsets());
        Ok(Self {
            settings,
            given,
            account,
            connectors,
            region,
            looked,
            is_clock_off: connection::is_clock_off(&aws),
            clock: connection::clock(&aws, &of_issuers, &settings.issuers),
            issuers,
        })
    }

    /// Every check's outcome, after the preflights, the calls of the AWS CLI and, where it was asked for, the upload.
    pub(super) async fn report(&self) -> Report {
        let instance = &self.deployment().instance;
        let mut report = Report::of(|_| no_stack());
        let outcomes = [
            (Check::Settings, Outcome::Ok(summary(self.settings))),
            (Check::Stack, stack_outcome(self.given.stack)),
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
            (Check::Token, self.token().await),
            (Check::Upload, self.upload().await),
        ];
        let further = [self.bucket().await, self.api().await, self.deployed().await];
        for (check, outcome) in outcomes.into_iter().chain(further.into_iter().flatten()) {
            report.set(check, outcome);
        }
        report
    }

    /// The outcomes about the API.
    async fn api(&self) -> Vec<(Check, Outcome)> {
        let [alive, cors] = match &self.given.api {
            Some(url) => {
                let api = Api {
                    http: &self.connectors.web_http,
                    url,
                    settings: self.settings,
                };
                [api.alive().await, api.cors().await]
            }
            None => ["no --api is given", "no --api is given"].map(|reason| Outcome::Skipped(reason.into())),
        };
        vec![(Check::Api, alive), (Check::ApiCors, cors)]
    }

    /// The outcomes about what the stack made. The log is read last, because the request to the API is in it.
    async fn deployed(&self) -> Vec<(Check, Outcome)> {
        let Some(stack) = self.given.stack else {
            return vec![];
        };
        let bucket = self
            .seen()
            .and_then(|look| storage::bucket(&look.storage).ok_or(NO_BUCKET));
        let deployed = Deployed {
            stack,
            settings: self.settings,
            bucket,
        };
        // Boxed: this future holds those of a dozen calls.
        let mut outcomes = Box::pin(deployed.outcomes()).await;
        outcomes.push((Check::LiveRules, deployed.live_rules().await));
        outcomes
    }

    async fn token(&self) -> Outcome {
        let Some(token) = self.given.token else {
            return Outcome::Skipped("no --token-file is given".into());
        };
        let bearer = Bearer {
            token,
            resource: self.given.upload.resource.as_ref(),
        };
        let connect = self.account.connect(self.settings.upload_hosts.clone());
        let limits = self.seen().map(Look::service_limits);
        let account = limits.as_ref().ok().map(|limits| (&connect, limits));
        bearer
            .outcome(self.settings, self.connectors.documents(), account)
            .await
    }

    /// The outcomes about the bucket: its place, the upload hosts, its CORS rules.
    async fn bucket(&self) -> Vec<(Check, Outcome)> {
        let instance = &self.deployment().instance;
        let storage = self.judged(|look| storage::storage(&look.storage, instance));
        let url = self.seen().and_then(|look| {
            let bucket = storage::bucket(&look.storage);
            let url =
                bucket.and_then(|bucket| storage::url(bucket, instance.region(), s3_endpoint().as_deref()));
            url.ok_or(NO_BUCKET)
        });
        let [hosts, cors] = match url {
            Ok(url) => {
                let hosts = storage::upload_hosts(&self.settings.upload_hosts, &url, self.given.config);
                let cors =
                    cors::bucket_cors(&self.connectors.http, &url, &self.settings.allowed_origins).await;
                [hosts, cors]
            }
            Err(reason) => [not_checked(reason), not_checked(reason)],
        };
        vec![
            (Check::Storage, storage),
            (Check::UploadHosts, hosts),
            (Check::BucketCors, cors),
        ]
    }

    async fn upload(&self) -> Outcome {
        let upload = self.given.upload;
        match self.seen() {
            Ok(look) => {
                let connect = self.account.connect(self.settings.upload_hosts.clone());
                let limits = look.service_limits();
                upload
                    .outcome(&connect, &self.connectors.http, self.deployment(), limits)
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

/// The connectors to AWS, issuers, bucket and API, with the watches over the clocks of AWS and issuers.
struct Connectors {
    aws: SharedHttpConnector,
    aws_dates: DateWatch,
    issuers: SharedHttpConnector,
    issuer_dates: DateWatch,
    http: PlainHttp,
    web_http: PlainHttp,
}

impl Connectors {
    /// Connectors that trust the operator's own roots if the settings have some, as the function does.
    fn of(settings: &Settings) -> Result<Self, Box<dyn Error>> {
        let own = settings.ca_bundle.as_deref().map(Roots::trusting);
        let aws = connector(&own.clone().unwrap_or_else(Roots::amazon))?;
        // The web's roots include Amazon's.
        let web = connector(&own.unwrap_or_else(Roots::web))?;
        let (aws_dates, issuer_dates) = (DateWatch::default(), DateWatch::default());
        Ok(Self {
            http: PlainHttp(aws.clone()),
            web_http: PlainHttp(web.clone()),
            aws: aws_dates.over(aws),
            issuers: issuer_dates.over(web),
            aws_dates,
            issuer_dates,
        })
    }

    fn documents(&self) -> DocumentClient {
        DocumentClient::with_bundle(self.issuers.clone())
    }
}

fn s3_endpoint() -> Option<String> {
    let mut given = S3_ENDPOINTS.into_iter().filter_map(process_variable);
    given.find(|endpoint| !endpoint.is_empty())
}
