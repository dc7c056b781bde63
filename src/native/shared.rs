//! A future that many wait for and any of them drives.
//!
//! When it could go on, all who wait are woken, and the first to come drives it; those who come meanwhile leave it to him, and if it was
//! woken once more while he drove, he wakes them all again. So it never depends on one of them being polled again, and nobody has to
//! hand anything on when he leaves. With the last handle it is let go of.

use super::sync::Mutex;
use std::any::Any;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Wake, Waker};

/// One who waits.
pub(super) struct Shared<T> {
    run: Arc<Run<T>>,
    number: u64,
}

/// One who knows of it and keeps nothing alive.
pub(super) struct WeakShared<T>(Weak<Run<T>>);

struct Run<T> {
    state: Mutex<State<T>>,
    waiting: Arc<Waiting>,
    handles: AtomicU64,
    /// What a panic becomes.
    broken: fn(&(dyn Any + Send)) -> T,
}

type Running<T> = Pin<Box<dyn Future<Output = T> + Send>>;

enum State<T> {
    /// Nobody drives it just now.
    Idle(Running<T>),
    /// Somebody does.
    Driven,
    Done(T),
}

/// Who is to be woken. It knows nothing of the future: to wake keeps nothing alive.
struct Waiting(Mutex<Wakers>);

#[derive(Default)]
struct Wakers {
    by_number: HashMap<u64, Waker>,
    /// Woken since the last one began to drive; at first, too.
    woken: bool,
}

impl Wake for Waiting {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let wakers = {
            let mut wakers = self.0.lock();
            wakers.woken = true;
            std::mem::take(&mut wakers.by_number)
        };
        wakers.into_values().for_each(Waker::wake);
    }
}

impl<T: Clone> Shared<T> {
    /// A future to wait for. Should it panic, its value is what `broken` makes of that.
    pub(super) fn new(future: impl Future<Output = T> + Send + 'static, broken: fn(&(dyn Any + Send)) -> T) -> Self {
        let state = Mutex::new(State::Idle(Box::pin(future)));
        let waiting = Arc::new(Waiting(Mutex::new(Wakers { woken: true, ..Wakers::default() })));
        let run = Run { state, waiting, handles: AtomicU64::new(1), broken };
        Self { run: Arc::new(run), number: 0 }
    }
}

impl<T> Shared<T> {
    pub(super) fn downgrade(&self) -> WeakShared<T> {
        WeakShared(Arc::downgrade(&self.run))
    }
}

impl<T> WeakShared<T> {
    /// One more who waits; nothing, if all have left.
    pub(super) fn upgrade(&self) -> Option<Shared<T>> {
        let run = self.0.upgrade()?;
        let number = run.handles.fetch_add(1, Ordering::Relaxed);
        Some(Shared { run, number })
    }
}

impl<T: Clone> Run<T> {
    /// Drives it once, for this one. Nobody else does meanwhile.
    fn drive(&self, mut running: Running<T>, number: u64) -> Option<T> {
        let waker = Waker::from(Arc::clone(&self.waiting));
        let polled = catch_unwind(AssertUnwindSafe(|| running.as_mut().poll(&mut Context::from_waker(&waker))));
        let value = match polled {
            Ok(Poll::Pending) => {
                *self.state.lock() = State::Idle(running);
                // Those who came while it was driven went away again.
                if self.waiting.0.lock().woken {
                    self.waiting.wake_by_ref();
                }
                return None;
            }
            Ok(Poll::Ready(value)) => value,
            Err(payload) => (self.broken)(&*payload),
        };
        // What is left of it is the user's: it goes before anybody has the value, and whatever it does then harms nobody.
        let gone = catch_unwind(AssertUnwindSafe(|| drop(running)));
        let value = gone.map_or_else(|payload| (self.broken)(&*payload), |()| value);
        *self.state.lock() = State::Done(value.clone());
        let own = self.waiting.0.lock().by_number.remove(&number);
        drop(own);
        self.waiting.wake_by_ref();
        Some(value)
    }
}

impl<T: Clone> Future for Shared<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let run = &*self.run;
        // First of all, so that whoever finishes from here on knows of this one.
        let before = run.waiting.0.lock().by_number.insert(self.number, context.waker().clone());
        drop(before);
        let running = {
            let mut state = run.state.lock();
            match std::mem::replace(&mut *state, State::Driven) {
                State::Idle(running) => {
                    // There is more to do only once it was woken: not for each of those who wait.
                    if !std::mem::replace(&mut run.waiting.0.lock().woken, false) {
                        *state = State::Idle(running);
                        return Poll::Pending;
                    }
                    running
                }
                State::Driven => return Poll::Pending,
                State::Done(value) => {
                    *state = State::Done(value.clone());
                    return Poll::Ready(value);
                }
            }
        };
        run.drive(running, self.number).map_or(Poll::Pending, Poll::Ready)
    }
}

impl<T> Unpin for Shared<T> {}

