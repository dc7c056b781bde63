//! What a loader is told and may say, and how a load can end.

use super::sync::Mutex;
use crate::cache::Lifetime;
use crate::engine::{MissReason, Span};
use crate::error::{Code, Error};
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What a loader is told, and what it may say about its value.
///
/// Use it where the value itself knows how long it lives, what it belongs to, or that it should not be kept.
///
/// ```
/// use fetchwell::Cache;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # smol::block_on(async {
/// let books = Cache::<String>::builder().ttl("1h").build()?;
/// let load = |load: fetchwell::Load<String>| async move {
///     load.set_ttl("30s");
///     load.add_tags(["drafts"]);
///     format!("the text of {}", load.key())
/// };
/// assert_eq!(books.get_or_set("books:7", load).await?, "the text of books:7");
/// assert_eq!(books.invalidate_tag("drafts"), 1);
/// # Ok(()) }) }
/// ```
///
/// ```
/// use fetchwell::{Cache, Load};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # smol::block_on(async {
/// let numbers = Cache::<u32>::builder().build()?;
/// let next = |load: Load<u32>| async move {
///     assert!(!load.is_background()); // the caller waits
///     let number = load.stale().map_or(1, |last| last + 1);
///     if number > 2 {
///         load.skip(); // the caller gets it, and 2 stays
///     }
///     Ok::<u32, std::fmt::Error>(number)
/// };
/// for number in [1, 2, 3, 3] {
///     assert_eq!(numbers.refresh("n", next).await?, number);
/// }
/// # Ok(()) }) }
/// ```
#[derive(Debug)]
pub struct Load<V> {
    key: Arc<str>,
    stale: Option<Arc<V>>,
    background: bool,
    orders: Arc<Mutex<Orders>>,
}

/// What a loader said about its value.
#[derive(Clone, Debug, Default)]
pub(super) struct Orders {
    pub(super) ttl: Option<Span>,
    pub(super) tags: Vec<Box<str>>,
    pub(super) skip: bool,
    /// What was wrong with what it said.
    pub(super) fault: Option<Error>,
}

impl<V> Load<V> {
    pub(super) fn new(key: Arc<str>, stale: Option<Arc<V>>, background: bool) -> (Self, Arc<Mutex<Orders>>) {
        let orders = Arc::<Mutex<Orders>>::default();
        (Self { key, stale, background, orders: Arc::clone(&orders) }, orders)
    }

    /// The text of the key that is loaded. Use it in loaders that serve many keys.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The value that is held meanwhile, if one is: past its lifetime inside a window, or still fresh when it is refreshed. Use it to ask
    /// the origin whether it still holds.
    pub fn stale(&self) -> Option<&V> {
        self.stale.as_deref()
    }

    /// Was it begun behind a caller's back, who was given the value that is held? Use it to be gentler with the origin.
    pub fn is_background(&self) -> bool {
        self.background
    }

    /// Gives this value a lifetime of its own. A text that is no duration fails the load, with an error that says so. Use it where the
    /// answer says how long it is good.
    pub fn set_ttl(&self, ttl: impl Into<Lifetime>) {
        match ttl.into().checked("ttl") {
            Ok(ttl) => self.orders.lock().ttl = Some(ttl),
            Err(fault) => self.orders.lock().fault = Some(fault),
        }
    }

    /// Adds tags to those of the policy. Use it for what only the value tells.
    pub fn add_tags<T: Into<Box<str>>>(&self, tags: impl IntoIterator<Item = T>) {
        let mut tags: Vec<Box<str>> = tags.into_iter().map(Into::into).collect();
        self.orders.lock().tags.append(&mut tags);
    }

    /// Hands the value to the callers and stores nothing. Use it for answers that are good once.
    pub fn skip(&self) {
        self.orders.lock().skip = true;
    }
}

/// How a load ended that brought no value. All callers who waited for it get the same one; it is cheap to clone.
///
/// Use [`LoadError::downcast_ref`] to get at the loader's own error, [`LoadError::code`] to tell the kinds apart.
///
/// ```
/// use fetchwell::{Cache, Code, LoadError};
/// use std::num::ParseIntError;
///
/// fn status(error: &LoadError) -> u16 {
///     match error.code() {
///         Code::Timeout => 504,
///         _ if error.downcast_ref::<ParseIntError>().is_some() => 400,
///         _ => 502,
///     }
/// }
///
/// let numbers = Cache::<u64>::builder().build()?;
/// let refused = numbers.try_get_or_set_blocking("n", |_| "gross".parse::<u64>());
/// assert_eq!(status(&refused.unwrap_err()), 400);
/// # Ok::<(), fetchwell::Error>(())
/// ```
#[derive(Clone)]
pub struct LoadError(Kind);

