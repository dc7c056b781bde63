//! The handle: what one can do with a cache, one file for each kind of thing.
//!
//! | file | what it does |
//! |---|---|
//! | `read` | what a reader is given |
//! | `write` | storing, touching, removing |
//! | `load`, `obtain` | a value, loaded if need be: what callers write, and what happens then |
//! | `invalidate` | by key, prefix, tag, pattern, predicate; dropping a partition |
//! | `look` | entries, sizes, statistics, metrics, events |
//! | `save` | snapshots, in memory and as files |

mod invalidate;
mod load;
mod look;
mod obtain;
mod read;
mod save;
mod write;

pub use invalidate::Invalidating;
pub use look::Entry;

use super::body::Body;
use super::form::{Cloned, Form};
use super::runtime::check_runtime;
use super::space::{Kind, Spot};
use crate::cache::{Policy, Rules};
use crate::error::{Code, Error};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// A bounded cache of values under keys, for many threads. Clones are handles on the same cache.
///
/// Use one for each kind of value, as a namespace of one root where they are to share a budget: `root.namespace::<Ticket>("tickets")`.
/// Make it with [`Cache::builder`]. What it holds, evicts and counts is decided by the engine ([`crate::engine`]); this adds the lock,
/// the clock, loading and telling.
///
/// ```
/// use fetchwell::Cache;
/// use std::time::Duration;
///
/// let tickets = Cache::<String>::builder().ttl("5m").tti(Duration::from_secs(60)).max_entries(1_000).build()?;
/// tickets.insert("PROJ-123", "Fix the roof".to_string());
/// assert_eq!(tickets.get("PROJ-123").as_deref(), Some("Fix the roof"));
/// tickets.invalidate("PROJ-123");
/// assert_eq!(tickets.get("PROJ-123"), None);
/// assert_eq!(tickets.stats().hit_rate(), 0.5);
/// # Ok::<(), fetchwell::Error>(())
/// ```
pub struct Cache<V, F = Cloned> {
    body: Arc<Body>,
    spot: Spot,
    kind: Arc<Kind<V>>,
    /// What the rules were made of, for views of this view.
    policy: Arc<Policy>,
    rules: Arc<Rules>,
    form: PhantomData<fn() -> F>,
}

impl<V, F> Clone for Cache<V, F> {
    fn clone(&self) -> Self {
        Self {
            body: Arc::clone(&self.body),
            spot: self.spot.clone(),
            kind: Arc::clone(&self.kind),
            policy: Arc::clone(&self.policy),
            rules: Arc::clone(&self.rules),
            form: PhantomData,
        }
    }
}

impl<V, F> fmt::Debug for Cache<V, F> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, namespace, partition) = (&self.body.name, &self.spot.space.name, &self.spot.partition);
        out.debug_struct("Cache")
            .field("name", name)
            .field("namespace", namespace)
            .field("partition", partition)
            .finish_non_exhaustive()
    }
}

impl<V: Send + Sync + 'static, F: Form<V>> Cache<V, F> {
    pub(super) fn of(body: Arc<Body>, spot: Spot) -> Result<Self, Error> {
        let kind = Arc::clone(&spot.space.kind).downcast().map_err(|_| {
            let message = "the namespace exists with another type of values";
            Error::about("namespace", Code::NamespaceDiffers, message)
        })?;
        let (policy, rules) = (Arc::new(spot.space.policy.clone()), Arc::clone(&spot.space.rules));
        Ok(Self { body, spot, kind, policy, rules, form: PhantomData })
    }

    pub(super) fn body(&self) -> &Arc<Body> {
        &self.body
    }

    pub(super) fn spot(&self) -> &Spot {
        &self.spot
    }

    /// This cache for one user or tenant: keys of other partitions are neither seen nor touched.
    ///
    /// Use it wherever data of several users lives in one cache; no key text reaches into another partition. It is cheap: make one on
    /// each request. Names longer than 1 kB are places that keep nothing.
    ///
    /// ```
    /// use fetchwell::Cache;
    ///
    /// let profiles = Cache::<String>::builder().build()?;
    /// profiles.partition("ada").insert("me", "Ada".to_string());
    /// assert_eq!(profiles.partition("bob").get("me"), None);
    /// assert_eq!(profiles.drop_partition("ada"), 1); // when she logs out
    /// # Ok::<(), fetchwell::Error>(())
    /// ```
    #[must_use]
    pub fn partition(&self, name: &str) -> Self {
        let spot = Spot { partition: Some(name.into()), ..self.spot.clone() };
        Self { spot, ..self.clone() }
    }

    /// This cache with other rules for what goes through this handle. What they leave open stays as it is.
    ///
    /// Use it for calls that want another lifetime, tags, or a limit of time; keep the handle where it is used often. Rules that cannot
    /// be, or that need a runtime which is not there, are an error.
    ///
    /// ```
    /// use fetchwell::{Cache, Code, Policy, engine::Span};
    ///
    /// let books = Cache::<u32>::builder().ttl("1h").build()?;
    /// let brief = books.with(&Policy::new().ttl("30s"))?;
    /// brief.insert("a", 1);
    /// assert!(books.entry("a").is_some_and(|entry| entry.left <= Span::secs(30)));
    /// assert_eq!(books.with(&Policy::new().timeout("2s")).unwrap_err().code(), Code::NeedsRuntime);
    /// # Ok::<(), fetchwell::Error>(())
    /// ```
    pub fn with(&self, policy: &Policy) -> Result<Self, Error> {
        let policy = policy.over(&self.policy);
        let rules = policy.rules()?;
        check_runtime(&rules, self.body.runtime.as_ref())?;
        Ok(Self { policy: Arc::new(policy), rules: Arc::new(rules), ..self.clone() })
    }
}
