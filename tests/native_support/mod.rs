//! What the tests of the native cache share: a world with one thread, a clock that is moved by hand, and gates to stop at.
#![allow(dead_code, reason = "each test file uses its own part of this")]

use fetchwell::{Cache, Event, Functions, LoadError, ManualClock, Runtime, Subscription, What};
use futures_util::FutureExt;
use smol::channel::{Receiver, Sender, bounded};
use smol::{Executor, Task};
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Tasks that run on the thread of the test, when it says so, by a clock that it moves.
#[derive(Clone, Default)]
pub(crate) struct World {
    pub(crate) clock: ManualClock,
    tasks: Arc<Executor<'static>>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self { clock: ManualClock::new(), tasks: Arc::default() }
    }

    /// Spawns here and sleeps by the clock.
    pub(crate) fn runtime(&self) -> impl Runtime + use<> {
        let (tasks, clock) = (Arc::clone(&self.tasks), self.clock.clone());
        Functions::new(move |task| tasks.spawn(task).detach(), move |time| clock.sleep(time))
    }

    /// Runs until nobody can go on.
    pub(crate) fn settle(&self) {
        while self.tasks.try_tick() {}
    }

    /// Begins something, and lets it come as far as it can.
    pub(crate) fn start<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Task<T> {
        let task = self.tasks.spawn(work);
        self.settle();
        task
    }

    /// What became of it; it must have ended.
    pub(crate) fn end<T>(&self, task: Task<T>) -> T {
        self.settle();
        task.now_or_never().expect("it still waits")
    }

    /// Lets a caller go away.
    pub(crate) fn leave<T>(&self, task: Task<T>) {
        drop(task);
        self.settle();
    }

    pub(crate) fn run<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T {
        let task = self.start(work);
        self.end(task)
    }

    /// Moves the clock on, and lets everybody notice.
    pub(crate) fn pass(&self, time: &str) {
        self.clock.advance(time);
        self.settle();
    }
}

/// A gate that stays open once it was opened.
#[derive(Clone)]
pub(crate) struct Gate {
    open: Sender<()>,
    closed: Receiver<()>,
}

impl Gate {
    pub(crate) fn new() -> Self {
        let (open, closed) = bounded(1);
        Self { open, closed }
    }

    pub(crate) fn open(&self) {
        self.open.close();
    }

    pub(crate) async fn passed(&self) {
        let _ = self.closed.recv().await;
    }
}

/// Counts runs.
#[derive(Clone, Default)]
pub(crate) struct Runs(Arc<AtomicUsize>);

impl Runs {
    /// One more; tells the number of this one, from 1 on.
    pub(crate) fn one(&self) -> usize {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// Tells when it goes.
pub(crate) struct Dropped(pub(crate) Runs);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.one();
    }
}

/// What an origin answers when it is down.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Down(pub(crate) usize);

impl fmt::Display for Down {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "down for the {}. time", self.0)
    }
}

impl std::error::Error for Down {}

/// An origin that counts who asks, answers with the number, or fails while it is told to; and stops at a gate, if it has one.
#[derive(Clone, Default)]
pub(crate) struct Origin {
    pub(crate) asked: Runs,
    pub(crate) left: Runs,
    down: Arc<Mutex<bool>>,
    gate: Arc<Mutex<Option<Gate>>>,
}

impl Origin {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn is_down(&self, down: bool) {
        *self.down.lock().unwrap() = down;
    }

    /// Whoever asks from now on waits until the gate is opened.
    pub(crate) fn gate(&self) -> Gate {
        let gate = Gate::new();
        *self.gate.lock().unwrap() = Some(gate.clone());
        gate
    }

    pub(crate) fn no_gate(&self) {
        *self.gate.lock().unwrap() = None;
    }

    pub(crate) async fn ask(self) -> Result<usize, Down> {
        let number = self.asked.one();
        let on_the_way = Dropped(self.left.clone());
        let gate = self.gate.lock().unwrap().clone();
        if let Some(gate) = gate {
            gate.passed().await;
        }
        std::mem::forget(on_the_way);
        let down = *self.down.lock().unwrap();
        if down { Err(Down(number)) } else { Ok(number) }
    }

    /// A caller of `key` who loads from here.
    pub(crate) fn caller(
        &self,
        cache: &Cache<usize>,
        key: &'static str,
    ) -> impl Future<Output = Result<usize, LoadError>> + Send + use<> {
        let (cache, origin) = (cache.clone(), self.clone());
        async move { cache.try_get_or_set(key, move |_| origin.ask()).await }
    }

    /// A caller who wants `key` loaded anew.
    pub(crate) fn refresher(
        &self,
        cache: &Cache<usize>,
        key: &'static str,
    ) -> impl Future<Output = Result<usize, LoadError>> + Send + use<> {
        let (cache, origin) = (cache.clone(), self.clone());
        async move { cache.refresh(key, move |_| origin.ask()).await }
    }
}

/// Which of the origin's failures it was.
pub(crate) fn failure(outcome: Result<usize, LoadError>) -> Down {
    outcome.expect_err("a failure").downcast_ref::<Down>().expect("the origin's").clone()
}

/// Notes the events of a cache, each as a short text.
pub(crate) struct Log {
    lines: Arc<Mutex<Vec<String>>>,
    _listening: Subscription,
}

impl Log {
    pub(crate) fn of<V: Send + Sync + 'static, F: fetchwell::Form<V>>(cache: &Cache<V, F>) -> Self {
        let lines = Arc::<Mutex<Vec<String>>>::default();
        let written = Arc::clone(&lines);
        let listening = cache.on(move |event| written.lock().unwrap().push(line(event)));
        Self { lines, _listening: listening }
    }

    /// What was noted since the last time.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.lines.lock().unwrap())
    }
}

pub(crate) fn line(event: &Event) -> String {
    let what = match &event.what {
        What::Hit { key, stale: false } => format!("hit {key}"),
        What::Hit { key, stale: true } => format!("stale hit {key}"),
        What::Miss { key, reason } => format!("miss {key} {}", reason.word()),
        What::Set { key, bytes } => format!("set {key} {bytes}"),
        What::Reject { key, reason } => format!("reject {key} {}", reason.word()),
        What::Remove { key, cause } => format!("remove {key} {}", cause.word()),
        What::Invalidate { by, what, count } => format!("invalidate {by:?} {what:?} {count}"),
        What::Refresh { key, ok, took } => format!("refresh {key} {ok} {took:?}"),
        What::Error { error, phase } => format!("error {} {phase}", error.code()),
        other => format!("{other:?}"),
    };
    if event.namespace.is_empty() { what } else { format!("{}: {what}", event.namespace) }
}
