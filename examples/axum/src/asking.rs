//! A value through its cache, and what the cache did for it, as the headers tell it.

use crate::caches::Caches;
use crate::database::DatabaseDown;
use crate::status::CacheStatus;
use fetchwell::{Answer, Cache, Entry, Key, Load, LoadError, Served, Shared};
use std::sync::Arc;

/// A value, or why there is none, and what the cache did.
#[derive(Debug)]
pub struct Answered<V> {
    /// The value, as it is held.
    pub value: Result<Arc<V>, LoadError>,
    /// What the cache did for this caller.
    pub status: CacheStatus,
}

impl Caches {
    /// The value under a key, loaded if need be, and what the cache did for it.
    pub async fn ask<V, L, T>(&self, cache: &Cache<V, Shared>, key: Key<'_>, load: L) -> Answered<V>
    where
        V: Send + Sync + 'static,
        L: FnOnce(Load<V>) -> T + Clone + Send + 'static,
        T: Future<Output = Result<V, DatabaseDown>> + Send + 'static,
    {
        let Answer { value, how } = cache.ask(&key, load).await;
        let ttl = || cache.entry(&key).as_ref().and_then(seconds_left);
        let status = match how {
            Served::Hit => CacheStatus::Hit { ttl: ttl() },
            Served::Stale { after_failure } => CacheStatus::Stale { ttl: ttl().unwrap_or(-1), after_failure },
            Served::Miss { reason, stored } => CacheStatus::Miss { reason, stored, coalesced: false },
            Served::Coalesced { reason, stored } => CacheStatus::Miss { reason, stored, coalesced: true },
            Served::Bypass => CacheStatus::Bypass,
        };
        Answered { value, status }
    }
}

/// What is left of its lifetime in whole seconds, rounded down; below zero it is stale. Nothing where it never expires.
fn seconds_left<V>(entry: &Entry<V>) -> Option<i64> {
    let now = entry.created_at.0.saturating_add(entry.age.as_ms()?);
    Some(entry.expires_at?.0.cast_signed().saturating_sub(now.cast_signed()).div_euclid(1_000))
}
