//! A value, loaded if need be: what callers write. `obtain` is what happens then.

use super::Cache;
use crate::native::attempts::{Measures, again, once};
use crate::native::block::block_on;
use crate::native::form::Form;
use crate::native::key::Key;
use crate::native::load::{Answer, Load, LoadError};
use std::error::Error as StdError;
use std::sync::Arc;

impl<V: Send + Sync + 'static, F: Form<V>> Cache<V, F> {
    /// The value under a key, loaded if it is not there. Any number of callers at once share one run of the loader; one that goes away
    /// harms no other, and when the last one leaves the loader is dropped. The fence stands behind it: what an invalidation overtook
    /// reaches those who waited, and nobody else.
    ///
    /// Use it for loaders that cannot fail. An error means that the loader panicked or took longer than `timeout`; it reaches all who
    /// waited. A loader must not ask for its own key: it would wait for itself.
    ///
    /// ```
    /// use fetchwell::Cache;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # smol::block_on(async {
    /// let books = Cache::<String>::builder().ttl("5m").build()?;
    /// let book = books.get_or_set(("books", 7), |_| async { "Emma".to_string() }).await?;
    /// assert_eq!(book, "Emma");
    /// assert_eq!(books.get("books:7").as_deref(), Some("Emma"));
    /// # Ok(()) }) }
    /// ```
    pub async fn get_or_set<'k, L, T>(&self, key: impl Into<Key<'k>>, load: L) -> Result<F::Out, LoadError>
    where
        L: FnOnce(Load<V>) -> T + Send + 'static,
        T: Future<Output = V> + Send + 'static,
    {
        self.obtained(&key.into(), false, || once(load, self.measures())).await.value
    }

    /// As `get_or_set`, for loaders that can fail. The error reaches all who waited, and is not kept (but see `negative_ttl`); a value
    /// past its lifetime may answer in its place (`stale_if_error`). With `retry` the loader runs again: it is cloned for each run, so
    /// what it captures must be `Clone`.
    ///
    /// Use it for everything that comes over a network.
    ///
    /// ```
    /// use fetchwell::{Cache, Code};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # smol::block_on(async {
    /// let books = Cache::<String>::builder().ttl("5m").build()?;
    /// let refused = books.try_get_or_set("books:7", |_| async { Err::<String, _>(std::fmt::Error) }).await;
    /// assert_eq!(refused.unwrap_err().code(), Code::LoadFailed);
    /// assert_eq!(books.get("books:7"), None);
    /// # Ok(()) }) }
    /// ```
    pub async fn try_get_or_set<'k, L, T, E>(&self, key: impl Into<Key<'k>>, load: L) -> Result<F::Out, LoadError>
    where
        L: FnOnce(Load<V>) -> T + Clone + Send + 'static,
        T: Future<Output = Result<V, E>> + Send + 'static,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        self.obtained(&key.into(), false, || again(load, self.measures())).await.value
    }

    /// As `try_get_or_set`, but loads whatever is there, and joins nothing begun before. Use it for a "reload" that somebody asked for.
    ///
    /// ```
    /// use fetchwell::Cache;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # smol::block_on(async {
    /// let ages = Cache::<u32>::builder().build()?;
    /// ages.insert("ada", 35);
    /// assert_eq!(ages.refresh("ada", |_| async { "36".parse::<u32>() }).await?, 36);
    /// assert!(ages.refresh("ada", |_| async { "?".parse::<u32>() }).await.is_err());
    /// assert_eq!(ages.get("ada"), Some(36)); // what was there stays
    /// # Ok(()) }) }
    /// ```
    pub async fn refresh<'k, L, T, E>(&self, key: impl Into<Key<'k>>, load: L) -> Result<F::Out, LoadError>
    where
        L: FnOnce(Load<V>) -> T + Clone + Send + 'static,
        T: Future<Output = Result<V, E>> + Send + 'static,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        self.obtained(&key.into(), true, || again(load, self.measures())).await.value
    }

    /// As `try_get_or_set`, and tells what the cache did for this caller. Use it where a response is to say `X-Cache-Status`.
    ///
    /// ```
    /// use fetchwell::Cache;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # smol::block_on(async {
    /// let ages = Cache::<u32>::builder().build()?;
    /// let first = ages.ask("ada", |_| async { "36".parse::<u32>() }).await;
    /// let second = ages.ask("ada", |_| async { "36".parse::<u32>() }).await;
    /// assert_eq!((first.how.word(), second.how.word()), ("MISS", "HIT"));
    /// assert_eq!(second.value?, 36);
    /// # Ok(()) }) }
    /// ```
    pub async fn ask<'k, L, T, E>(&self, key: impl Into<Key<'k>>, load: L) -> Answer<F::Out>
    where
        L: FnOnce(Load<V>) -> T + Clone + Send + 'static,
        T: Future<Output = Result<V, E>> + Send + 'static,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        self.obtained(&key.into(), false, || again(load, self.measures())).await
    }

    /// As `get_or_set`, for code that is not async: the thread waits. Callers of both kinds share their loads, so the loader may run on
    /// the thread of any of them, and what it borrows must live as long as it.
    ///
    /// Use it on threads of your own; in async code it would hold up everybody else on its thread.
    ///
    /// ```
    /// use fetchwell::Cache;
    ///
    /// let squares = Cache::<u64>::builder().build()?;
    /// assert_eq!(squares.get_or_set_blocking(12, |_| 12 * 12)?, 144);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn get_or_set_blocking<'k>(
        &self,
        key: impl Into<Key<'k>>,
        load: impl FnOnce(Load<V>) -> V + Send + 'static,
    ) -> Result<F::Out, LoadError> {
        block_on(self.get_or_set(key, |told| async move { load(told) }))
    }

    /// As `try_get_or_set`, for code that is not async: the thread waits. Use it on threads of your own.
    ///
    /// ```
    /// use fetchwell::Cache;
    ///
    /// let numbers = Cache::<u64>::builder().ttl("5m").build()?;
    /// assert_eq!(numbers.try_get_or_set_blocking("n", |_| "144".parse::<u64>())?, 144);
    /// assert!(numbers.try_get_or_set_blocking("m", |_| "gross".parse::<u64>()).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn try_get_or_set_blocking<'k, E>(
        &self,
        key: impl Into<Key<'k>>,
        load: impl FnOnce(Load<V>) -> Result<V, E> + Clone + Send + 'static,
    ) -> Result<F::Out, LoadError>
    where
        E: Into<Box<dyn StdError + Send + Sync>> + 'static,
    {
        block_on(self.try_get_or_set(key, |told| async move { load(told) }))
    }

    fn measures(&self) -> Measures<V> {
        Measures { kind: Arc::clone(&self.kind), rules: Arc::clone(&self.rules) }
    }
}
