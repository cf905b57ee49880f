//! A clock for tests: it stands still while any task can run, then jumps to the next moment that a task waits for.

use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use broker_core::pace::PaceClock;

use super::Clock;

/// A clock that only [`VirtualTime::run`] moves. Its random numbers are all `fraction`.
#[derive(Clone)]
pub(super) struct VirtualTime {
    state: Arc<Mutex<State>>,
    fraction: f64,
}

struct State {
    start: Instant,
    now: Instant,
    sleepers: Vec<(Instant, Waker)>,
}

impl VirtualTime {
    pub(super) fn new(fraction: f64) -> Self {
        let start = Instant::now();
        let state = State {
            start,
            now: start,
            sleepers: Vec::new(),
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            fraction,
        }
    }

    /// The moment so long after the start.
    pub(super) fn at(&self, after: Duration) -> Instant {
        self.state().start + after
    }

    /// How long after the start it is.
    pub(super) fn elapsed(&self) -> Duration {
        let state = self.state();
        state.now - state.start
    }

    /// Runs `future` to its end. Time passes only while it waits for time.
    pub(super) fn run<F: Future>(&self, future: F) -> F::Output {
        let flag = Arc::new(Flag(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&flag));
        let mut future = pin!(future);
        loop {
            while flag.0.swap(false, Ordering::SeqCst) {
                if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                    return output;
                }
            }
            self.jump();
        }
    }

    fn jump(&self) {
        let mut state = self.state();
        let next = state.sleepers.iter().map(|(at, _)| *at).min();
        state.now = next.expect("something waits for nothing");
        let now = state.now;
        let (due, still): (Vec<_>, Vec<_>) = state.sleepers.drain(..).partition(|(at, _)| *at <= now);
        state.sleepers = still;
        drop(state);
        for (_, waker) in due {
            waker.wake();
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("no test panics while it holds this")
    }
}

impl Clock for VirtualTime {
    fn now(&self) -> Instant {
        self.state().now
    }

    fn sleep_until(&self, at: Instant) -> impl Future<Output = ()> + Send {
        Sleep {
            time: self.clone(),
            at,
        }
    }
}

impl PaceClock for VirtualTime {
    fn now_ms(&self) -> u64 {
        let elapsed = u64::try_from(self.elapsed().as_millis()).expect("a short test");
        1_800_000_000_000 + elapsed
    }

    fn fraction(&self) -> f64 {
        self.fraction
    }
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

struct Sleep {
    time: VirtualTime,
    at: Instant,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.time.state();
        if state.now >= self.at {
            return Poll::Ready(());
        }
        state.sleepers.push((self.at, context.waker().clone()));
        Poll::Pending
    }
}
