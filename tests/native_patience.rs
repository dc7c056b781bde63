//! Callers with different patience, runtimes and clocks: what one of them does harms no other.
#![cfg(not(target_arch = "wasm32"))]

mod native_support;

use fetchwell::engine::Timestamp;
use fetchwell::{Cache, Clock, Code, Functions, Policy, Served, What};
use native_support::{Down, Origin, Runs, World};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

#[test]
fn a_caller_who_runs_out_of_patience_harms_nobody_who_has_more() {
    let (world, origin) = (World::new(), Origin::new());
    let cache = Cache::<usize>::builder().clock(world.clock.clone()).runtime(world.runtime()).build().unwrap();
    let hasty = cache.with(&Policy::new().timeout("50ms")).unwrap();
    let gate = origin.gate();
    let (first, second) = (world.start(origin.caller(&hasty, "a")), world.start(origin.caller(&cache, "a")));
    world.pass("50ms");
    assert_eq!(world.end(first).unwrap_err().code(), Code::Timeout);
    gate.open();
    assert_eq!((world.end(second).unwrap(), origin.asked.count()), (1, 1));
    assert_eq!((cache.stats().load_errors, cache.get("a")), (0, Some(1)));
}

#[test]
fn when_the_last_one_runs_out_of_patience_the_load_failed_and_is_remembered_so() {
    let (world, origin) = (World::new(), Origin::new());
    let builder = Cache::<usize>::builder().timeout("50ms").negative_ttl("1m");
    let cache = builder.clock(world.clock.clone()).runtime(world.runtime()).build().unwrap();
    let _gate = origin.gate();
    let callers = [world.start(origin.caller(&cache, "a")), world.start(origin.caller(&cache, "a"))];
    world.pass("50ms");
    for caller in callers {
        assert_eq!(world.end(caller).unwrap_err().code(), Code::Timeout);
    }
    assert_eq!((cache.loads_in_flight(), origin.left.count(), cache.stats().load_errors), (0, 1, 1));
    assert_eq!(world.run(origin.caller(&cache, "a")).unwrap_err().code(), Code::Timeout);
    assert_eq!(origin.asked.count(), 1, "the failure is remembered");
}

#[test]
fn who_joins_counts_as_joined_whatever_he_is_given() {
    let (world, origin) = (World::new(), Origin::new());
    let builder = Cache::<usize>::builder().ttl("1m").stale_if_error("1h").clock(world.clock.clone());
    let cache = builder.build().unwrap();
    cache.insert("a", 7);
    world.pass("1m");
    origin.is_down(true);
    let gate = origin.gate();
    let callers = [world.start(origin.caller(&cache, "a")), world.start(origin.caller(&cache, "a"))];
    gate.open();
    for caller in callers {
        assert_eq!(world.end(caller).unwrap(), 7);
    }
    let stats = cache.stats();
    assert_eq!((stats.hits, stats.stale_hits, stats.misses, stats.coalesced), (1, 1, 1, 1));
}

#[test]
fn a_runtime_that_cannot_take_a_load_fails_nobody_who_has_his_answer() {
    let world = World::new();
    let clock = world.clock.clone();
    let broken = Functions::new(|_| panic!("full"), move |time| clock.sleep(time));
    let builder = Cache::<u32>::builder().ttl("1m").swr("1h").clock(world.clock.clone()).runtime(broken);
    let cache = builder.build().unwrap();
    let errors = Runs::default();
    let counted = errors.clone();
    cache
        .on(move |event| {
            if let What::Error { phase: "refresh", .. } = event.what {
                counted.one();
            }
        })
        .forever();
    cache.insert("a", 1);
    world.pass("1m");
    let asking = cache.clone();
    let answer = world.run(async move { asking.ask("a", |_| async { Ok::<_, Down>(2) }).await });
    assert_eq!((answer.value.unwrap(), answer.how), (1, Served::Stale { after_failure: false }));
    assert_eq!((errors.count(), cache.loads_in_flight()), (1, 0));
}

#[test]
fn a_subscriber_who_changes_what_he_subscribed_to_is_called_until_he_is_content() {
    let cache = Cache::<u32>::new(10);
    let changes = cache.clone();
    let (other, calls) = (Cache::<u32>::new(10), Runs::default());
    let (elsewhere, counted) = (other.clone(), calls.clone());
    let count = move || {
        counted.one();
    };
    other.subscribe("a", count).forever();
    let told = cache.subscribe("a", move || {
        let value = changes.get("a").unwrap();
        if value < 1_000 {
            changes.insert("a", value + 1);
        } else {
            elsewhere.insert("a", 1);
        }
    });
    cache.insert("a", 0);
    assert_eq!((cache.get("a"), calls.count()), (Some(1_000), 1));
    drop(told);
}

#[test]
fn remembered_failures_are_bounded_in_bytes() {
    #[derive(Clone)]
    struct Big(Arc<String>, Runs);
    impl std::fmt::Debug for Big {
        fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            out.write_str("Big")
        }
    }
    impl std::fmt::Display for Big {
        fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            out.write_str(&self.0)
        }
    }
    impl std::error::Error for Big {}
    impl Drop for Big {
        fn drop(&mut self) {
            self.1.one();
        }
    }
    let cache = Cache::<u32>::builder().max_bytes("1mb").negative_ttl("1h").build().unwrap();
    let gone = Runs::default();
    for number in 0..100_u32 {
        let (text, counted) = (Arc::new("x".repeat(20_000)), gone.clone());
        assert!(cache.try_get_or_set_blocking(number, move |_| Err::<u32, _>(Big(text, counted))).is_err());
    }
    // An eighth of a megabyte holds six of them.
    assert!(gone.count() >= 90, "{}", gone.count());
}

