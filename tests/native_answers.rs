//! What the cache tells a caller that it did: for `X-Cache-Status`, and for those who want to know why.
#![cfg(not(target_arch = "wasm32"))]

mod native_support;

use fetchwell::engine::MissReason;
use fetchwell::{Answer, Builder, Cache, Code, Served};
use native_support::{Down, Gate, World};

fn build(world: &World, builder: Builder<u32>) -> Cache<u32> {
    builder.clock(world.clock.clone()).runtime(world.runtime()).build().unwrap()
}

/// Asks, with a loader that brings this at once.
fn ask(world: &World, cache: &Cache<u32>, brings: Result<u32, Down>) -> Answer<u32> {
    let cache = cache.clone();
    world.run(async move { cache.ask("k", move |_| async move { brings }).await })
}

#[test]
fn a_first_caller_is_told_miss_and_why_the_next_one_hit() {
    let world = World::new();
    let cache = build(&world, Cache::builder().ttl("1m"));
    let first = ask(&world, &cache, Ok(1));
    assert_eq!(first.how, Served::Miss { reason: MissReason::Cold, stored: true });
    let second = ask(&world, &cache, Ok(2));
    assert_eq!((second.how, second.value.unwrap()), (Served::Hit, 1));
    world.pass("1m");
    assert_eq!(ask(&world, &cache, Ok(3)).how, Served::Miss { reason: MissReason::Expired, stored: true });
    cache.invalidate("k");
    assert_eq!(ask(&world, &cache, Ok(4)).how, Served::Miss { reason: MissReason::Invalidated, stored: true });
}

#[test]
fn who_joins_is_told_so_and_whether_the_value_was_stored() {
    let world = World::new();
    let cache = build(&world, Cache::builder());
    for (invalidated, stored) in [(false, true), (true, false)] {
        cache.clear();
        let gate = Gate::new();
        let leader = {
            let (cache, gate) = (cache.clone(), gate.clone());
            let load = |_| async move {
                gate.passed().await;
                Ok::<_, Down>(7)
            };
            world.start(async move { cache.ask("k", load).await })
        };
        let joined = {
            let cache = cache.clone();
            world.start(async move { cache.ask("k", |_| async { Ok::<_, Down>(8) }).await })
        };
        if invalidated {
            cache.invalidate("k");
        }
        gate.open();
        let (leader, joined) = (world.end(leader), world.end(joined));
        assert!(matches!(leader.how, Served::Miss { stored: told, .. } if told == stored), "{leader:?}");
        assert!(matches!(joined.how, Served::Coalesced { stored: told, .. } if told == stored), "{joined:?}");
        assert_eq!((leader.value.unwrap(), joined.value.unwrap()), (7, 7));
    }
}

#[test]
fn an_old_answer_is_told_as_stale_and_whether_a_load_failed_first() {
    let world = World::new();
    let cache = build(&world, Cache::builder().ttl("1m").swr("1m").stale_if_error("1h"));
    cache.insert("k", 1);
    world.pass("1m");
    assert_eq!(ask(&world, &cache, Err(Down(1))).how, Served::Stale { after_failure: false });
    world.pass("2m");
    let answer = ask(&world, &cache, Err(Down(1)));
    assert_eq!((answer.how, answer.value.unwrap()), (Served::Stale { after_failure: true }, 1));
}

#[test]
fn a_failure_is_a_miss_and_one_that_is_remembered_a_hit() {
    let world = World::new();
    let cache = build(&world, Cache::builder().negative_ttl("10s"));
    let first = ask(&world, &cache, Err(Down(1)));
    assert_eq!(first.how, Served::Miss { reason: MissReason::Cold, stored: false });
    let second = ask(&world, &cache, Ok(1));
    assert_eq!((second.how, second.value.unwrap_err().code()), (Served::Hit, Code::LoadFailed));
}

#[test]
fn a_cache_that_is_switched_off_is_a_bypass_and_counts_so() {
    let world = World::new();
    let cache = build(&world, Cache::builder().enabled(false));
    for _ in 0..2 {
        assert_eq!(ask(&world, &cache, Ok(1)).how, Served::Bypass);
    }
    assert_eq!(cache.stats().misses_by(MissReason::Bypass), 2);
    assert!(cache.is_empty());
}

#[test]
fn words_are_those_of_the_header() {
    let (reason, stored) = (MissReason::Cold, true);
    let words = [
        (Served::Hit, "HIT"),
        (Served::Stale { after_failure: true }, "STALE"),
        (Served::Miss { reason, stored }, "MISS"),
        (Served::Coalesced { reason, stored }, "COALESCED"),
        (Served::Bypass, "BYPASS"),
    ];
    for (served, word) in words {
        assert_eq!(served.word(), word);
    }
}

#[test]
fn gauges_of_a_cache_that_nobody_uses_are_true() {
    let world = World::new();
    let cache = build(&world, Cache::builder().ttl("1m").tti("10s"));
    (0..500_u32).for_each(|number| assert!(cache.insert(number, number)));
    world.pass("10s");
    assert_eq!(cache.stats().entries, 0);
}

#[cfg(feature = "tokio")]
#[test]
fn a_blocking_call_outside_any_tokio_runtime_waits_between_tries_all_the_same() {
    use fetchwell::engine::Span;
    use fetchwell::{Retry, Tokio};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    let retry = Retry { limit: 2, backoff: Span::ms(1) };
    let cache = Cache::<u32>::builder().retry(retry).runtime(Tokio).build().unwrap();
    let tries = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&tries);
    let value = cache.try_get_or_set_blocking("k", move |_| match counted.fetch_add(1, Ordering::Relaxed) {
        2 => Ok(1),
        _ => Err(Down(1)),
    });
    assert_eq!((value.unwrap(), tries.load(Ordering::Relaxed)), (1, 3));
}
