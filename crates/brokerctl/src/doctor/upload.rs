//! `--deep`: one small file goes through Start, PUT, Complete and status, and is deleted in every case.

use std::time::{Duration, Instant, SystemTime};

use broker_connect::Connect;
use broker_core::arn::{ConnectUserArn, Deployment, ResourceArn};
use broker_core::caller::{Caller, CallerClaims, CallerIssuer};
use broker_core::file::{Extension, FileName, FileSize};
use broker_core::grants::{
    Action, Complete, Delete, FileAction, FileGrant, Grant, Grants, OnBehalfOf, Read, Resources, UploadAsk,
};
use broker_core::limits::ServiceLimits;
use broker_core::pace::{MemoryLedger, Place, PlaceKey};
use broker_core::ports::{AttachedFiles, CallContext, ClientToken, Deadline};
use broker_core::request::{Tags, UploadRequest, UrlExpiry};
use broker_core::rule::{RuleHash, When};
use broker_core::ticket::UploadTicket;
use broker_core::upload::{FileStatus, Upload};
use broker_http::clock_and_random::{ClockAndRandom as _, System};
use clap::Args;
use http::request;

use super::plain_http::PlainHttp;
use super::report::{Finding, Outcome};
use super::steps::{Step, put_refused, status_finding};

/// Issuer of the caller of this one upload. No token can have it.
const ISSUER: &str = "brokerctl-doctor";

/// Content of the file.
const CONTENT: &[u8] = b"Written by brokerctl doctor --deep, to be deleted by it.\n";

/// Maximum duration of one call with its retries.
const CALL: Duration = Duration::from_secs(8);

/// Maximum duration and interval of the status requests. A scanner has 60 s.
const SCAN: Duration = Duration::from_mins(1);
const POLL: Duration = Duration::from_secs(1);

/// Extensions of plain text, which are tried before others that Connect allows.
const PREFERRED: [&str; 2] = ["txt", "csv"];

/// Arguments of the one real upload.
#[derive(Args)]
pub(super) struct UploadArgs {
    /// Also uploads a small file to --resource with --user-arn as its creator, and deletes it.
    #[arg(long, requires_all = ["user_arn", "resource"])]
    deep: bool,
    /// The Connect user that the upload is attributed to.
    #[arg(long, value_name = "ARN", requires = "deep")]
    user_arn: Option<ConnectUserArn>,
    /// The case or contact that gets the file, or that the caller of --token-file wants to use.
    #[arg(long, value_name = "ARN")]
    pub(super) resource: Option<ResourceArn>,
}

impl UploadArgs {
    /// The upload's outcome.
    pub(super) async fn outcome(
        &self,
        connect: &Connect<MemoryLedger>,
        http: &PlainHttp,
        deployment: &Deployment,
        limits: ServiceLimits,
    ) -> Outcome {
        let (Some(user), Some(resource)) = (&self.user_arn, &self.resource) else {
            return skipped();
        };
        if !user.is_of(&deployment.instance) || !deployment.holds(resource) {
            return Outcome::fault(
                "--user-arn or --resource belongs to another instance or Cases domain",
                "name a user of CONNECT_INSTANCE_ARN, and a case of CASES_DOMAIN_ARN or a contact of the instance",
            );
        }
        let trial = Trial {
            connect,
            http,
            grants: grants(deployment, resource),
            caller: Caller {
                issuer: CallerIssuer::named(ISSUER),
                subject: ISSUER.into(),
                claims: CallerClaims::default(),
            },
            user,
            resource,
            limits,
        };
        trial.outcome().await
    }

    /// The outcome if the upload cannot be tried because of `reason`.
    pub(super) fn not_tried(&self, reason: &str) -> Outcome {
        if self.deep {
            Outcome::NotChecked(reason.into())
        } else {
            skipped()
        }
    }
}

fn skipped() -> Outcome {
    Outcome::Skipped("only --deep uploads a file".into())
}

/// INVARIANT: even this permission is made by `Grants::decide`, for the user and the resource that the operator named.
fn grants(deployment: &Deployment, resource: &ResourceArn) -> Grants {
    let grant = Grant {
        // No rules file has this grant, and no row names it.
        hash: RuleHash([0; 32]),
        when: When::issuer(ISSUER),
        resources: Resources::Listed(vec![resource.clone()]),
        actions: Action::ALL.into(),
        on_behalf_of: OnBehalfOf::Nobody,
        max_file_size_bytes: None,
        allowed_extensions: None,
        tag_keys: [].into(),
    };
    Grants::new(deployment.clone(), vec![grant])
}

struct Trial<'a> {
    connect: &'a Connect<MemoryLedger>,
    http: &'a PlainHttp,
    grants: Grants,
    caller: Caller,
    user: &'a ConnectUserArn,
    resource: &'a ResourceArn,
    limits: ServiceLimits,
}

