use std::collections::BTreeMap;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use aws_smithy_runtime_api::client::identity::Identity;
use serde::Deserialize;

use crate::clock::Clock;
use crate::readings::Readings;

/// Everything an emulator is started with. The default is the local stack's.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The region in ARNs and signatures.
    pub region: String,
    /// The account in ARNs.
    pub account: String,
    /// The one Connect instance there is.
    pub instance_id: String,
    /// Its Cases domain.
    pub cases_domain_id: String,
    /// The one caller there is.
    pub credentials: Credentials,
    /// The S3-compatible store that holds the files.
    pub store: StoreOptions,
    /// How many calls are answered; `None` answers all.
    pub quota: Option<Quota>,
    /// How many and how large files are taken.
    pub limits: Limits,
    /// Who and what exists.
    pub seeds: Seeds,
    /// How the unknown is read.
    pub readings: Readings,
    /// How long a completed file stays PROCESSING.
    pub scan_delay: Duration,
    /// Where the time comes from.
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 4510)),
            region: "eu-west-1".to_owned(),
            account: "111122223333".to_owned(),
            instance_id: "11111111-aaaa-4bbb-8ccc-222222222222".to_owned(),
            cases_domain_id: "33333333-dddd-4eee-8fff-444444444444".to_owned(),
            credentials: Credentials::default(),
            store: StoreOptions::default(),
            quota: Some(Quota::default()),
            limits: Limits::default(),
            seeds: Seeds::default(),
            readings: Readings::default(),
            scan_delay: Duration::from_secs(1),
            clock: Clock::default(),
        }
    }
}

/// AWS credentials, and the identity that stands behind them. `Debug` shows no secret.
#[derive(Clone)]
pub struct Credentials {
    /// Access key id.
    pub access_key_id: String,
    /// Secret access key.
    pub secret_access_key: String,
    /// Session token, which every call must then carry.
    pub session_token: Option<String>,
}

impl Default for Credentials {
    fn default() -> Self {
        Self {
            access_key_id: "test".to_owned(),
            secret_access_key: "test".to_owned(),
            session_token: None,
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

impl Credentials {
    pub(crate) fn identity(&self) -> Identity {
        aws_credential_types::Credentials::new(
            &self.access_key_id,
            &self.secret_access_key,
            self.session_token.clone(),
            None,
            "connect-emulator",
        )
        .into()
    }
}

/// The S3-compatible store behind the presigned URLs.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// Its origin, plain http, as both the emulator and its callers reach it.
    pub endpoint: String,
    /// The bucket, which must exist; addressed path-style.
    pub bucket: String,
    /// The region that its signatures name.
    pub region: String,
    /// Whoever may write there.
    pub credentials: Credentials,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            endpoint: "http://127.0.0.1:9000".to_owned(),
            bucket: "connect-attachments".to_owned(),
            region: "eu-west-1".to_owned(),
            credentials: Credentials::default(),
        }
    }
}

/// Requests per second, per operation, as the account's service quotas say.
#[derive(Clone, Debug)]
pub struct Quota {
    /// For every operation that is not named.
    pub rate: Rate,
    /// For the operations named.
    pub operations: BTreeMap<String, Rate>,
}

impl Default for Quota {
    /// Connect's own: 2 and 5, `GetCase` 4 and 10, `DescribeContact` 10 and 15.
    fn default() -> Self {
        let operations = [
            (
                "GetCase".to_owned(),
                Rate {
                    per_second: 4,
                    burst: 10,
                },
            ),
            (
                "DescribeContact".to_owned(),
                Rate {
                    per_second: 10,
                    burst: 15,
                },
            ),
        ];
        Self {
            rate: Rate {
                per_second: 2,
                burst: 5,
            },
            operations: operations.into(),
        }
    }
}

/// A token bucket's figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Tokens that come back each second.
    pub per_second: u32,
    /// Tokens that the full bucket holds.
    pub burst: u32,
}

/// Totals over the files of one resource.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Files of one case.
    pub files_per_case: usize,
    /// Bytes of all files of one case.
    pub bytes_per_case: u64,
    /// Bytes of all files of one email.
    pub bytes_per_email: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            files_per_case: 50,
            bytes_per_case: u64::MAX,
            bytes_per_email: 25 * 1024 * 1024,
        }
    }
}

/// Who and what exists in the instance.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Seeds {
    /// Users of the instance.
    pub users: Vec<SeedUser>,
    /// Cases of the domain.
    pub cases: Vec<SeedCase>,
    /// Contacts of the instance.
    pub contacts: Vec<SeedContact>,
}

/// A user of the instance.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SeedUser {
    /// The name to log in with.
    pub username: String,
    /// The id at the end of the ARN.
    pub id: String,
}

/// A case of the domain.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SeedCase {
    /// The id at the end of the ARN.
    pub id: String,
    /// ARN of the customer's profile; `Some("")` is a field that was emptied.
    #[serde(default)]
    pub customer_id: Option<String>,
}

/// A contact of the instance.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SeedContact {
    /// The id at the end of the ARN.
    pub id: String,
    /// VOICE, CHAT, TASK or EMAIL.
    pub channel: Channel,
    /// The agent who accepted it.
    #[serde(default)]
    pub agent_id: Option<String>,
    /// Whether it is over.
    #[serde(default)]
    pub ended: bool,
}

/// How a contact reaches the instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Channel {
    /// A call.
    Voice,
    /// A chat.
    Chat,
    /// A task.
    Task,
    /// An email.
    Email,
}

impl Channel {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Voice => "VOICE",
            Self::Chat => "CHAT",
            Self::Task => "TASK",
            Self::Email => "EMAIL",
        }
    }
}
