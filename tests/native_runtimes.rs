//! The same, on every runtime: what is spawned runs, what waits wakes, and who is left behind is none.
//!
//! Time is the runtime's own here, so nothing depends on how long something takes: only on what comes before what.
#![cfg(not(target_arch = "wasm32"))]

mod native_support;

use fetchwell::{Cache, Code, LoadError, Policy, Retry, Runtime, engine::Span};
use native_support::{Gate, Origin};
use std::sync::Arc;
use std::time::Duration;

/// Everything that needs a spawner or a timer, once.
async fn works<R: Runtime + Clone>(runtime: R) {
    let cache = Cache::<usize>::builder().ttl("1h").runtime(runtime).build().unwrap();
    old_values_are_served_and_refreshed(&cache).await;
    slow_loads_are_answered_for_and_go_on(&cache).await;
    loads_end_in_time(&cache).await;
    failures_are_tried_again(&cache).await;
    callers_in_many_tasks_share_a_load(&cache).await;
    assert_eq!(cache.loads_in_flight(), 0);
}

async fn old_values_are_served_and_refreshed(cache: &Cache<usize>) {
    let (cache, origin) = (cache.with(&Policy::new().swr("1h")).unwrap(), Origin::new());
    assert_eq!(origin.caller(&cache, "swr").await.unwrap(), 1);
    let (told, hears) = smol::channel::unbounded();
    let stored = cache.subscribe("swr", move || _ = told.try_send(()));
    cache.soft().invalidate("swr");
    hears.recv().await.unwrap();
    assert_eq!(origin.caller(&cache, "swr").await.unwrap(), 1, "nobody waits");
    while cache.get("swr") != Some(2) {
        hears.recv().await.unwrap();
    }
    drop(stored);
}

async fn slow_loads_are_answered_for_and_go_on(cache: &Cache<usize>) {
    let policy = Policy::new().stale_if_error("1h").soft_timeout("1ms");
    let (cache, origin) = (cache.with(&policy).unwrap(), Origin::new());
    assert_eq!(origin.caller(&cache, "slow").await.unwrap(), 1);
    cache.soft().invalidate("slow");
    let gate = origin.gate();
    assert_eq!(origin.caller(&cache, "slow").await.unwrap(), 1, "the old value answers");
    assert_eq!(cache.loads_in_flight(), 1);
    let joined = origin.caller(&cache.with(&Policy::new().soft_timeout("0s").stale_if_error("0s")).unwrap(), "slow");
    gate.open();
    assert_eq!((joined.await.unwrap(), origin.asked.count()), (2, 2));
}

async fn loads_end_in_time(cache: &Cache<usize>) {
    let (cache, origin) = (cache.with(&Policy::new().timeout("1ms")).unwrap(), Origin::new());
    let _closed = origin.gate();
    let error = origin.caller(&cache, "timeout").await.unwrap_err();
    assert_eq!((error.code(), origin.left.count()), (Code::Timeout, 1));
}

async fn failures_are_tried_again(cache: &Cache<usize>) {
    let retry = Retry { limit: 2, backoff: Span::ms(1) };
    let (cache, origin) = (cache.with(&Policy::new().retry(retry)).unwrap(), Origin::new());
    origin.is_down(true);
    assert_eq!(origin.caller(&cache, "retry").await.unwrap_err().code(), Code::LoadFailed);
    assert_eq!(origin.asked.count(), 3);
}

async fn callers_in_many_tasks_share_a_load(cache: &Cache<usize>) {
    let (origin, gate) = (Origin::new(), Gate::new());
    let callers = (0..50).map(|_| {
        let (cache, origin, gate) = (cache.clone(), origin.clone(), gate.clone());
        async move {
            let load = move |_| async move {
                gate.passed().await;
                origin.asked.one()
            };
            cache.get_or_set("shared", load).await
        }
    });
    let waiting = futures_util::future::join_all(callers);
    let (answers, ()) = futures_util::future::join(waiting, async { gate.open() }).await;
    let answers: Result<Vec<usize>, LoadError> = answers.into_iter().collect();
    assert_eq!((answers.unwrap(), origin.asked.count()), (vec![1; 50], 1));
}