#[derive(Clone)]
enum Kind {
    /// With what it takes up, as far as it can be seen: itself, and as much as it has to say.
    Failed(Arc<dyn StdError + Send + Sync>, usize),
    Panicked(Arc<str>),
    TimedOut(Duration),
}

impl LoadError {
    pub(super) fn failed(error: Box<dyn StdError + Send + Sync>) -> Self {
        let weight = size_of_val(&*error) + error.to_string().len();
        Self(Kind::Failed(error.into(), weight))
    }

    pub(super) fn panicked(payload: &(dyn std::any::Any + Send)) -> Self {
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        Self(Kind::Panicked(text.unwrap_or("no message").into()))
    }

    pub(super) fn timed_out(after: Duration) -> Self {
        Self(Kind::TimedOut(after))
    }

    /// What it counts for when it is remembered.
    pub(super) fn weight(&self) -> u64 {
        match &self.0 {
            Kind::Failed(_, weight) => *weight as u64,
            Kind::Panicked(text) => text.len() as u64,
            Kind::TimedOut(_) => 0,
        }
    }

    pub(super) fn is_worth_another_try(&self) -> bool {
        matches!(self.0, Kind::Failed(..))
    }

    /// Which kind it is: `load-failed`, `load-panicked` or `timeout`. Use it to decide what to answer.
    pub fn code(&self) -> Code {
        match self.0 {
            Kind::Failed(..) => Code::LoadFailed,
            Kind::Panicked(_) => Code::LoadPanicked,
            Kind::TimedOut(_) => Code::Timeout,
        }
    }

    /// The loader's own error, if it is of this type. Use it where callers treat some errors otherwise than others.
    pub fn downcast_ref<E: StdError + 'static>(&self) -> Option<&E> {
        match &self.0 {
            Kind::Failed(error, _) => error.downcast_ref(),
            Kind::Panicked(_) | Kind::TimedOut(_) => None,
        }
    }
}

impl fmt::Debug for LoadError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Failed(error, _) => out.debug_tuple("LoadError::Failed").field(error).finish(),
            Kind::Panicked(text) => out.debug_tuple("LoadError::Panicked").field(text).finish(),
            Kind::TimedOut(after) => out.debug_tuple("LoadError::TimedOut").field(after).finish(),
        }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Failed(error, _) => write!(out, "the loader failed: {error}"),
            Kind::Panicked(text) => write!(out, "the loader panicked: {text}"),
            Kind::TimedOut(after) => write!(out, "the load took longer than {after:?}"),
        }
    }
}

impl StdError for LoadError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.0 {
            Kind::Failed(error, _) => Some(&**error),
            Kind::Panicked(_) | Kind::TimedOut(_) => None,
        }
    }
}

/// A value, or why there is none, and what the cache did for this caller.
///
/// Use it through [`Cache::ask`](crate::Cache::ask), where a response is to say `X-Cache-Status`.
///
/// ```
/// use fetchwell::engine::MissReason;
/// use fetchwell::{Answer, Cache, Served};
///
/// # smol::block_on(async {
/// let ages = Cache::<u32>::builder().build()?;
/// let first: Answer<u32> = ages.ask("ada", |_| async { "36".parse::<u32>() }).await;
/// assert_eq!(first.how, Served::Miss { reason: MissReason::Cold, stored: true });
/// # Ok::<(), fetchwell::Error>(()) }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Answer<T> {
    /// The value.
    pub value: Result<T, LoadError>,
    /// What the cache did.
    pub how: Served,
}

/// What the cache did for a caller. Use [`Served::word`] for a header, the fields for more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Served {
    /// It had the answer: a fresh value, or a failure that is remembered.
    Hit,
    /// It had an answer past its lifetime, which was better than waiting, or than none.
    Stale {
        /// A load was tried first, and failed or took too long.
        after_failure: bool,
    },
    /// It loaded the answer.
    Miss {
        /// Why it did not have it.
        reason: MissReason,
        /// Does it have it now? Not if an invalidation overtook it, or if it was not to be kept.
        stored: bool,
    },
    /// Somebody else was loading it already, and this caller waited for the same answer.
    Coalesced {
        /// Why it did not have it.
        reason: MissReason,
        /// Does it have it now?
        stored: bool,
    },
    /// It is switched off.
    Bypass,
}

impl Served {
    /// The word that `X-Cache-Status` has for it: `HIT`, `STALE`, `MISS`, `COALESCED` or `BYPASS`. Use it for that header.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Hit => "HIT",
            Self::Stale { .. } => "STALE",
            Self::Miss { .. } => "MISS",
            Self::Coalesced { .. } => "COALESCED",
            Self::Bypass => "BYPASS",
        }
    }
}
