//! Waiting for a future on a thread that has nothing else to do.

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
