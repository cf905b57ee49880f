//! The keys of one issuer, refreshed on use: nothing runs in the background.

mod attempt;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use attempt::Attempt;
use tokio::sync::{Mutex, watch};

use crate::algorithm::Algorithm;
use crate::discovery::{KeyLocation, RefreshError};
use crate::error::{NoKeysError, TokenError, VerifyError};
use crate::fetch::FetchDocument;
use crate::jwk::VerifyingKey;
use crate::jwks::{KeySet, KeySurvey};
use crate::policy::IssuerPolicy;

/// Least time between two fetches of one issuer's keys.
pub const MIN_REFETCH_INTERVAL: Duration = Duration::from_secs(10);

/// Age from which a set is fetched anew on its next use; until that succeeds the old one serves.
pub const MAX_AGE: Duration = Duration::from_hours(1);

/// Age from which the last set that arrived is no longer trusted, if no newer set arrives.
///
/// The issuer may have withdrawn its keys since then.
pub const MAX_UNCONFIRMED_AGE: Duration = Duration::from_hours(24);

/// Time until a set that is too old is tried again after a failure. It can wait, because the old set still serves.
const AGED_RETRY_INTERVAL: Duration = Duration::from_mins(1);

/// Keys of one issuer.
///
/// All times are the callers' wall clock, so a process that was frozen in between finds its keys as old
/// as they are. A clock that steps back by more than an interval counts as one that ran past it.
pub(crate) struct IssuerKeys {
    issuer: String,
    pinned: Vec<Algorithm>,
    /// `None` where the keys are fixed.
    location: Option<Arc<KeyLocation>>,
    state: watch::Sender<State>,
    /// Locked by the request that fetches. Verifications whose key is known never wait for it.
    ///
    /// The fetch outlives that request: if the request ends first, the next one continues the fetch. A fetch that was
    /// dropped would still count as an attempt, and new keys would stay unknown until the next attempt.
    turn: Mutex<Option<Attempt>>,
}

#[derive(Default)]
struct State {
    loaded: Option<Loaded>,
    attempted_at: Option<SystemTime>,
}

struct Loaded {
    keys: KeySet,
    at: SystemTime,
}

impl IssuerKeys {
    /// Keys that never change.
    pub(crate) fn fixed(policy: &IssuerPolicy, keys: KeySet) -> Self {
        let at = SystemTime::UNIX_EPOCH;
        let state = State {
            loaded: Some(Loaded { keys, at }),
            attempted_at: None,
        };
        Self::new(policy, None, state)
    }

    /// Keys that are fetched from `location`, none so far.
    pub(crate) fn at(policy: &IssuerPolicy, location: KeyLocation) -> Self {
        Self::new(policy, Some(Arc::new(location)), State::default())
    }

    fn new(policy: &IssuerPolicy, location: Option<Arc<KeyLocation>>, state: State) -> Self {
        Self {
            issuer: policy.url.clone(),
            pinned: policy.algorithms.clone(),
            location,
            state: watch::Sender::new(state),
            turn: Mutex::default(),
        }
    }

    /// The key of this name, after a fetch where one is due.
    ///
    /// A name that is not known, or any name where the issuer has no keys, waits for the fetch under way, or makes one,
    /// unless the last was within [`MIN_REFETCH_INTERVAL`]. A name that is known never waits for another's fetch; where
    /// the set is older than [`MAX_AGE`], one of its users fetches and all others use what is there.
    pub(crate) async fn find<F: FetchDocument>(
        &self,
        key_id: &str,
        fetch: &Arc<F>,
        now: SystemTime,
    ) -> Result<Arc<VerifyingKey>, VerifyError> {
        let known = self.known(key_id, now);
        let Some(location) = &self.location else {
            return known;
        };
        if known.is_err() {
            let mut turn = self.turn.lock().await;
            let due = || self.known(key_id, now).is_err() && self.may_fetch(MIN_REFETCH_INTERVAL, now);
            self.refresh(&mut turn, due, || Attempt::begin(location, fetch, now))
                .await;
        } else if !self.is_due(MAX_AGE, now) {
            return known;
        } else if let Ok(mut turn) = self.turn.try_lock() {
            let due = || self.is_due(MAX_AGE, now) && self.may_fetch(AGED_RETRY_INTERVAL, now);
            self.refresh(&mut turn, due, || Attempt::begin(location, fetch, now))
                .await;
        }
        self.known(key_id, now)
    }

    /// The key that replaced `refused` under this name, after a fetch where none was made within
    /// [`MIN_REFETCH_INTERVAL`]; none where `refused` is still the issuer's.
    ///
    /// For a token that `refused` did not sign: the issuer may have given the name to a new key. The caller alone waits,
    /// and not where another's fetch is under way: signatures that do not fit are easily made.
    pub(crate) async fn find_successor<F: FetchDocument>(
        &self,
        refused: &VerifyingKey,
        key_id: &str,
        fetch: &Arc<F>,
        now: SystemTime,
    ) -> Result<Option<Arc<VerifyingKey>>, VerifyError> {
        let successor = || {
            let known = self.known(key_id, now);
            known.map(|key| Some(key).filter(|key| !key.is_same_as(refused)))
        };
        if let (Some(location), Ok(mut turn)) = (&self.location, self.turn.try_lock()) {
            let due = || {
                successor().is_ok_and(|found| found.is_none()) && self.may_fetch(MIN_REFETCH_INTERVAL, now)
            };
            self.refresh(&mut turn, due, || Attempt::begin(location, fetch, now))
                .await;
        }
        successor()
    }

