//! Connect users by name, sealed and shared by all instances.
//!
//! Connect answers two `SearchUsers` a second. If each instance looked each user up for itself, a few hundred callers on
//! many instances would wait for those look-ups longer than for their uploads.

use std::time::{Duration, SystemTime};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use broker_core::arn::{ConnectUserArn, InstanceArn};
use broker_core::ports::SharedValues;
use broker_core::request::{Username, push};

use crate::clock_and_random::ClockAndRandom;
use crate::keyed_hash::{KeyedHash, derived};
use crate::settings::HandleKey;

/// Purposes of the derived keys.
const ROW_PURPOSE: &[u8] = b"upload-broker shared user row 1";
const SEAL_PURPOSE: &[u8] = b"upload-broker shared user seal 1";

/// The answer to a look-up of a user (`None`: no such user), and until when it is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KnownUser {
    pub(super) user: Option<ConnectUserArn>,
    pub(super) until: SystemTime,
}

/// Seals and opens users under keys that are derived from the first handle key.
pub(crate) struct SharedUsers {
    rows: KeyedHash,
    seal: Option<LessSafeKey>,
    instance: InstanceArn,
}

impl SharedUsers {
    /// The users of `instance`, sealed under a key derived from `key`.
    pub(crate) fn under(key: &HandleKey, instance: InstanceArn) -> Self {
        let seal = UnboundKey::new(&AES_256_GCM, derived(key, SEAL_PURPOSE).as_ref());
        Self {
            rows: KeyedHash::new(key, ROW_PURPOSE),
            seal: seal.ok().map(LessSafeKey::new),
            instance,
        }
    }

    /// The user called `name` that an instance looked up, if that is still believed at `now`.
    pub(super) async fn read(
        &self,
        values: &impl SharedValues,
        name: &Username,
        now: SystemTime,
    ) -> Option<KnownUser> {
        let sealed = values.shared_value(self.row(name)).await?;
        self.open(name, &sealed).filter(|known| known.until > now)
    }

    /// Shares a user that was found. That there is no user is not shared, because nothing bounds how many names there are.
    pub(super) async fn write(
        &self,
        values: &impl SharedValues,
        name: &Username,
        known: &KnownUser,
        system: &impl ClockAndRandom,
    ) {
        let sealed = known.user.as_ref();
        if let Some(sealed) = sealed.and_then(|user| self.sealed(name, user, known.until, system)) {
            values.share_value(self.row(name), sealed, known.until).await;
        }
    }

    fn sealed(
        &self,
        name: &Username,
        user: &ConnectUserArn,
        until: SystemTime,
        system: &impl ClockAndRandom,
    ) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        system.fill(&mut nonce).ok()?;
        let until = until.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs();
        let mut payload = [&until.to_be_bytes(), user.as_str().as_bytes()].concat();
        let aad = Aad::from(self.bound(name));
        let unique = Nonce::assume_unique_for_key(nonce);
        self.seal
            .as_ref()?
            .seal_in_place_append_tag(unique, aad, &mut payload)
            .ok()?;
        Some([&nonce, payload.as_slice()].concat())
    }

    /// INVARIANT: only what was sealed for this name and this instance opens, so a row that somebody else wrote or moved
    /// maps nobody.
    fn open(&self, name: &Username, sealed: &[u8]) -> Option<KnownUser> {
        let (nonce, payload) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let aad = Aad::from(self.bound(name));
        let mut payload = payload.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = self.seal.as_ref()?.open_in_place(nonce, aad, &mut payload).ok()?;
        let (until, user) = opened.split_first_chunk()?;
        let user: ConnectUserArn = std::str::from_utf8(user).ok()?.parse().ok()?;
        let until = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(u64::from_be_bytes(*until)))?;
        user.is_of(&self.instance).then_some(KnownUser {
            user: Some(user),
            until,
        })
    }

    /// What a sealed user is bound to, as associated data.
    fn bound(&self, name: &Username) -> Vec<u8> {
        let mut data = Vec::with_capacity(128);
        push(&mut data, self.instance.as_str().as_bytes());
        push(&mut data, name.as_str().as_bytes());
        data
    }

    fn row(&self, name: &Username) -> [u8; 16] {
        self.rows.bytes_of(&self.bound(name))
    }
}