#[test]
fn a_duration_that_is_none_fails_the_load_that_says_it() {
    let cache = Cache::<u32>::new(10);
    let load = |load: fetchwell::Load<u32>| {
        load.set_ttl("5 min");
        1
    };
    let failed = cache.get_or_set_blocking("a", load).unwrap_err();
    assert!(failed.to_string().contains("5 min"), "{failed}");
    assert_eq!(cache.get("a"), None);
}

#[test]
fn one_reading_of_a_clock_that_was_far_ahead_makes_nothing_live_for_ever() {
    #[derive(Default)]
    struct Broken(AtomicU64);
    impl Clock for Broken {
        fn now(&self) -> Timestamp {
            Timestamp(self.0.load(Ordering::SeqCst))
        }
    }
    const DAY: u64 = 86_400_000;
    let clock = Arc::new(Broken(AtomicU64::new(1_000 * DAY)));
    let cache = Cache::<u32>::builder().ttl("1m").clock(Arc::clone(&clock)).build().unwrap();
    clock.0.store(2_000 * DAY, Ordering::SeqCst);
    cache.insert("a", 1);
    clock.0.store(1_000 * DAY, Ordering::SeqCst);
    cache.insert("b", 1);
    clock.0.store(1_000 * DAY + 60_000, Ordering::SeqCst);
    assert_eq!((cache.get("a"), cache.get("b")), (None, None));
}

#[test]
fn a_namespace_without_a_codec_of_its_own_writes_no_empty_snapshot() {
    struct Bytes;
    impl fetchwell::Codec<u32> for Bytes {
        fn encode(&self, value: &u32) -> Option<Vec<u8>> {
            Some(value.to_le_bytes().to_vec())
        }
        fn decode(&self, bytes: &[u8]) -> Option<u32> {
            Some(u32::from_le_bytes(bytes.try_into().ok()?))
        }
    }
    let root = Cache::<u32>::new(10);
    let with = root.namespace::<u32>("with").codec(Bytes).build().unwrap();
    let without = root.namespace::<u32>("without").build().unwrap();
    without.insert("a", 1);
    with.insert("a", 1);
    assert_eq!(without.snapshot().unwrap_err().code(), Code::NeedsCodec);
    assert!(with.snapshot().is_ok() && root.snapshot().is_ok());
}

#[test]
fn what_hits_saved_is_exact_whoever_reads_while_somebody_counts() {
    let cache = Cache::<String>::new(10);
    cache.insert("a", "x".repeat(1_000));
    let weight = cache.entry("a").map(|entry| entry.value.len() + size_of::<String>()).unwrap() as u64;
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| (0..20_000).for_each(|_| drop(cache.get("a"))));
        }
        (0..2_000).for_each(|_| assert!(cache.stats().hits <= 60_000));
    });
    let stats = cache.stats();
    assert_eq!((stats.hits, stats.bytes_saved), (60_000, 60_000 * weight));
}

#[test]
fn values_that_cannot_be_cloned_are_shared_wherever_the_builder_says_so() {
    struct Unique(u32);
    let cache = Cache::<Unique>::builder().ttl("1m").max_entries(10).shared().build().unwrap();
    cache.insert("a", Unique(7));
    assert_eq!(cache.get("a").unwrap().0, 7);
    let root = Cache::<()>::new(10);
    let inner = root.namespace::<Unique>("inner").ttl("1m").shared().build().unwrap();
    inner.insert("a", Unique(8));
    assert_eq!(inner.get("a").unwrap().0, 8);
}

#[test]
fn keys_that_a_listing_gave_are_keys() {
    let cache = Cache::<u32>::new(10);
    cache.insert(("a", &String::from("b"), 7), 1);
    for key in cache.keys("") {
        let text: &str = &key;
        assert!(cache.contains(&key) && [text].iter().all(|text| cache.contains(text)));
        cache.invalidate(key);
    }
    let numbers = [7_u64, 8];
    for number in &numbers {
        assert!(cache.insert(number, 1));
    }
    assert!(cache.contains(7) && cache.contains("8"));
}

#[cfg(feature = "tokio")]
#[test]
fn a_load_is_driven_in_the_tokio_it_began_in_even_by_a_thread_outside_of_any() {
    use std::time::Duration;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let cache = Cache::<u32>::new(10);
    let gate = native_support::Gate::new();
    let (asking, passing) = (cache.clone(), gate.clone());
    let mut began = Box::pin(async move {
        let load = |_| async move {
            passing.passed().await;
            tokio::time::sleep(Duration::from_millis(1)).await;
            7
        };
        asking.get_or_set("a", load).await
    });
    // Begun there, and no more.
    let first = runtime.block_on(async { futures_util::future::poll_immediate(&mut began).await });
    assert!(first.is_none());
    let other = cache.clone();
    let blocked = std::thread::spawn(move || other.get_or_set_blocking("a", |_| 8));
    gate.open();
    // The clock of the paused runtime moves while somebody waits in it.
    assert_eq!(runtime.block_on(began).unwrap(), 7);
    assert_eq!(blocked.join().unwrap().unwrap(), 7);
}
