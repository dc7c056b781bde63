//! Where the time comes from: the host's clock, or one that a test moves by hand.

use super::runtime::Task;
use super::sync::Mutex;
use crate::cache::Lifetime;
use crate::engine::Timestamp;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Where a cache reads the time.
///
/// Use the host's, which needs no mention, or [`ManualClock`] in tests; implement it for a time of your own. It is asked outside every
/// lock. A reading that is earlier than one before counts as that one.
///
/// ```
/// use fetchwell::{Cache, Clock, engine::Timestamp};
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// /// The time of a game, which stands while nobody plays.
/// struct Played(Arc<AtomicU64>);
/// impl Clock for Played {
///     fn now(&self) -> Timestamp {
///         Timestamp(self.0.load(Ordering::Relaxed))
///     }
/// }
///
/// let played = Arc::new(AtomicU64::new(0));
/// let spells = Cache::<u32>::builder().ttl("5s").clock(Played(Arc::clone(&played))).build()?;
/// spells.insert("shield", 3);
/// played.fetch_add(5_000, Ordering::Relaxed);
/// assert_eq!(spells.get("shield"), None);
/// # Ok::<(), fetchwell::Error>(())
/// ```
pub trait Clock: Send + Sync + 'static {
    /// Milliseconds since 1970. Use it from your own clock's tests.
    fn now(&self) -> Timestamp;
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }
}

/// The time of day at the start, and since then the host's steady clock: it neither jumps nor falls.
#[derive(Debug)]
pub(super) struct HostClock {
    started: Instant,
    at_start: u64,
}

impl HostClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the host's time is read")]
    pub(super) fn new() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { started: Instant::now(), at_start: millis(since) }
    }
}

impl Clock for HostClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.at_start.saturating_add(millis(self.started.elapsed())))
    }
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A clock that stands until it is moved. Clones show the same time.
///
/// Use it in tests: an hour passes at once, and nothing sleeps.
///
/// ```
/// use fetchwell::{Cache, ManualClock};
///
/// let clock = ManualClock::new();
/// let books = Cache::<String>::builder().ttl("100ms").clock(clock.clone()).build()?;
/// books.insert("books:7", "Emma".to_string());
/// clock.advance("99ms");
/// assert!(books.get("books:7").is_some());
/// clock.advance("1ms");
/// assert_eq!(books.get("books:7"), None);
/// # Ok::<(), fetchwell::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ManualClock {
    state: Arc<Mutex<Hands>>,
}

#[derive(Debug, Default)]
struct Hands {
    now: u64,
    /// Until when, whose, and how to wake them.
    sleepers: Vec<(u64, u64, Waker)>,
    /// How many went to sleep so far.
    slept: u64,
}

impl ManualClock {
    /// A clock that shows an early moment (ten million seconds after 1970 began). Use it where the date does not matter.
    pub fn new() -> Self {
        Self::at(Timestamp(10_000_000_000))
    }

    /// A clock that shows this moment. Use it where dates are compared.
    ///
    /// ```
    /// use fetchwell::{Cache, ManualClock, engine::Timestamp};
    ///
    /// let leap_day = Timestamp(951_782_400_000);
    /// let books = Cache::<u32>::builder().clock(ManualClock::at(leap_day)).build()?;
    /// books.insert("a", 1);
    /// assert_eq!(books.entry("a").map(|entry| entry.created_at), Some(leap_day));
    /// # Ok::<(), fetchwell::Error>(())
    /// ```
    pub fn at(now: Timestamp) -> Self {
        let clock = Self::default();
        clock.state.lock().now = now.0;
        clock
    }

    /// Moves it on, and wakes who slept until then. Use it in place of sleeping.
    ///
    /// # Panics
    ///
    /// With a text that is no duration: a test that moves no time proves nothing.
    #[track_caller]
    pub fn advance(&self, by: impl Into<Lifetime>) {
        let by = match by.into().checked("advance") {
            Ok(by) => by.as_ms().unwrap_or(u64::MAX),
            Err(fault) => panic!("{fault}"),
        };
        let due: Vec<Waker> = {
            let mut hands = self.state.lock();
            hands.now = hands.now.saturating_add(by);
            let now = hands.now;
            hands.sleepers.extract_if(.., |(until, ..)| *until <= now).map(|(.., waker)| waker).collect()
        };
        due.into_iter().for_each(Waker::wake);
    }

    /// Ends when the clock was moved on so far. Use it as the timer of a runtime in tests:
    /// `Functions::new(spawn, move |time| clock.sleep(time))`.
    ///
    /// ```
    /// use fetchwell::{Cache, Code, Functions, ManualClock};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # smol::block_on(async {
    /// let clock = ManualClock::new();
    /// let timer = clock.clone();
    /// let runtime = Functions::new(|task| smol::spawn(task).detach(), move |time| timer.sleep(time));
    /// let books = Cache::<u32>::builder().timeout("2s").clock(clock.clone()).runtime(runtime).build()?;
    /// let hangs = books.get_or_set("a", |_| std::future::pending());
    /// let time = async {
    ///     assert_eq!(clock.sleepers(), 1);
    ///     clock.advance("2s");
    /// };
    /// let (refused, ()) = smol::future::zip(hangs, time).await;
    /// assert_eq!(refused.unwrap_err().code(), Code::Timeout);
    /// # Ok(()) }) }
    /// ```
    pub fn sleep(&self, time: Duration) -> Task {
        let mut hands = self.state.lock();
        hands.slept += 1;
        let (until, number) = (hands.now.saturating_add(millis(time)), hands.slept);
        drop(hands);
        Box::pin(Sleep { clock: self.clone(), until, number })
    }

    /// How many sleep by it now. Use it in tests to wait until a task has come to its pause.
    pub fn sleepers(&self) -> usize {
        self.state.lock().sleepers.len()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.state.lock().now)
    }
}

struct Sleep {
    clock: ManualClock,
    until: u64,
    number: u64,
}

impl Sleep {
    /// Takes its waker out. It is let go of outside the lock: a task may go with it.
    fn rise(&self) -> Option<Waker> {
        let mut hands = self.clock.state.lock();
        let at = hands.sleepers.iter().position(|(_, number, _)| *number == self.number)?;
        Some(hands.sleepers.swap_remove(at).2)
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        drop(self.rise());
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        // Polled again before it is time: the newest waker is enough.
        drop(self.rise());
        let waker = context.waker().clone();
        let mut hands = self.clock.state.lock();
        if hands.now >= self.until {
            return Poll::Ready(());
        }
        hands.sleepers.push((self.until, self.number, waker));
        Poll::Pending
    }
}