impl<T> Drop for Shared<T> {
    fn drop(&mut self) {
        let waker = self.run.waiting.0.lock().by_number.remove(&self.number);
        drop(waker);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use std::sync::atomic::AtomicUsize;

    /// Counts how often it was woken.
    #[derive(Default)]
    struct Bell(AtomicUsize);

    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn look<T: Clone>(shared: &mut Shared<T>, bell: &Arc<Bell>) -> Poll<T> {
        Pin::new(shared).poll(&mut Context::from_waker(&Waker::from(Arc::clone(bell))))
    }

    /// A future that is over when it is told so, and the one who tells it.
    fn told() -> (impl Future<Output = u32> + Send, impl Fn()) {
        #[derive(Default)]
        struct Told {
            over: bool,
            waker: Option<Waker>,
        }
        let told = Arc::new(std::sync::Mutex::new(Told::default()));
        let waits = Arc::clone(&told);
        let future = poll_fn(move |context| {
            let mut told = waits.lock().unwrap();
            told.waker = Some(context.waker().clone());
            if told.over { Poll::Ready(7) } else { Poll::Pending }
        });
        let tell = move || {
            let waker = {
                let mut told = told.lock().unwrap();
                told.over = true;
                told.waker.take()
            };
            waker.into_iter().for_each(Waker::wake);
        };
        (future, tell)
    }

    fn broken(_: &(dyn Any + Send)) -> u32 {
        99
    }

    #[test]
    fn all_who_wait_are_woken_and_any_of_them_may_drive() {
        let (future, tell) = told();
        let mut first = Shared::new(future, broken);
        let mut second = first.downgrade().upgrade().unwrap();
        let bells = [Arc::new(Bell::default()), Arc::new(Bell::default())];
        assert!(look(&mut first, &bells[0]).is_pending());
        assert!(look(&mut second, &bells[1]).is_pending());
        tell();
        assert!(bells.iter().all(|bell| bell.0.load(Ordering::SeqCst) == 1));
        // The first one is never polled again; the second one does not need him.
        assert_eq!(look(&mut second, &bells[1]), Poll::Ready(7));
        assert_eq!(look(&mut first, &bells[0]), Poll::Ready(7));
    }

    #[test]
    fn who_came_while_another_drove_is_woken_when_there_is_more_to_do() {
        let bell = Arc::new(Bell::default());
        let second: Arc<Mutex<Option<Shared<u32>>>> = Arc::default();
        let (came, rings) = (Arc::clone(&second), Arc::clone(&bell));
        let mut steps = 0;
        let future = poll_fn(move |context| {
            steps += 1;
            if steps == 1 {
                // Woken while it is driven; the other one comes, finds it driven, and goes.
                context.waker().wake_by_ref();
                let mut other = came.lock().take().unwrap();
                assert!(look(&mut other, &rings).is_pending());
                *came.lock() = Some(other);
                return Poll::Pending;
            }
            Poll::Ready(7)
        });
        let mut first = Shared::new(future, broken);
        *second.lock() = first.downgrade().upgrade();
        assert!(look(&mut first, &Arc::default()).is_pending());
        // The driver is never polled again.
        assert_eq!(bell.0.load(Ordering::SeqCst), 1);
        let mut second = second.lock().take().unwrap();
        assert_eq!(look(&mut second, &bell), Poll::Ready(7));
    }

    #[test]
    fn it_is_driven_once_for_each_wake_however_many_wait() {
        let (future, tell) = told();
        let mut future = Box::pin(future);
        let steps = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&steps);
        let counting = poll_fn(move |context| {
            counted.fetch_add(1, Ordering::SeqCst);
            future.as_mut().poll(context)
        });
        let mut first = Shared::new(counting, broken);
        let mut others: Vec<_> = (0..1_000).map(|_| first.downgrade().upgrade().unwrap()).collect();
        assert!(look(&mut first, &Arc::default()).is_pending());
        assert!(others.iter_mut().all(|other| look(other, &Arc::default()).is_pending()));
        assert_eq!(steps.load(Ordering::SeqCst), 1);
        tell();
        assert!(others.iter_mut().all(|other| look(other, &Arc::default()) == Poll::Ready(7)));
        assert_eq!(steps.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn with_the_last_handle_it_goes_and_waking_keeps_nothing_alive() {
        let held = Arc::new(());
        let inside = Arc::clone(&held);
        let (future, tell) = told();
        let future = async move {
            let value = future.await;
            drop(inside);
            value
        };
        let mut first = Shared::new(future, broken);
        let weak = first.downgrade();
        assert!(look(&mut first, &Arc::default()).is_pending());
        drop(first);
        assert!(weak.upgrade().is_none());
        assert_eq!(Arc::strong_count(&held), 1);
        tell();
    }

    #[test]
    fn a_panic_in_it_or_in_what_it_leaves_is_a_value_for_everybody() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("while it goes");
            }
        }
        let panics = Shared::new(async { panic!("at once") }, broken);
        let bomb = Bomb;
        let explodes = Shared::new(
            poll_fn(move |_| {
                let _ = &bomb;
                Poll::Ready(7)
            }),
            broken,
        );
        for mut first in [panics, explodes] {
            let mut second = first.downgrade().upgrade().unwrap();
            assert_eq!(look(&mut first, &Arc::default()), Poll::Ready(99));
            assert_eq!(look(&mut second, &Arc::default()), Poll::Ready(99));
        }
    }
}
