//! The orders in which threads can meet at the locks: a scheduler runs each scene thousands of times and chooses, at every lock, who
//! goes on. It finds deadlocks by itself; what must hold in every order is asserted here.
//!
//! Built only with `--cfg fetchwell_shuttle` (`cargo xtask test` does so, in a target folder of its own).
#![cfg(not(target_arch = "wasm32"))]
#![cfg(fetchwell_shuttle)]

use fetchwell::{Cache, Code, ManualClock, Policy};
use shuttle::sync::atomic::{AtomicU64, Ordering};
use shuttle::{future, thread};
use std::sync::Arc;

/// Runs a scene in many orders: at random, and with few but well placed changes of turn.
fn in_many_orders(scene: impl Fn() + Send + Sync + Clone + 'static) {
    let runs = if std::env::var("FETCHWELL_TEST").as_deref() == Ok("full") { 20_000 } else { 3_000 };
    shuttle::check_random(scene.clone(), runs);
    shuttle::check_pct(scene, runs, 3);
}

fn cache() -> Cache<u64> {
    Cache::builder().clock(ManualClock::new()).build().unwrap()
}

/// What an origin holds: a number that grows.
#[derive(Clone, Default)]
struct Origin(Arc<AtomicU64>);

impl Origin {
    fn read(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    fn write(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Reads it, and takes a while to answer.
    async fn load(self) -> u64 {
        let read = self.read();
        future::yield_now().await;
        read
    }
}

fn load(cache: &Cache<u64>, origin: &Origin) -> u64 {
    let origin = origin.clone();
    future::block_on(cache.get_or_set("a", move |_| origin.load())).unwrap()
}

#[test]
fn after_an_invalidation_returns_no_reader_gets_what_was_loaded_before_it() {
    in_many_orders(|| {
        let (cache, origin) = (cache(), Origin::default());
        let readers: Vec<_> = (0..2)
            .map(|_| {
                let (cache, origin) = (cache.clone(), origin.clone());
                thread::spawn(move || load(&cache, &origin))
            })
            .collect();
        let version = origin.write();
        cache.invalidate("a");
        assert!(cache.get("a").is_none_or(|seen| seen >= version));
        assert!(load(&cache, &origin) >= version);
        for reader in readers {
            reader.join().unwrap();
        }
        assert!(load(&cache, &origin) >= version);
    });
}

#[test]
fn a_tag_and_an_insert_fence_as_well() {
    in_many_orders(|| {
        let (cache, origin) = (cache(), Origin::default());
        let tagged = cache.with(&Policy::new().tags(["books"])).unwrap();
        let reader = {
            let (cache, origin) = (tagged.clone(), origin.clone());
            thread::spawn(move || load(&cache, &origin))
        };
        let version = origin.write();
        cache.invalidate_tag("books");
        assert!(load(&tagged, &origin) >= version);
        let newer = origin.write();
        cache.insert("a", newer);
        reader.join().unwrap();
        assert_eq!(cache.get("a"), Some(newer));
    });
}

#[test]
fn callers_who_leave_harm_nobody_and_leave_nothing_behind() {
    in_many_orders(|| {
        let (cache, origin) = (cache(), Origin::default());
        let leave = || {
            let (cache, origin) = (cache.clone(), origin.clone());
            thread::spawn(move || {
                future::block_on(async {
                    let mut load = Box::pin(cache.get_or_set("a", move |_| origin.load()));
                    // One look, and gone.
                    let first = futures_util::future::poll_immediate(&mut load).await;
                    drop(load);
                    first.map(Result::unwrap)
                })
            })
        };
        let leaving = [leave(), leave()];
        let staying = {
            let (cache, origin) = (cache.clone(), origin.clone());
            thread::spawn(move || load(&cache, &origin))
        };
        assert_eq!(staying.join().unwrap(), 0);
        for caller in leaving {
            let _ = caller.join().unwrap();
        }
        assert_eq!(cache.get("a"), Some(0));
        let stats = cache.stats();
        assert!((1..=3).contains(&stats.loads), "{stats:?}");
        assert_eq!(cache.loads_in_flight(), 0);
    });
}

#[test]
fn a_loader_that_panics_is_an_error_for_everybody_and_the_next_one_runs() {
    in_many_orders(|| {
        let cache = cache();
        let callers: Vec<_> = (0..2)
            .map(|_| {
                let cache = cache.clone();
                thread::spawn(move || {
                    future::block_on(cache.get_or_set("a", |_| async {
                        future::yield_now().await;
                        std::panic::resume_unwind(Box::new("broken"))
                    }))
                })
            })
            .collect();
        for caller in callers {
            assert_eq!(caller.join().unwrap().unwrap_err().code(), Code::LoadPanicked);
        }
        assert_eq!(cache.loads_in_flight(), 0);
        assert_eq!(load(&cache, &Origin::default()), 0);
    });
}

#[test]
fn nothing_is_counted_twice_or_lost_whoever_counts() {
    in_many_orders(|| {
        let cache = cache();
        cache.insert("a", 1);
        let readers: Vec<_> = (0..2)
            .map(|_| {
                let cache = cache.clone();
                thread::spawn(move || {
                    assert_eq!(cache.get("a"), Some(1));
                    assert_eq!(cache.get("b"), None);
                    cache.stats().requests()
                })
            })
            .collect();
        for reader in readers {
            assert!(reader.join().unwrap() >= 2);
        }
        let stats = cache.stats();
        assert_eq!((stats.hits, stats.misses), (2, 2));
    });
}

#[test]
fn bounds_hold_whoever_inserts() {
    in_many_orders(|| {
        let cache = Cache::<u64>::builder().max_entries(2).clock(ManualClock::new()).build().unwrap();
        let writers: Vec<_> = (0..3_u64)
            .map(|number| {
                let cache = cache.clone();
                thread::spawn(move || {
                    cache.insert(number, number);
                    assert!(cache.len() <= 2);
                    cache.drop_partition("nobody");
                })
            })
            .collect();
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        assert_eq!(cache.len(), 2);
    });
}
