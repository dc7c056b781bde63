//! Who wants to know what happens: listeners of events, and subscriptions to keys. They are called outside every lock, after the
//! change is complete and before the call that caused it returns.

use super::sync::{Mutex, RwLock};
use crate::engine::{MissReason, RejectReason, RemovalCause};
use crate::error::{Code, Error};
use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

/// Something that happened in a cache, and in which of its namespaces.
///
/// Use it in a listener given to [`Cache::on`](crate::Cache::on): for logs, for metrics of one's own, to tell other processes.
///
/// ```
/// use fetchwell::{Cache, Event, InvalidatedBy, What};
///
/// /// What other processes are to invalidate as well.
/// fn tag(event: &Event) -> Option<&str> {
///     match &event.what {
///         What::Invalidate { by: InvalidatedBy::Tag, what, .. } => Some(what),
///         _ => None,
///     }
/// }
///
/// let books = Cache::<u32>::builder().build()?;
/// let (send, receive) = std::sync::mpsc::channel();
/// books.on(move |event| _ = tag(event).map(|tag| send.send(tag.to_string()))).forever();
/// books.insert("books:7", 1);
/// books.invalidate_tag("drafts");
/// assert_eq!(receive.try_iter().collect::<Vec<_>>(), ["drafts"]);
/// # Ok::<(), fetchwell::Error>(())
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct Event {
    /// The namespace; the root's is empty.
    pub namespace: Arc<str>,
    /// What happened there.
    pub what: What,
}

/// What happened. Use it with a `_` arm: kinds may be added.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum What {
    /// A request was answered from the cache.
    Hit {
        /// Its key.
        key: Box<str>,
        /// Was the value past its lifetime?
        stale: bool,
    },
    /// A request found nothing it could have.
    Miss {
        /// Its key.
        key: Box<str>,
        /// Why.
        reason: MissReason,
    },
    /// A value was stored.
    Set {
        /// Its key.
        key: Box<str>,
        /// What the value weighs.
        bytes: u64,
    },
    /// A value was offered and not stored.
    Reject {
        /// Its key.
        key: Box<str>,
        /// Why.
        reason: RejectReason,
    },
    /// An entry went.
    Remove {
        /// Its key.
        key: Box<str>,
        /// Why.
        cause: RemovalCause,
    },
    /// Something was invalidated, whether or not it was held. The sum of these counts is [`Stats::invalidations`](crate::engine::Stats::invalidations).
    Invalidate {
        /// What it was selected by.
        by: InvalidatedBy,
        /// The key, prefix, tag, pattern or partition.
        what: Box<str>,
        /// How many entries it took from readers.
        count: usize,
    },
    /// A load behind somebody's back ended.
    Refresh {
        /// Its key.
        key: Box<str>,
        /// Did it bring a value?
        ok: bool,
        /// How long it took.
        took: Duration,
    },
    /// Something failed that failed no caller.
    Error {
        /// What failed.
        error: Error,
        /// While doing what: `snapshot`, `listener`, `refresh`.
        phase: &'static str,
    },
}

/// How it was said what is invalid. Use it to tell invalidations apart in logs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum InvalidatedBy {
    /// One key, by `invalidate` or `remove`.
    Key,
    /// What begins with a text, or with parts.
    Prefix,
    /// A tag.
    Tag,
    /// A pattern.
    Match,
    /// A function.
    Where,
    /// A partition was dropped.
    Partition,
    /// Everything there.
    Clear,
}

type Listener = Arc<dyn Fn(&Event) + Send + Sync>;
type Callback = Arc<dyn Fn() + Send + Sync>;

/// A listener, its number, and the namespace it listens to.
type Listening = (u64, Option<Arc<str>>, Listener);

/// By key, with their numbers.
type Callbacks = HashMap<Box<str>, Vec<(u64, Callback)>>;

/// All listeners and subscriptions of one cache.
#[derive(Default)]
pub(super) struct Watchers {
    /// Names this cache among those whose listeners are at work on a thread.
    id: u64,
    next: AtomicU64,
    listening: AtomicUsize,
    subscribed: AtomicUsize,
    listeners: RwLock<Arc<[Listening]>>,
    subscriptions: Mutex<HashMap<Arc<str>, Callbacks>>,
}

