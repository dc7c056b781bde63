//! How values are given out: cloned, or shared.

use std::sync::Arc;

/// How a cache gives its values out: [`Cloned`] or [`Shared`], as its builder said.
///
/// Use it as a bound where your code is to work with either kind of cache.
///
/// ```
/// use fetchwell::{Cache, Cloned, Form, Shared};
/// use std::sync::Arc;
///
/// fn first<F: Form<String>>(cache: &Cache<String, F>) -> Option<F::Out> {
///     cache.entries("").into_iter().map(|entry| entry.value).next()
/// }
///
/// let cloned: Cache<String, Cloned> = Cache::builder().build()?;
/// let shared: Cache<String, Shared> = Cache::builder().shared().build()?;
/// cloned.insert("books:7", "Emma".to_string());
/// shared.insert("books:7", "Emma".to_string());
/// assert_eq!((first(&cloned), first(&shared)), (Some("Emma".to_string()), Some(Arc::new("Emma".to_string()))));
/// # Ok::<(), fetchwell::Error>(())
/// ```
pub trait Form<V>: sealed::Sealed + Send + Sync + 'static {
    /// What a reader gets.
    type Out: Send + Sync + 'static;

    /// Makes what a reader gets. Use it where you hold a shared value of your own.
    fn out(value: Arc<V>) -> Self::Out;
}

/// Each reader gets a clone. Use it for small values and for those that are handles already; it is how a cache starts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cloned;

/// Each reader gets an `Arc` of the one value that is held. Use it for large values; get it with `Builder::shared`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shared;

impl<V: Clone + Send + Sync + 'static> Form<V> for Cloned {
    type Out = V;

    fn out(value: Arc<V>) -> V {
        Arc::unwrap_or_clone(value)
    }
}

impl<V: Send + Sync + 'static> Form<V> for Shared {
    type Out = Arc<V>;

    fn out(value: Arc<V>) -> Arc<V> {
        value
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Cloned {}
    impl Sealed for super::Shared {}
}
