//! What all callers of one load wait for, and what it ends with.

use super::load::LoadError;
use super::shared::{Shared, WeakShared};
use super::space::Held;

pub(super) type Landing = Result<Landed, LoadError>;

/// What a load brought, and whether it is in the cache.
#[derive(Clone)]
pub(super) struct Landed {
    pub(super) held: Held,
    pub(super) stored: bool,
}

/// A load in flight, held by who waits for it.
pub(super) type Flight = Shared<Landing>;

/// A load in flight, as the table knows it: it keeps nothing alive.
pub(super) type WeakFlight = WeakShared<Landing>;
