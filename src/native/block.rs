//! Waiting without an executor: for a future, on a thread that has nothing else to do; for a time, where nobody keeps timers.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

struct Unpark {
    thread: Thread,
    /// Said here too: the thread's own token may go to somebody else who waits on it, further in.
    woken: AtomicBool,
}

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

/// Drives a future to its end; the thread sleeps in between.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let unpark = Arc::new(Unpark { thread: thread::current(), woken: AtomicBool::new(false) });
    let waker = Waker::from(Arc::clone(&unpark));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        while !unpark.woken.swap(false, Ordering::Acquire) {
            thread::park();
        }
    }
}

/// Ends after this time: a thread sleeps for it. Dear, so only for where there is no timer.
#[cfg(feature = "tokio")]
pub(super) async fn sleep_on_a_thread(time: std::time::Duration) {
    use super::sync::Mutex;
    use std::future::poll_fn;

    #[derive(Default)]
    struct Nap {
        begun: bool,
        over: bool,
        waker: Option<Waker>,
    }
    let nap = Arc::new(Mutex::<Nap>::default());
    poll_fn(|context| {
        let mut state = nap.lock();
        if state.over {
            return Poll::Ready(());
        }
        state.waker = Some(context.waker().clone());
        if !std::mem::replace(&mut state.begun, true) {
            let nap = Arc::clone(&nap);
            let sleep = move || {
                thread::sleep(time);
                let mut state = nap.lock();
                state.over = true;
                let waker = state.waker.take();
                drop(state);
                waker.into_iter().for_each(Waker::wake);
            };
            if thread::Builder::new().spawn(sleep).is_err() {
                // Not one more thread to be had: then the wait is over.
                return Poll::Ready(());
            }
        }
        Poll::Pending
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;

    #[test]
    fn a_wake_is_not_lost_to_somebody_who_waits_further_in() {
        let mut steps = 0;
        let value = block_on(poll_fn(|outer| {
            steps += 1;
            if steps == 2 {
                return Poll::Ready(7);
            }
            outer.waker().wake_by_ref();
            let mut inner_steps = 0;
            block_on(poll_fn(|inner| {
                inner_steps += 1;
                inner.waker().wake_by_ref();
                if inner_steps < 3 { Poll::Pending } else { Poll::Ready(()) }
            }));
            // Takes the thread's token, should there still be one.
            thread::park_timeout(std::time::Duration::ZERO);
            Poll::Pending
        }));
        assert_eq!(value, 7);
    }
}
