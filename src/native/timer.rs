//! Waiting for a time where nobody keeps timers: one thread sleeps for all who wait.

use super::sync::Mutex;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::future::poll_fn;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, OnceLock, Weak};
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

/// One who waits.
#[derive(Default)]
struct Nap {
    over: bool,
    waker: Option<Waker>,
}

/// Until when somebody waits. The timer keeps nobody waiting who has left.
struct Alarm {
    at: Instant,
    nap: Weak<Mutex<Nap>>,
}

/// Ends after this time. Where not one more thread is to be had, at once.
pub(super) async fn sleep(time: Duration) {
    let nap = Arc::new(Mutex::<Nap>::default());
    let alarm = Alarm { at: now() + time, nap: Arc::downgrade(&nap) };
    let Some(()) = timer().and_then(|timer| timer.send(alarm).ok()) else { return };
    poll_fn(|context| {
        let mut state = nap.lock();
        state.waker = Some(context.waker().clone());
        if state.over { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

#[expect(clippy::disallowed_methods, reason = "a timer that nobody gave us; no time of it is ever stored")]
fn now() -> Instant {
    Instant::now()
}

/// The thread, begun when somebody waits for the first time.
fn timer() -> Option<&'static Sender<Alarm>> {
    static TIMER: OnceLock<Option<Sender<Alarm>>> = OnceLock::new();
    let begin = || {
        let (sender, alarms) = channel();
        let name = thread::Builder::new().name("fetchwell-timer".into());
        name.spawn(move || ring(&alarms)).is_ok().then_some(sender)
    };
    TIMER.get_or_init(begin).as_ref()
}

/// Wakes everybody in time, for as long as the process lives.
fn ring(alarms: &Receiver<Alarm>) {
    let mut waiting = BinaryHeap::<Reverse<(Instant, u64)>>::new();
    let mut naps = std::collections::HashMap::<u64, Weak<Mutex<Nap>>>::new();
    let mut count = 0_u64;
    loop {
        let next = waiting.peek().map(|Reverse((at, _))| at.saturating_duration_since(now()));
        let alarm = match next {
            Some(time) => alarms.recv_timeout(time),
            None => alarms.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match alarm {
            Ok(Alarm { at, nap }) => {
                waiting.push(Reverse((at, count)));
                naps.insert(count, nap);
                count += 1;
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        while let Some(Reverse((at, _))) = waiting.peek()
            && *at <= now()
        {
            let due = waiting.pop().and_then(|Reverse((_, number))| naps.remove(&number)).and_then(|nap| nap.upgrade());
            let waker = due.and_then(|nap| {
                let mut nap = nap.lock();
                nap.over = true;
                nap.waker.take()
            });
            waker.into_iter().for_each(Waker::wake);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::block::block_on;

    #[test]
    fn a_wait_ends_and_who_leaves_before_keeps_nobody() {
        let long = Box::pin(sleep(Duration::from_secs(3_600)));
        drop(long);
        block_on(sleep(Duration::from_millis(1)));
        block_on(sleep(Duration::ZERO));
    }
}
