//! Upload handles: the sealed handle opens, and no other text does.

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use broker_core::caller::{Caller, CallerClaims, CallerIssuer};
use broker_core::upload::{FileId, Upload};
use broker_http::handle::HandleSealer;
use test_support::{CASES_DOMAIN, FixedClockAndRandom, INSTANCE, NOW_SECS, Rules};

static SEALER: LazyLock<HandleSealer> = LazyLock::new(|| {
    let settings = Rules::accepting("token").settings();
    HandleSealer::new(&settings.handle_keys, &settings.stage, settings.deployment)
});

static SEALED: LazyLock<String> = LazyLock::new(|| {
    let sealed = SEALER.seal(&caller(), &upload(), &FixedClockAndRandom::default());
    sealed.expect("entropy")
});

/// The sealed handle.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    vec![SEALED.as_bytes().to_vec()]
}

/// Opens `bytes` as a handle.
///
/// # Panics
/// If the sealed handle does not open to its upload, or another text opens.
pub fn entry(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let opened = SEALER.open(text, &caller(), now()).ok();
    let expected = (text == *SEALED).then(upload);
    assert_eq!(opened, expected, "{text:?}");
}

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(NOW_SECS)
}

fn caller() -> Caller {
    Caller {
        issuer: CallerIssuer::named("https://idp.example.com"),
        subject: "alice".into(),
        claims: CallerClaims::default(),
    }
}

fn upload() -> Upload {
    let resource = format!("{CASES_DOMAIN}/case/c-1");
    let user = format!("{INSTANCE}/agent/a-1");
    Upload {
        file_id: FileId::parse("f-1").expect("a file id"),
        resource: resource.parse().expect("a case"),
        user: user.parse().expect("a user"),
        on_behalf_of: None,
        started_at: now(),
    }
}
