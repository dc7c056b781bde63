//! What all callers of one load wait for, and what it ends with.

use super::load::LoadError;
use super::shared::{Shared, WeakShared};
use super::space::Held;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

pub(super) type Landing = Result<Landed, LoadError>;

/// What a load brought, and whether it is in the cache.
#[derive(Clone)]
pub(super) struct Landed {
    pub(super) held: Held,
    pub(super) stored: bool,
}

/// A load in flight, held by who waits for it.
pub(super) struct Flight {
    pub(super) landing: Shared<Landing>,
    pub(super) course: Arc<Course>,
}

/// A load in flight, as the table knows it: it keeps nothing alive.
pub(super) struct WeakFlight {
    landing: WeakShared<Landing>,
    course: Arc<Course>,
}

/// What those who wait and the load itself tell each other on the way.
#[derive(Debug, Default)]
pub(super) struct Course {
    /// Somebody waited as long as his rules let him. Should he have been the last, that is how the load ended.
    pub(super) too_long: OnceLock<Duration>,
    /// When the run of the loader began that is under way, less one so that zero is none.
    run: AtomicU64,
}

impl Flight {
    pub(super) fn downgrade(&self) -> WeakFlight {
        WeakFlight { landing: self.landing.downgrade(), course: Arc::clone(&self.course) }
    }
}

impl WeakFlight {
    /// Nothing, if all have left.
    pub(super) fn upgrade(&self) -> Option<Flight> {
        Some(Flight { landing: self.landing.upgrade()?, course: Arc::clone(&self.course) })
    }
}

impl Course {
    pub(super) fn run_begins(&self, now: u64) {
        self.run.store(now.saturating_add(1), Ordering::Relaxed);
    }

    /// When the run that ends now began, if one is under way.
    pub(super) fn run_ends(&self) -> Option<u64> {
        self.run.swap(0, Ordering::Relaxed).checked_sub(1)
    }
}