    /// Fetches the keys if there are none, or if half of their time is over.
    pub(crate) async fn freshen<F: FetchDocument>(&self, fetch: &Arc<F>, now: SystemTime) {
        let Some(location) = &self.location else { return };
        let mut turn = self.turn.lock().await;
        let due = || self.is_due(MAX_AGE / 2, now) && self.may_fetch(MIN_REFETCH_INTERVAL, now);
        self.refresh(&mut turn, due, || Attempt::begin(location, fetch, now))
            .await;
    }

    /// Whether the issuer has no key at `now` that a token could be judged by.
    ///
    /// A first fetch that is still under way says nothing yet.
    pub(crate) fn are_lacking(&self, now: SystemTime) -> bool {
        match self.believed(&self.state.borrow(), now) {
            Ok(_) => false,
            Err(NoKeysError::NeverFetched) => self.turn.try_lock().is_ok_and(|turn| turn.is_none()),
            Err(NoKeysError::NoneListed | NoKeysError::TooOld) => true,
        }
    }

    /// Time since the keys were fetched; `None` if they never were.
    pub(crate) fn age(&self, now: SystemTime) -> Option<Duration> {
        self.location.as_ref()?;
        let state = self.state.borrow();
        state.loaded.as_ref().map(|loaded| apart(loaded.at, now))
    }

    /// Fetches the issuer's keys and describes them; the keys in use stay.
    pub(crate) async fn survey(&self, fetch: &impl FetchDocument) -> Result<KeySurvey, RefreshError> {
        if let Some(location) = &self.location {
            let document = location.fetch(fetch).await?;
            return Ok(KeySet::load(&document, &self.pinned)?.survey());
        }
        let fixed = self.state.borrow();
        let loaded = fixed.loaded.as_ref();
        Ok(loaded.map(|loaded| loaded.keys.survey()).unwrap_or_default())
    }

    fn known(&self, key_id: &str, now: SystemTime) -> Result<Arc<VerifyingKey>, VerifyError> {
        let state = self.state.borrow();
        let keys = self.believed(&state, now)?;
        Ok(keys.get(key_id).ok_or(TokenError::UnknownKey)?)
    }

    /// The keys that may verify at `now`, at least one. Fixed ones do not age.
    fn believed<'s>(&self, state: &'s State, now: SystemTime) -> Result<&'s KeySet, NoKeysError> {
        let loaded = state.loaded.as_ref().ok_or(NoKeysError::NeverFetched)?;
        let is_fixed = self.location.is_none();
        if loaded.keys.is_empty() {
            Err(NoKeysError::NoneListed)
        } else if !is_fixed && apart(loaded.at, now) >= MAX_UNCONFIRMED_AGE {
            Err(NoKeysError::TooOld)
        } else {
            Ok(&loaded.keys)
        }
    }

    /// Whether there are no keys, or they are of this age or older.
    fn is_due(&self, age: Duration, now: SystemTime) -> bool {
        let state = self.state.borrow();
        let loaded = state.loaded.as_ref();
        loaded.is_none_or(|loaded| loaded.keys.is_empty() || apart(loaded.at, now) >= age)
    }

    fn may_fetch(&self, interval: Duration, now: SystemTime) -> bool {
        self.state
            .borrow()
            .attempted_at
            .is_none_or(|at| apart(at, now) >= interval)
    }

    /// Carries on the fetch under way, then makes one where it is still `due`; the attempt counts from its start.
    async fn refresh(
        &self,
        turn: &mut Option<Attempt>,
        due: impl Fn() -> bool,
        begin: impl FnOnce() -> Attempt,
    ) {
        self.conclude(turn).await;
        if due() {
            let attempt = turn.insert(begin());
            self.state
                .send_modify(|state| state.attempted_at = Some(attempt.at));
            self.conclude(turn).await;
        }
    }

    /// Waits for the fetch under way, if there is one, then replaces the keys by those of its document, or logs why
    /// they stay. Dropped while it waits, it leaves the fetch in its place.
    ///
    /// INVARIANT: a key set that arrived replaces the old one whatever is in it. An empty one is an answer, not a
    /// missing answer: the issuer has withdrawn its keys.
    async fn conclude(&self, turn: &mut Option<Attempt>) {
        let Some(attempt) = turn else { return };
        let (document, at) = (attempt.document.as_mut().await, attempt.at);
        *turn = None;
        match document.and_then(|document| self.load(&document)) {
            Ok(keys) => self
                .state
                .send_modify(|state| state.loaded = Some(Loaded { keys, at })),
            Err(fault) => {
                tracing::warn!(issuer = %self.issuer, error = %fault, "signing keys could not be refreshed");
            }
        }
    }

    fn load(&self, document: &[u8]) -> Result<KeySet, RefreshError> {
        let keys = KeySet::load(document, &self.pinned)?;
        if !self.has_skipped_the_same_as(&keys) {
            keys.log_skipped(&self.issuer);
        }
        if keys.is_empty() {
            tracing::warn!(issuer = %self.issuer, "issuer lists no usable signing key: its tokens are refused");
        }
        Ok(keys)
    }

    fn has_skipped_the_same_as(&self, keys: &KeySet) -> bool {
        self.state
            .borrow()
            .loaded
            .as_ref()
            .is_some_and(|loaded| loaded.keys.skipped() == keys.skipped())
    }
}

fn apart(one: SystemTime, other: SystemTime) -> Duration {
    other
        .duration_since(one)
        .unwrap_or_else(|backwards| backwards.duration())
}

#[cfg(test)]
mod tests;
