//! How a namespace is set up.

use super::made::Made;
use super::setup::{Setup, shared_words};
use super::size::Size;
use crate::cache::{Lifetime, Policy, Retry};
use crate::error::{Code, Error};
use crate::native::body::Body;
use crate::native::cache::Cache;
use crate::native::codec::Codec;
use crate::native::form::{Cloned, Form, Shared};
use crate::native::space::{AnyCodec, Spot};
use std::marker::PhantomData;
use std::sync::Arc;

impl<V: Send + Sync + 'static, F: Form<V>> Cache<V, F> {
    /// A namespace of this cache: keys, type of values, rules, bounds and statistics of its own, under the budget of the whole. It gives
    /// its values out as this cache does, and is on the same partition.
    ///
    /// Use one for each kind of thing. The same name is the same namespace: asking again without options is how to get at it elsewhere,
    /// asking with others is an error. The empty name, the root's, is refused.
    ///
    /// ```
    /// use fetchwell::Cache;
    ///
    /// let root = Cache::<()>::builder().max_bytes("64mb").build()?;
    /// let tickets = root.namespace::<String>("tickets").ttl("5m").tti("1m").max_entries(1_000).build()?;
    /// let numbers = root.namespace::<f64>("dashboard").ttl("30s").max_entries(50).build()?;
    /// tickets.insert("7", "Fix the roof".to_string());
    /// numbers.insert("7", 0.5);
    /// assert_eq!((root.len(), tickets.len()), (2, 1));
    /// # Ok::<(), fetchwell::Error>(())
    /// ```
    pub fn namespace<T: Send + Sync + 'static>(&self, name: &str) -> NamespaceBuilder<T, F> {
        NamespaceBuilder::new(Arc::clone(self.body()), self.spot(), name)
    }
}

/// Sets up a namespace. What is wrong is told by [`NamespaceBuilder::build`], by the name of the option.
///
/// Use it through [`Cache::namespace`]. Rules that it leaves open are those which the cache it is asked of was built with; bounds,
/// weigher, tagger and codec are its own, or none.
///
/// ```
/// use fetchwell::{Cache, NamespaceBuilder};
///
/// /// What all dashboards have in common.
/// fn live<V: Clone + Send + Sync + 'static>(dashboard: NamespaceBuilder<V>) -> NamespaceBuilder<V> {
///     dashboard.ttl("30s").jitter(0.1).max_entries(50)
/// }
///
/// let root = Cache::<()>::builder().ttl("1h").max_bytes("64mb").build()?;
/// let load = live(root.namespace::<f64>("load")).build()?;
/// assert!(live(root.namespace::<f64>("load")).build().is_ok()); // the same one again
/// assert!(root.namespace::<f64>("load").ttl("5s").build().is_err());
/// load.insert("server 7", 0.5);
/// assert_eq!(root.len(), 1);
/// # Ok::<(), fetchwell::Error>(())
/// ```
#[must_use = "a builder does nothing until `build`"]
pub struct NamespaceBuilder<V, F = Cloned> {
    setup: Setup<V>,
    body: Arc<Body>,
    wider: Policy,
    /// That of the view it was asked for through: what is one user's stays in his partition.
    partition: Option<Arc<str>>,
    name: Box<str>,
    form: PhantomData<fn() -> F>,
}

impl<V, F> std::fmt::Debug for NamespaceBuilder<V, F> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("NamespaceBuilder")
            .field("name", &self.name)
            .field("policy", &self.setup.policy)
            .finish_non_exhaustive()
    }
}

impl<V: Send + Sync + 'static, F> NamespaceBuilder<V, F> {
    fn new(body: Arc<Body>, spot: &Spot, name: &str) -> Self {
        let (wider, partition) = (spot.space.policy.clone(), spot.partition.clone());
        Self { setup: Setup::default(), body, wider, partition, name: name.into(), form: PhantomData }
    }

    shared_words!();

    /// Gives values out as `Arc<V>` in place of clones: [`Builder::shared`](crate::Builder::shared). Use it for large values, and for
    /// those that cannot be cloned.
    pub fn shared(self) -> NamespaceBuilder<V, Shared> {
        let Self { setup, body, wider, partition, name, .. } = self;
        NamespaceBuilder { setup, body, wider, partition, name, form: PhantomData }
    }
}

impl<V: Send + Sync + 'static, F: Form<V>> NamespaceBuilder<V, F> {
    /// Makes the namespace, or gives the one that is there. Options that differ from those it was made with, another type of values, and
    /// options that cannot be, are an error. Use it at the end.
    pub fn build(self) -> Result<Cache<V, F>, Error> {
        let Self { setup, body, wider, partition, name, .. } = self;
        if name.is_empty() {
            return Err(Error::about("namespace", Code::InvalidOption, "the empty name is the root's"));
        }
        let bounds = setup.bounds;
        let made = Made::new(setup, &wider, bounds, body.runtime.as_ref())?;
        let space = body.change(|core, _| made.find_or_add(&name, core))?;
        Cache::of(body, Spot { space, partition })
    }
}