impl Trial<'_> {
    async fn outcome(&self) -> Outcome {
        let ticket = match self.start().await {
            Ok(ticket) => ticket,
            Err(finding) => return Outcome::Found(vec![finding]),
        };
        let upload = Upload {
            file_id: ticket.file_id.clone(),
            resource: self.resource.clone(),
            user: self.user.clone(),
            on_behalf_of: None,
            started_at: SystemTime::now(),
        };
        let (went, deleted) = (self.send(&ticket, &upload).await, self.delete(&upload).await);
        let findings: Vec<_> = [went.err(), deleted.err()].into_iter().flatten().collect();
        Outcome::of(findings, || {
            let bytes = CONTENT.len();
            format!("{bytes} bytes were started, sent, completed, APPROVED and deleted")
        })
    }

    async fn start(&self) -> Result<UploadTicket, Finding> {
        let ask = UploadAsk {
            caller: &self.caller,
            user: self.user,
            request: trial_request(self.resource, &self.limits)?,
            limits: &self.limits,
        };
        let decided = self.grants.decide(ask, self.connect, soon()).await;
        let grant =
            decided.map_err(|denied| Finding::fault(denied.to_string(), "name another --resource"))?;
        let started = self.connect.start_upload(grant, client_token()?, soon()).await;
        started.map_err(|error| Step::Start.failed(&error, self.resource))
    }

    /// PUT, Complete and status, up to the first that fails.
    async fn send(&self, ticket: &UploadTicket, upload: &Upload) -> Result<(), Finding> {
        self.put(ticket).await?;
        let grant = self.permission::<Complete>(upload).await?;
        let completed = self.connect.complete_upload(grant, soon()).await;
        completed.map_err(|error| Step::Complete.failed(&error, self.resource))?;
        status_finding(&self.final_status(upload).await?).map_or(Ok(()), Err)
    }

    async fn put(&self, ticket: &UploadTicket) -> Result<(), Finding> {
        let request = request::Builder::new().method("PUT").uri(ticket.url.expose());
        let request = ticket
            .headers
            .iter()
            .fold(request, |request, (name, value)| request.header(name, value));
        match self.http.send(request, CONTENT).await {
            Ok(answer) if answer.status() == 200 => Ok(()),
            Ok(answer) => Err(put_refused(answer.status().as_u16(), answer.body())),
            Err(error) => Err(Finding::fault(
                format!("PUT: {error}"),
                "see that the bucket can be reached from here, and what a proxy in between does",
            )),
        }
    }

    /// The final status, or the last one after a minute.
    async fn final_status(&self, upload: &Upload) -> Result<FileStatus, Finding> {
        let until = Instant::now() + SCAN;
        loop {
            let grant = self.permission::<Read>(upload).await?;
            let asked = self.connect.file_status(grant, &[], soon()).await;
            let asked = asked.map(|statuses| statuses.granted);
            let status = asked.map_err(|error| Step::Status.failed(&error, self.resource))?;
            if status.is_final() || Instant::now() >= until {
                return Ok(status);
            }
            tokio::time::sleep(POLL).await;
        }
    }

    async fn delete(&self, upload: &Upload) -> Result<(), Finding> {
        let grant = self.permission::<Delete>(upload).await?;
        let deleted = self.connect.delete_file(grant, soon()).await;
        deleted.map_err(|error| {
            let mut finding = Step::Delete.failed(&error, self.resource);
            let file_id = upload.file_id.as_str();
            finding.seen = format!(
                "{}; file {file_id} is left on {}",
                finding.seen,
                self.resource.as_str()
            );
            finding
        })
    }

    async fn permission<A: FileAction>(&self, upload: &Upload) -> Result<FileGrant<A>, Finding> {
        let decided = self
            .grants
            .decide_use(&self.caller, upload.clone(), self.connect, soon())
            .await;
        decided.map_err(|denied| Finding::fault(denied.to_string(), "name another --resource"))
    }
}

/// A request for a file of text, as far as Connect allows it.
pub(super) fn trial_request(
    resource: &ResourceArn,
    limits: &ServiceLimits,
) -> Result<UploadRequest, Finding> {
    let allowed = limits.of_resource(resource).allowed_extensions;
    let names = allowed.iter().map(Extension::as_str);
    let preferred = PREFERRED
        .into_iter()
        .find(|name| names.clone().any(|allowed| allowed == *name));
    let extension = preferred.or(names.clone().next()).unwrap_or_default();
    let file_name = FileName::parse(&format!("upload-broker-doctor.{extension}")).ok();
    let file_size = FileSize::from_bytes(CONTENT.len() as u64);
    let Some((file_name, file_size)) = file_name.zip(file_size) else {
        return Err(Finding::fault(
            "Connect allows no extension that a file name can have",
            "allow one: `aws connect update-attached-files-configuration`",
        ));
    };
    Ok(UploadRequest {
        file_name,
        file_size,
        resource: resource.clone(),
        url_expiry: UrlExpiry::default(),
        tags: Tags::default(),
        on_behalf_of: None,
    })
}

/// The first place in line, for a call that begins now.
pub(super) fn soon() -> CallContext {
    CallContext {
        place: Place::InLine(PlaceKey([0; 16])),
        deadline: Deadline(Instant::now() + CALL),
    }
}

/// A new token for each run.
fn client_token() -> Result<ClientToken, Finding> {
    let mut bytes = [0; 32];
    match System.fill(&mut bytes) {
        Ok(()) => Ok(ClientToken::from_bytes(&bytes)),
        Err(error) => Err(Finding::fault(
            error.to_string(),
            "see that this machine has a source of randomness",
        )),
    }
}
