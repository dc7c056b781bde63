//! Loaders, with their type of values forgotten: one attempt after the other, each a run of the user's code.

use super::load::{Load, LoadError, Orders};
use super::space::{Held, Kind};
use crate::cache::Rules;
use std::convert::Infallible;
use std::error::Error as StdError;
use std::pin::Pin;
use std::sync::Arc;

/// A loader, whatever its type of values.
pub(super) trait Attempts: Send {
    /// The next attempt; `None` when the loader cannot be run again.
    fn next(&mut self, key: &Arc<str>, stale: Option<&Held>, background: bool) -> Option<Attempt>;
}

pub(super) type Attempt = Pin<Box<dyn Future<Output = Result<Loaded, LoadError>> + Send>>;

/// What an attempt brought.
pub(super) struct Loaded {
    pub(super) held: Held,
    pub(super) tags: Vec<String>,
    pub(super) orders: Orders,
}

/// A loader that cannot fail, and cannot be run again.
pub(super) fn once<V, L, T>(load: L, with: Measures<V>) -> Box<dyn Attempts>
where
    V: Send + Sync + 'static,
    L: FnOnce(Load<V>) -> T + Send + 'static,
    T: Future<Output = V> + Send + 'static,
{
    Box::new(Once { load: Some(load), with })
}

/// A loader that can fail, and is cloned for each run.
pub(super) fn again<V, L, T, E>(load: L, with: Measures<V>) -> Box<dyn Attempts>
where
    V: Send + Sync + 'static,
    L: FnOnce(Load<V>) -> T + Clone + Send + 'static,
    T: Future<Output = Result<V, E>> + Send + 'static,
    E: Into<Box<dyn StdError + Send + Sync>>,
{
    Box::new(Again { load, with })
}

/// A loader that cannot be run any more.
pub(super) fn none() -> Box<dyn Attempts> {
    Box::new(UsedUp)
}

/// How values are weighed and tagged: by the user's own functions, so outside the lock and where a panic is caught.
pub(super) struct Measures<V> {
    pub(super) kind: Arc<Kind<V>>,
    pub(super) rules: Arc<Rules>,
}

impl<V> Clone for Measures<V> {
    fn clone(&self) -> Self {
        Self { kind: Arc::clone(&self.kind), rules: Arc::clone(&self.rules) }
    }
}

impl<V: Send + Sync + 'static> Measures<V> {
    fn attempt<T, E>(
        self,
        key: Arc<str>,
        stale: Option<&Held>,
        background: bool,
        run: impl FnOnce(Load<V>) -> T + Send + 'static,
    ) -> Attempt
    where
        T: Future<Output = Result<V, E>> + Send + 'static,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        let stale = stale.cloned().and_then(Held::value);
        Box::pin(async move {
            let (load, orders) = Load::new(Arc::clone(&key), stale, background);
            let value = run(load).await.map_err(|error| LoadError::failed(error.into()))?;
            let weight = self.kind.weight(&self.rules, &key, &value);
            let tags = self.kind.own_tags(&key, &value);
            let orders = orders.lock().clone();
            if let Some(fault) = orders.fault {
                return Err(LoadError::failed(fault.into()));
            }
            Ok(Loaded { held: Held { value: Arc::new(value), weight, load_ms: 0 }, tags, orders })
        })
    }
}

struct Once<V, L> {
    load: Option<L>,
    with: Measures<V>,
}

impl<V, L, T> Attempts for Once<V, L>
where
    V: Send + Sync + 'static,
    L: FnOnce(Load<V>) -> T + Send + 'static,
    T: Future<Output = V> + Send + 'static,
{
    fn next(&mut self, key: &Arc<str>, stale: Option<&Held>, background: bool) -> Option<Attempt> {
        let load = self.load.take()?;
        let run = |told| {
            let loading = load(told);
            async move { Ok::<V, Infallible>(loading.await) }
        };
        Some(self.with.clone().attempt(Arc::clone(key), stale, background, run))
    }
}

struct Again<V, L> {
    load: L,
    with: Measures<V>,
}

impl<V, L, T, E> Attempts for Again<V, L>
where
    V: Send + Sync + 'static,
    L: FnOnce(Load<V>) -> T + Clone + Send + 'static,
    T: Future<Output = Result<V, E>> + Send + 'static,
    E: Into<Box<dyn StdError + Send + Sync>>,
{
    fn next(&mut self, key: &Arc<str>, stale: Option<&Held>, background: bool) -> Option<Attempt> {
        Some(self.with.clone().attempt(Arc::clone(key), stale, background, self.load.clone()))
    }
}

struct UsedUp;

impl Attempts for UsedUp {
    fn next(&mut self, _: &Arc<str>, _: Option<&Held>, _: bool) -> Option<Attempt> {
        None
    }
}
