//! The handle: the sealed upload that a caller gets in `Location` and brings back to use it.
//!
//! Layout, in base64url without padding: version (1 byte), key id (4), nonce (12), then AES-256-GCM over
//! the payload. Version, key id, stage, instance, issuer and subject are associated data, so a handle
//! opens only for its caller, in its deployment. It carries no authority: permission is decided on every use.

use std::time::{Duration, SystemTime};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use broker_core::arn::{Deployment, ResourceArn};
use broker_core::caller::Caller;
use broker_core::request::{Username, push};
use broker_core::upload::{FileId, Upload};

use crate::clock_and_random::{ClockAndRandom, EntropyError};
use crate::settings::HandleKeys;

/// Version of the layout.
const VERSION: u8 = 1;
/// Bytes in front of the nonce.
const PREFIX_LEN: usize = 5;
/// Time for which a handle can be opened.
pub(crate) const LIFE: Duration = Duration::from_hours(24);

/// The handle is malformed, expired, or another caller's. Callers cannot tell which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the handle cannot be opened for this caller")]
pub struct HandleError;

/// Seals and opens handles.
pub struct HandleSealer {
    keys: Vec<([u8; 4], LessSafeKey)>,
    stage: Box<str>,
    deployment: Deployment,
}

impl HandleSealer {
    /// A sealer for one stage of one deployment.
    #[must_use]
    pub fn new(keys: &HandleKeys, stage: &str, deployment: Deployment) -> Self {
        let usable = keys.iter().filter_map(|key| {
            let unbound = UnboundKey::new(&AES_256_GCM, key.expose()).ok()?;
            Some((key.id(), LessSafeKey::new(unbound)))
        });
        Self {
            keys: usable.collect(),
            stage: stage.into(),
            deployment,
        }
    }

    /// Seals `upload` for `caller` with the first key.
    ///
    /// # Errors
    /// [`EntropyError`] if there is no nonce, or no key.
    pub fn seal(
        &self,
        caller: &Caller,
        upload: &Upload,
        system: &impl ClockAndRandom,
    ) -> Result<String, EntropyError> {
        let (id, key) = self.keys.first().ok_or(EntropyError)?;
        let mut nonce = [0; NONCE_LEN];
        system.fill(&mut nonce)?;
        let prefix = [&[VERSION], id.as_slice()].concat();
        let aad = Aad::from(self.associated_data(&prefix, caller));
        let mut payload = payload_of(upload);
        let sealed = key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut payload);
        sealed.map_err(|_| EntropyError)?;
        Ok(URL_SAFE_NO_PAD.encode([prefix.as_slice(), &nonce, &payload].concat()))
    }

    /// The upload in the handle `text`, if it was sealed for `caller`.
    ///
    /// # Errors
    /// [`HandleError`], whatever the reason.
    pub fn open(&self, text: &str, caller: &Caller, now: SystemTime) -> Result<Upload, HandleError> {
        self.try_open(text, caller, now).ok_or(HandleError)
    }

    fn try_open(&self, text: &str, caller: &Caller, now: SystemTime) -> Option<Upload> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (prefix, sealed) = bytes.split_at_checked(PREFIX_LEN)?;
        let [VERSION, id @ ..] = prefix else { return None };
        let (_, key) = self.keys.iter().find(|(known, _)| known == id)?;
        let (nonce, payload) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let aad = Aad::from(self.associated_data(prefix, caller));
        let mut payload = payload.to_vec();
        let upload = upload_of(key.open_in_place(nonce, aad, &mut payload).ok()?)?;
        let age = now.duration_since(upload.started_at).unwrap_or_default();
        (age < LIFE && self.deployment.holds(&upload.resource)).then_some(upload)
    }

    fn associated_data(&self, prefix: &[u8], caller: &Caller) -> Vec<u8> {
        let mut data = Vec::with_capacity(256);
        push(&mut data, prefix);
        for part in [
            &*self.stage,
            self.deployment.instance.as_str(),
            caller.issuer.as_str(),
            &*caller.subject,
        ] {
            push(&mut data, part.as_bytes());
        }
        data
    }
}

fn payload_of(upload: &Upload) -> Vec<u8> {
    let since = upload
        .started_at
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let mut payload = Vec::with_capacity(512);
    push(&mut payload, &since.as_secs().to_be_bytes());
    for part in [
        upload.file_id.as_str(),
        upload.resource.as_str(),
        upload.user.as_str(),
        upload.on_behalf_of.as_ref().map_or("", Username::as_str),
    ] {
        push(&mut payload, part.as_bytes());
    }
    payload
}

fn upload_of(payload: &[u8]) -> Option<Upload> {
    let mut rest = payload;
    let mut next = || {
        let (length, after) = rest.split_first_chunk::<8>()?;
        let (part, after) = after.split_at_checked(usize::try_from(u64::from_be_bytes(*length)).ok()?)?;
        rest = after;
        Some(part)
    };
    let seconds = u64::from_be_bytes(next()?.try_into().ok()?);
    let mut text = || std::str::from_utf8(next()?).ok();
    let file_id = FileId::parse(text()?)?;
    let resource: ResourceArn = text()?.parse().ok()?;
    let user = text()?.parse().ok()?;
    let on_behalf_of = match text()? {
        "" => None,
        name => Some(Username::parse(name)?),
    };
    let started_at = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))?;
    rest.is_empty().then_some(Upload {
        file_id,
        resource,
        user,
        on_behalf_of,
        started_at,
    })
}
