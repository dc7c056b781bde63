//! The locks. Under `--cfg fetchwell_shuttle` they are those of a scheduler that tries the orders in which threads can meet.
//!
//! No lock is held while code of the user runs. Should one be poisoned all the same, what it guards is still whole: nothing in the
//! engine panics.

use std::sync::PoisonError;

#[cfg(fetchwell_shuttle)]
use shuttle::sync as threads;
#[cfg(not(fetchwell_shuttle))]
use std::sync as threads;

pub(super) type ReadGuard<'a, T> = threads::RwLockReadGuard<'a, T>;
pub(super) type WriteGuard<'a, T> = threads::RwLockWriteGuard<'a, T>;
pub(super) type Guard<'a, T> = threads::MutexGuard<'a, T>;

/// Many readers or one writer.
#[derive(Debug, Default)]
pub(super) struct RwLock<T>(threads::RwLock<T>);

impl<T> RwLock<T> {
    pub(super) fn new(value: T) -> Self {
        Self(threads::RwLock::new(value))
    }

    pub(super) fn read(&self) -> ReadGuard<'_, T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn write(&self) -> WriteGuard<'_, T> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One at a time.
#[derive(Debug, Default)]
pub(super) struct Mutex<T>(threads::Mutex<T>);

impl<T> Mutex<T> {
    pub(super) fn new(value: T) -> Self {
        Self(threads::Mutex::new(value))
    }

    pub(super) fn lock(&self) -> Guard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
