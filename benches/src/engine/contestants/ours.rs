//! The engine itself.

use std::time::{Duration, Instant};

use fetchwell::engine::{Bounds, Config, Insert, Place, Span, Store, Terms, Timestamp};

use super::{Contestant, Key};

/// The store as users get it, bounded by entries; time is what the caller says it is.
pub struct Ours {
    /// The store itself.
    pub store: Store<u64>,
    /// What time it is.
    pub now: Timestamp,
    /// How long the next entries live.
    pub terms: Terms,
}

impl Ours {
    /// One that has its prefix index from the start if `eager_prefix_index`.
    pub fn with(room: usize, ttl: Duration, eager_prefix_index: bool) -> Self {
        let bounds = Bounds::entries(room);
        let config = Config { bounds, eager_prefix_index, ..Config::default() };
        let ttl = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX);
        let terms = Terms::ttl(Span::ms(ttl));
        Self { store: Store::new(config), now: Timestamp(0), terms }
    }
}

impl Contestant for Ours {
    const NAME: &'static str = "fetchwell";

    fn new(room: usize, ttl: Duration) -> Self {
        Self::with(room, ttl, false)
    }

    fn get(&mut self, key: &Key) -> Option<u64> {
        self.store.get(Place::ROOT, key, self.now).copied()
    }

    fn insert(&mut self, key: &Key, value: u64) {
        let how = Insert { terms: self.terms, ..Insert::default() };
        let outcome = self.store.insert(Place::ROOT, key, value, how, self.now);
        assert!(outcome.is_stored(), "an explicit insert is never turned away here");
    }

    fn len(&mut self) -> usize {
        self.store.len()
    }
}

/// The same with a clock read at each call, which is what moka and mini-moka do.
pub struct OursWithClock {
    ours: Ours,
    origin: Instant,
}

impl OursWithClock {
    fn read_clock(&mut self) {
        let since = self.origin.elapsed();
        self.ours.now = Timestamp(since.as_secs() * 1000 + u64::from(since.subsec_millis()));
    }
}

impl Contestant for OursWithClock {
    const NAME: &'static str = "fetchwell, reading a clock";

    #[expect(clippy::disallowed_methods, reason = "reading the clock is what is measured")]
    fn new(room: usize, ttl: Duration) -> Self {
        Self { ours: Ours::new(room, ttl), origin: Instant::now() }
    }

    fn get(&mut self, key: &Key) -> Option<u64> {
        self.read_clock();
        self.ours.get(key)
    }

    fn insert(&mut self, key: &Key, value: u64) {
        self.read_clock();
        self.ours.insert(key, value);
    }

    fn len(&mut self) -> usize {
        self.ours.len()
    }
}