#[derive(Clone)]
struct Smol(Arc<smol::Executor<'static>>);

impl Runtime for Smol {
    fn spawn(&self, task: fetchwell::Task) {
        self.0.spawn(task).detach();
    }

    fn sleep(&self, time: Duration) -> fetchwell::Task {
        Box::pin(async move { _ = smol::Timer::after(time).await })
    }
}

#[test]
fn it_works_on_smol_with_one_thread() {
    let executor = Arc::new(smol::Executor::new());
    smol::block_on(executor.run(works(Smol(Arc::clone(&executor)))));
}

#[test]
fn it_works_on_smol_with_several_threads() {
    let executor = Arc::new(smol::Executor::new());
    let (over, ends) = smol::channel::bounded::<()>(1);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| smol::block_on(executor.run(ends.recv())).unwrap_err());
        }
        smol::block_on(executor.run(works(Smol(Arc::clone(&executor)))));
        drop(over);
    });
}

#[cfg(feature = "tokio")]
mod on_tokio {
    use super::{Cache, Code, Origin, Policy, works};
    use fetchwell::Tokio;

    #[test]
    fn it_works_on_tokio_with_one_thread() {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(works(Tokio));
    }

    #[test]
    fn it_works_on_tokio_with_several_threads() {
        tokio::runtime::Builder::new_multi_thread().worker_threads(3).enable_time().build().unwrap().block_on(async {
            tokio::spawn(works(Tokio)).await.unwrap();
        });
    }

    #[test]
    fn outside_a_tokio_runtime_an_old_value_is_served_and_the_next_caller_inside_loads_anew() {
        let (cache, origin) = (Cache::<usize>::builder().swr("1h").runtime(Tokio).build().unwrap(), Origin::new());
        smol::block_on(origin.caller(&cache, "a")).unwrap();
        cache.soft().invalidate("a");
        for _ in 0..3 {
            assert_eq!(smol::block_on(origin.caller(&cache, "a")).unwrap(), 1);
        }
        assert_eq!((cache.loads_in_flight(), origin.asked.count()), (0, 1));
        let tokio = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        tokio.block_on(async {
            assert_eq!(origin.caller(&cache, "a").await.unwrap(), 1);
            while cache.get("a") != Some(2) {
                tokio::task::yield_now().await;
            }
        });
    }

    #[test]
    fn a_tokio_runtime_without_a_timer_is_an_error_and_no_end_to_waiting() {
        let cache = Cache::<usize>::builder().timeout("1s").runtime(Tokio).build().unwrap();
        let origin = Origin::new();
        let gate = origin.gate();
        let tokio = tokio::runtime::Builder::new_current_thread().build().unwrap();
        tokio.block_on(async {
            let leader = tokio::spawn(origin.caller(&cache, "a"));
            let other = tokio::spawn(origin.caller(&cache.with(&Policy::new().timeout("0s")).unwrap(), "a"));
            let error = leader.await.unwrap().unwrap_err();
            assert_eq!(error.code(), Code::LoadPanicked, "tokio says by a panic that it has no timer: {error}");
            gate.open();
            // It joined and got the same, or came later and loaded by itself.
            assert!(matches!(other.await.unwrap(), Ok(2)) || cache.get("a").is_none());
        });
        assert_eq!(cache.loads_in_flight(), 0);
    }

    #[test]
    fn a_runtime_that_goes_down_leaves_no_load_behind() {
        let (cache, origin) = (Cache::<usize>::builder().swr("1h").runtime(Tokio).build().unwrap(), Origin::new());
        let tokio = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let _closed = tokio.block_on(async {
            origin.caller(&cache, "a").await.unwrap();
            cache.soft().invalidate("a");
            let gate = origin.gate();
            assert_eq!(origin.caller(&cache, "a").await.unwrap(), 1);
            gate
        });
        drop(tokio);
        assert_eq!(cache.loads_in_flight(), 0);
    }
}
