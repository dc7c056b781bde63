//! What the host lends: a way to run something on the side, and a way to wait.

use crate::cache::Rules;
use crate::error::{Code, Error};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// Something that runs until it is done. Use it in the signature of a [`Runtime`].
pub type Task = Pin<Box<dyn Future<Output = ()> + Send + 'static>>;

/// Runs work on the side and waits: what `swr`, `refresh_ahead`, `soft_timeout`, `timeout` and `retry` need.
///
/// Use `Tokio` (feature `tokio`), or [`Functions`] for any other; implement it where neither fits.
///
/// ```
/// use fetchwell::{Cache, Runtime, Task};
/// use std::time::Duration;
///
/// struct Smol;
/// impl Runtime for Smol {
///     fn spawn(&self, task: Task) {
///         smol::spawn(task).detach();
///     }
///     fn sleep(&self, time: Duration) -> Task {
///         Box::pin(async move { _ = smol::Timer::after(time).await })
///     }
/// }
///
/// let books = Cache::<String>::builder().timeout("2s").runtime(Smol).build()?;
/// # let _ = books;
/// # Ok::<(), fetchwell::Error>(())
/// ```
pub trait Runtime: Send + Sync + 'static {
    /// Runs this to its end without anybody waiting for it. Use it from a cache, not by hand.
    fn spawn(&self, task: Task);

    /// Ends after this time. Use it from a cache, not by hand.
    fn sleep(&self, time: Duration) -> Task;
}

/// A runtime made of two functions.
///
/// Use it with any executor, and in tests with a clock that is moved by hand.
///
/// ```
/// use fetchwell::{Cache, Functions};
///
/// let smol = Functions::new(
///     |task| smol::spawn(task).detach(),
///     |time| Box::pin(async move { smol::Timer::after(time).await; }),
/// );
/// let books = Cache::<String>::builder().ttl("5m").swr("10m").runtime(smol).build()?;
/// # let _ = books;
/// # Ok::<(), fetchwell::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Functions<S, W> {
    spawn: S,
    sleep: W,
}

impl<S, W> Functions<S, W>
where
    S: Fn(Task) + Send + Sync + 'static,
    W: Fn(Duration) -> Task + Send + Sync + 'static,
{
    /// A runtime that runs tasks with `spawn` and waits with `sleep`. Use it where the executor is not tokio.
    pub fn new(spawn: S, sleep: W) -> Self {
        Self { spawn, sleep }
    }
}

impl<S, W> Runtime for Functions<S, W>
where
    S: Fn(Task) + Send + Sync + 'static,
    W: Fn(Duration) -> Task + Send + Sync + 'static,
{
    fn spawn(&self, task: Task) {
        (self.spawn)(task);
    }

    fn sleep(&self, time: Duration) -> Task {
        (self.sleep)(time)
    }
}

/// The tokio runtime that a call happens in.
///
/// Use it in servers on tokio: `.runtime(Tokio)`. Calls from outside any tokio runtime (a blocking call on a thread of its own) wait by
/// a thread that sleeps for all of them; nothing runs behind such a caller's back: a stale value is served, and loading it anew is left to the next
/// caller inside a runtime.
///
/// ```
/// # #[cfg(feature = "tokio")]
/// use fetchwell::{Cache, Tokio};
///
/// # #[cfg(feature = "tokio")]
/// #[tokio::main]
/// async fn main() -> Result<(), Box<dyn std::error::Error>> {
///     let books = Cache::<String>::builder().ttl("5m").swr("10m").timeout("2s").runtime(Tokio).build()?;
///     assert_eq!(books.get_or_set("books:7", |_| async { "Emma".to_string() }).await?, "Emma");
///     Ok(())
/// }
/// # #[cfg(not(feature = "tokio"))]
/// # fn main() {}
/// ```
#[cfg(feature = "tokio")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tokio;

#[cfg(feature = "tokio")]
impl Runtime for Tokio {
    fn spawn(&self, task: Task) {
        // Outside a runtime there is nobody to run it; dropped, it counts as left by all.
        if let Ok(handle) = tokio::runtime::Handle::try_current() {
            handle.spawn(task);
        }
    }

    fn sleep(&self, time: Duration) -> Task {
        Box::pin(async move {
            match tokio::runtime::Handle::try_current() {
                Ok(_) => tokio::time::sleep(time).await,
                Err(_) => super::timer::sleep(time).await,
            }
        })
    }
}

/// Rules that need what the host did not lend are an error that names the first of them.
pub(super) fn check_runtime(rules: &Rules, runtime: Option<&Arc<dyn Runtime>>) -> Result<(), Error> {
    match rules.needs_spawner().or_else(|| rules.needs_timer()) {
        Some(field) if runtime.is_none() => {
            let message = "needs a runtime: `.runtime(Tokio)` with the feature `tokio`, or `.runtime(Functions::new(spawn, sleep))`";
            Err(Error::about(field, Code::NeedsRuntime, message))
        }
        _ => Ok(()),
    }
}

/// A load that is driven in the tokio runtime in which it began, whoever drives it: a thread outside of any may wait for it, too.
#[cfg(feature = "tokio")]
pub(super) fn at_home<T>(load: impl Future<Output = T> + Send) -> impl Future<Output = T> + Send {
    let home = tokio::runtime::Handle::try_current().ok();
    let mut load = Box::pin(load);
    std::future::poll_fn(move |context| {
        let _inside = home.as_ref().map(tokio::runtime::Handle::enter);
        load.as_mut().poll(context)
    })
}

/// A load, driven by whoever waits.
#[cfg(not(feature = "tokio"))]
pub(super) fn at_home<T>(load: impl Future<Output = T> + Send) -> impl Future<Output = T> + Send {
    load
}