impl fmt::Debug for Watchers {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Watchers").field("listening", &self.listening).finish_non_exhaustive()
    }
}

thread_local! {
    /// The caches whose listeners are at work on this thread.
    static AT_WORK: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

thread_local! {
    static CHANGES: RefCell<Changes> = const { RefCell::new(Changes { waiting: VecDeque::new(), telling: Vec::new() }) };
}

/// What subscribers on this thread are still to be told, by cache.
struct Changes {
    waiting: VecDeque<(u64, Arc<str>, Box<str>)>,
    /// The caches that are telling.
    telling: Vec<u64>,
}

impl Changes {
    /// The next one of this cache. Those of another wait for whoever tells them.
    fn next(&mut self, cache: u64) -> Option<(Arc<str>, Box<str>)> {
        let at = self.waiting.iter().position(|(of, ..)| *of == cache);
        let next = at.and_then(|at| self.waiting.remove(at)).map(|(_, namespace, key)| (namespace, key));
        if next.is_none() {
            self.telling.retain(|of| *of != cache);
        }
        next
    }
}

/// Runs what is the user's. A panic in it ends it, and no more; tells whether it came to its end.
fn contain(run: impl FnOnce()) -> bool {
    let outcome = catch_unwind(AssertUnwindSafe(run));
    let ended = outcome.is_ok();
    // What it panicked with is the user's, too, and may panic while it goes.
    let _ = catch_unwind(AssertUnwindSafe(|| drop(outcome)));
    ended
}

impl Watchers {
    pub(super) fn new() -> Self {
        static CACHES: AtomicU64 = AtomicU64::new(0);
        Self { id: CACHES.fetch_add(1, Ordering::Relaxed), ..Self::default() }
    }

    /// Is there anybody to tell of events?
    pub(super) fn are_listening(&self) -> bool {
        self.listening.load(Ordering::Relaxed) > 0
    }

    /// Does anybody want to know about keys?
    pub(super) fn are_subscribed(&self) -> bool {
        self.subscribed.load(Ordering::Relaxed) > 0
    }

    /// Tells everybody. What listeners cause themselves is told to nobody, so that there is no endless loop.
    pub(super) fn tell(&self, events: &[Event]) {
        // A thread that is ending may have lost its locals: then nobody is at work on it any more.
        let at_work = AT_WORK.try_with(|caches| caches.borrow().contains(&self.id)).unwrap_or(false);
        if events.is_empty() || at_work {
            return;
        }
        let listeners = Arc::clone(&self.listeners.read());
        let _ = AT_WORK.try_with(|caches| caches.borrow_mut().push(self.id));
        let mut failed = Vec::new();
        for event in events {
            for (id, namespace, listener) in listeners.iter() {
                let concerns = namespace.as_ref().is_none_or(|namespace| *namespace == event.namespace);
                if concerns && !contain(|| listener(event)) {
                    failed.push((*id, Arc::clone(&event.namespace)));
                }
            }
        }
        // A listener that panics hurts nobody else; the others are told.
        for (failed, namespace) in failed {
            let error = Error::new(Code::ListenerPanicked, "a listener panicked");
            let event = Event { namespace, what: What::Error { error, phase: "listener" } };
            for (id, _, listener) in listeners.iter().filter(|(id, ..)| *id != failed) {
                let _ = (id, contain(|| listener(&event)));
            }
        }
        let _ = AT_WORK.try_with(|caches| caches.borrow_mut().retain(|cache| *cache != self.id));
    }

    /// Tells those who subscribed to a key that what `get` answers may have changed. What they change themselves is told after they are
    /// done, so that nobody is called while he is called.
    pub(super) fn changed(&self, namespace: &Arc<str>, key: &str) {
        let begin = |changes: &RefCell<Changes>| {
            let mut changes = changes.borrow_mut();
            changes.waiting.push_back((self.id, Arc::clone(namespace), key.into()));
            let first = !changes.telling.contains(&self.id);
            if first {
                changes.telling.push(self.id);
            }
            first
        };
        // On a thread that is ending there may be no list any more: then nobody is told.
        if !CHANGES.try_with(begin).unwrap_or(false) {
            return;
        }
        let next = || CHANGES.try_with(|changes| changes.borrow_mut().next(self.id)).ok().flatten();
        while let Some((namespace, key)) = next() {
            for (_, callback) in self.callbacks(&namespace, &key) {
                // A callback that panics hurts nobody else.
                contain(|| callback());
            }
        }
    }

    fn callbacks(&self, namespace: &str, key: &str) -> Vec<(u64, Callback)> {
        let subscriptions = self.subscriptions.lock();
        subscriptions.get(namespace).and_then(|keys| keys.get(key)).cloned().unwrap_or_default()
    }

    /// Did somebody subscribe to this key?
    pub(super) fn is_subscribed(&self, namespace: &str, key: &str) -> bool {
        self.subscriptions.lock().get(namespace).is_some_and(|keys| keys.contains_key(key))
    }

    /// A listener of one namespace, or of all.
    pub(super) fn listen(self: &Arc<Self>, namespace: Option<Arc<str>>, listener: Listener) -> Subscription {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        {
            let mut listeners = self.listeners.write();
            let more = listeners.iter().cloned().chain([(id, namespace, listener)]).collect();
            *listeners = more;
        }
        self.listening.fetch_add(1, Ordering::Relaxed);
        Subscription { watchers: Arc::clone(self), of: Of::Events(id) }
    }

    /// A subscription to one key.
    pub(super) fn subscribe(self: &Arc<Self>, namespace: &Arc<str>, key: &str, callback: Callback) -> Subscription {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let mut subscriptions = self.subscriptions.lock();
        let keys = subscriptions.entry(Arc::clone(namespace)).or_default();
        keys.entry(key.into()).or_default().push((id, callback));
        self.subscribed.fetch_add(1, Ordering::Relaxed);
        Subscription {
            watchers: Arc::clone(self),
            of: Of::Key { id, namespace: Arc::clone(namespace), key: key.into() },
        }
    }

    fn leave(&self, of: &Of) {
        // What is let go of here may be the last of a user's closure: it goes after the lock.
        match of {
            Of::Nothing => {}
            Of::Events(id) => {
                let old = {
                    let mut listeners = self.listeners.write();
                    let fewer = listeners.iter().filter(|(other, ..)| other != id).cloned().collect();
                    std::mem::replace(&mut *listeners, fewer)
                };
                self.listening.fetch_sub(1, Ordering::Relaxed);
                drop(old);
            }
            Of::Key { id, namespace, key } => {
                let mut gone = Vec::new();
                {
                    let mut subscriptions = self.subscriptions.lock();
                    if let Some(keys) = subscriptions.get_mut(namespace) {
                        if let Some(callbacks) = keys.get_mut(key) {
                            gone.extend(callbacks.extract_if(.., |(other, _)| other == id));
                            if callbacks.is_empty() {
                                keys.remove(key);
                            }
                        }
                        if keys.is_empty() {
                            subscriptions.remove(namespace);
                        }
                    }
                }
                self.subscribed.fetch_sub(1, Ordering::Relaxed);
                drop(gone);
            }
        }
    }
}

/// A listener or subscription: it ends when this is dropped.
///
/// Use [`Subscription::forever`] for those that live as long as the cache.
///
/// ```
/// use fetchwell::{Cache, Subscription};
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicBool, Ordering};
///
/// /// A page, and whether what it shows has changed; it no longer is told once it is closed.
/// struct Page {
///     is_old: Arc<AtomicBool>,
///     _told: Subscription,
/// }
///
/// let books = Cache::<u32>::builder().build()?;
/// let is_old = Arc::new(AtomicBool::new(false));
/// let changed = Arc::clone(&is_old);
/// let told = books.subscribe("books:7", move || changed.store(true, Ordering::Relaxed));
/// let page = Page { is_old, _told: told };
/// books.insert("books:7", 1);
/// assert!(page.is_old.load(Ordering::Relaxed));
/// # Ok::<(), fetchwell::Error>(())
/// ```
#[must_use = "it ends when this is dropped; `forever` keeps it"]
#[derive(Debug)]
pub struct Subscription {
    watchers: Arc<Watchers>,
    of: Of,
}

#[derive(Debug)]
enum Of {
    Nothing,
    Events(u64),
    Key { id: u64, namespace: Arc<str>, key: Box<str> },
}

impl Subscription {
    /// Keeps it for as long as the cache lives. Use it where nobody wants to end it.
    pub fn forever(mut self) {
        self.of = Of::Nothing;
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.watchers.leave(&self.of);
    }
}
