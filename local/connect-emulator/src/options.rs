//! Options that an emulator is started with.

mod arns;
mod seeds;

use std::collections::BTreeMap;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::clock::Clock;
use crate::readings::Readings;
pub use seeds::{Channel, SeedCase, SeedContact, SeedUser, Seeds};

/// Options of an emulator. The default suits the local stack.
#[derive(Clone, Debug)]
pub struct Options {
    /// Address to listen on; port 0 takes a free port.
    pub listen: SocketAddr,
    /// Region in ARNs and signatures.
    pub region: String,
    /// Account in ARNs.
    pub account: String,
    /// Id of the only Connect instance.
    pub instance_id: String,
    /// Id of its Cases domain.
    pub cases_domain_id: String,
    /// Credentials of the only caller.
    pub credentials: Credentials,
    /// S3-compatible store that holds the files.
    pub store: StoreOptions,
    /// Calls per second; `None` lifts every quota.
    pub quota: Option<Quota>,
    /// Totals over the files of one resource.
    pub limits: Limits,
    /// Users, cases and contacts that exist.
    pub seeds: Seeds,
    /// Answers to the open questions about the live service.
    pub readings: Readings,
    /// Time that a completed file stays PROCESSING, unless a Lambda function scans it.
    pub scan_delay: Duration,
    /// The Lambda function that scans files.
    pub scanner: ScannerOptions,
    /// Clock.
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
            scanner: ScannerOptions::default(),
            clock: Clock::default(),
        }
    }
}

/// AWS credentials. `Debug` shows no secret.
#[derive(Clone)]
pub struct Credentials {
    /// Access key id.
    pub access_key_id: String,
    /// Secret access key.
    pub secret_access_key: String,
    /// Session token; if it is set, every call must carry it.
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

/// S3-compatible store behind the presigned URLs.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// Origin of the store, plain http, as the emulator and its callers reach it.
    pub endpoint: String,
    /// Bucket, addressed path-style; it must exist.
    pub bucket: String,
    /// Region in the store's signatures.
    pub region: String,
    /// Credentials that may write to the bucket.
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

/// Requests per second and operation, as in the account's service quotas.
#[derive(Clone, Debug)]
pub struct Quota {
    /// Rate of every operation that `operations` does not name.
    pub rate: Rate,
    /// Rates of single operations.
    pub operations: BTreeMap<String, Rate>,
}

impl Default for Quota {
    /// AWS's defaults.
    fn default() -> Self {
        let rate = |per_second, burst| Rate { per_second, burst };
        Self {
            rate: rate(2, 5),
            operations: [
                ("GetCase".to_owned(), rate(4, 10)),
                ("DescribeContact".to_owned(), rate(10, 15)),
            ]
            .into(),
        }
    }
}

/// Refill rate and size of a token bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Tokens added each second.
    pub per_second: u32,
    /// Tokens in the full bucket.
    pub burst: u32,
}

/// How the Lambda function that scans files is invoked.
#[derive(Clone, Debug)]
pub struct ScannerOptions {
    /// Plain http URL that takes an invocation. If it is given, the instance starts with the association.
    pub url: Option<String>,
    /// How often a file is tried.
    pub tries: u32,
    /// Time for all tries of a file.
    pub within: Duration,
    /// Time between two tries.
    pub pause: Duration,
}

impl Default for ScannerOptions {
    fn default() -> Self {
        Self {
            url: None,
            tries: 3,
            within: Duration::from_mins(1),
            pause: Duration::from_secs(1),
        }
    }
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
