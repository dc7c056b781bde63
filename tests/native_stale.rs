//! Old answers and failures: who gets which, how long, and what is tried again when.
#![cfg(not(target_arch = "wasm32"))]

mod native_support;

use fetchwell::engine::{MissReason, Span};
use fetchwell::{Builder, Cache, Code, Policy, Retry};
use native_support::{Down, Log, Origin, World, failure};
use std::time::Duration;

fn builder(world: &World) -> Builder<usize> {
    Cache::builder().ttl("1m").clock(world.clock.clone()).runtime(world.runtime())
}

#[test]
fn past_its_lifetime_a_value_is_served_at_once_and_loaded_anew_once_behind() {
    let (world, origin) = (World::new(), Origin::new());
    let cache = builder(&world).swr("5m").build().unwrap();
    world.run(origin.caller(&cache, "a")).unwrap();
    world.pass("1m");
    let log = Log::of(&cache);
    let gate = origin.gate();
    for _ in 0..3 {
        assert_eq!(world.run(origin.caller(&cache, "a")).unwrap(), 1, "nobody waits");
    }
    assert_eq!((origin.asked.count(), cache.loads_in_flight(), cache.get("a")), (2, 1, None));
    world.pass("20ms");
    gate.open();
    world.settle();
    assert_eq!((cache.get("a"), cache.loads_in_flight()), (Some(2), 0));
    let told = ["stale hit a", "stale hit a", "stale hit a", "miss a expired", "remove a replaced", "set a 8"];
    assert_eq!(log.take(), [&told[..], &["refresh a true 20ms", "hit a"]].concat());
    let stats = cache.stats();
    assert_eq!((stats.hits, stats.stale_hits, stats.misses, stats.loads, stats.coalesced), (4, 3, 2, 2, 0));
    world.pass("6m");
    assert_eq!(world.run(origin.caller(&cache, "a")).unwrap(), 3, "after the window everybody waits");
}

#[test]
fn a_refresh_that_failed_is_not_tried_again_within_a_second() {
    let (world, origin) = (World::new(), Origin::new());
    let cache = builder(&world).swr("5m").build().unwrap();
    world.run(origin.caller(&cache, "a")).unwrap();
    world.pass("1m");
    origin.is_down(true);
    for asked in [2, 2, 2] {
        assert_eq!(world.run(origin.caller(&cache, "a")).unwrap(), 1);
        assert_eq!(origin.asked.count(), asked);
    }
    world.pass("999ms");
    assert_eq!((world.run(origin.caller(&cache, "a")).unwrap(), origin.asked.count()), (1, 2));
    world.pass("1ms");
    assert_eq!((world.run(origin.caller(&cache, "a")).unwrap(), origin.asked.count()), (1, 3));
    // Nobody who waits is held back by it.
    world.pass("5m");
    origin.is_down(false);
    assert_eq!(world.run(origin.caller(&cache, "a")).unwrap(), 4);
    assert_eq!((cache.stats().load_errors, cache.stats().stale_hits), (2, 5));
}

#[test]
fn a_refresh_that_an_invalidation_overtakes_is_not_stored() {
    let (world, origin) = (World::new(), Origin::new());
    let cache = builder(&world).swr("5m").build().unwrap();
    world.run(origin.caller(&cache, "a")).unwrap();
    world.pass("1m");
    let gate = origin.gate();
    world.run(origin.caller(&cache, "a")).unwrap();
    assert!(cache.invalidate("a"));
    let waits = world.start(origin.caller(&cache, "a"));
    gate.open();
    assert_eq!((world.end(waits).unwrap(), cache.get("a")), (3, Some(3)));
}

#[test]
fn past_its_lifetime_a_value_answers_for_a_load_that_fails_and_only_then() {
    let (world, origin) = (World::new(), Origin::new());
    let cache = builder(&world).stale_if_error("5m").build().unwrap();
    world.run(origin.caller(&cache, "a")).unwrap();
    world.pass("1m");
    origin.is_down(true);
    let log = Log::of(&cache);
    assert_eq!(world.run(origin.caller(&cache, "a")).unwrap(), 1);
    assert_eq!(log.take(), ["stale hit a"]);
    assert_eq!((cache.stats().stale_hits, cache.stats().misses, cache.stats().load_errors), (1, 1, 1));
    origin.is_down(false);
    assert_eq!(world.run(origin.caller(&cache, "a")).unwrap(), 3);
    world.pass("6m");
    origin.is_down(true);
    assert_eq!(failure(world.run(origin.caller(&cache, "a"))), Down(4), "after the window it is gone");
}

#[test]
fn an_old_value_that_was_invalidated_meanwhile_does_not_answer_for_a_failure() {
    let (world, origin) = (World::new(), Origin::new());
    let cache = builder(&world).stale_if_error("5m").build().unwrap();
    world.run(origin.caller(&cache, "a")).unwrap();
    world.pass("1m");
    origin.is_down(true);
    let gate = origin.gate();
    let waits = world.start(origin.caller(&cache, "a"));
    cache.invalidate("a");
    gate.open();
    assert_eq!(failure(world.end(waits)), Down(2));
}

#[test]
fn when_a_load_is_slow_the_old_value_answers_and_the_load_goes_on() {
    let (world, origin) = (World::new(), Origin::new());
    let cache = builder(&world).stale_if_error("5m").soft_timeout("50ms").build().unwrap();
    world.run(origin.caller(&cache, "a")).unwrap();
    world.pass("1m");
    let gate = origin.gate();
    let callers = [world.start(origin.caller(&cache, "a")), world.start(origin.caller(&cache, "a"))];
    world.pass("49ms");
    assert!(callers.iter().all(|caller| !caller.is_finished()));
    world.pass("1ms");
    assert_eq!(callers.map(|caller| world.end(caller).unwrap()), [1, 1]);
    assert_eq!((cache.loads_in_flight(), origin.left.count()), (1, 0), "it goes on without them");
    gate.open();
    world.settle();
    assert_eq!((cache.get("a"), origin.asked.count()), (Some(2), 2));
    // Who joined counts as a miss that somebody else's load answered, whatever he got.
    let stats = cache.stats();
    assert_eq!((stats.stale_hits, stats.misses, stats.coalesced), (1, 2, 1));
}

#[test]
fn without_an_old_value_or_when_it_goes_meanwhile_a_slow_load_is_waited_for() {
    let (world, origin) = (World::new(), Origin::new());
    let cache = builder(&world).stale_if_error("5m").soft_timeout("50ms").build().unwrap();
    let gate = origin.gate();
    let first = world.start(origin.caller(&cache, "a"));
    world.pass("10s");
    assert!(!first.is_finished());
    gate.open();
    assert_eq!(world.end(first).unwrap(), 1);
    world.pass("1m");
    let gate = origin.gate();
    let second = world.start(origin.caller(&cache, "a"));
    cache.invalidate("a");
    world.pass("10s");
    assert!(!second.is_finished(), "the old value was invalidated, so it does not answer");
    gate.open();
    assert_eq!((world.end(second).unwrap(), cache.get("a")), (2, None));
}

#[test]
fn a_load_takes_no_longer_than_it_may_and_is_dropped_then() {
    let (world, origin) = (World::new(), Origin::new());
    let cache = builder(&world).timeout("2s").build().unwrap();
    let gate = origin.gate();
    let callers = [world.start(origin.caller(&cache, "a")), world.start(origin.caller(&cache, "a"))];
    world.pass("1999ms");
    assert!(callers.iter().all(|caller| !caller.is_finished()) && origin.left.count() == 0);
    world.pass("1ms");
    for caller in callers {
        let error = world.end(caller).unwrap_err();
        assert_eq!((error.code(), error.to_string().as_str()), (Code::Timeout, "the load took longer than 2s"));
    }
    assert_eq!((origin.left.count(), cache.loads_in_flight()), (1, 0));
    let stats = cache.stats();
    assert_eq!((stats.loads, stats.load_errors, stats.load_ms_total, stats.misses), (1, 1, 2_000, 2));
    gate.open();
    assert_eq!(world.run(origin.caller(&cache, "a")).unwrap(), 2);
}

#[test]
fn a_caller_who_joins_waits_no_longer_than_its_own_limit() {
    let (world, origin) = (World::new(), Origin::new());
    let patient = builder(&world).build().unwrap();
    let hasty = patient.with(&Policy::new().timeout("1s")).unwrap();
    let gate = origin.gate();
    let leader = world.start(origin.caller(&patient, "a"));
    let joined = world.start(origin.caller(&hasty, "a"));
    world.pass("1s");
    assert_eq!(world.end(joined).unwrap_err().code(), Code::Timeout);
    assert_eq!(origin.left.count(), 0, "the other one still waits");
    gate.open();
    assert_eq!(world.end(leader).unwrap(), 1);
}

#[test]
fn an_old_value_answers_for_a_load_that_took_too_long() {
    let (world, origin) = (World::new(), Origin::new());
    let cache = builder(&world).stale_if_error("5m").timeout("2s").build().unwrap();
    world.run(origin.caller(&cache, "a")).unwrap();
    world.pass("1m");
    let _closed = origin.gate();
    let caller = world.start(origin.caller(&cache, "a"));
    world.pass("2s");
    assert_eq!((world.end(caller).unwrap(), origin.left.count(), cache.loads_in_flight()), (1, 1, 0));
}

#[test]
fn a_failure_is_remembered_as_long_as_the_rules_say() {
    let (world, origin) = (World::new(), Origin::new());
    let cache = builder(&world).negative_ttl("10s").build().unwrap();
    origin.is_down(true);
    assert_eq!(failure(world.run(origin.caller(&cache, "a"))), Down(1));
    world.pass("9999ms");
    let log = Log::of(&cache);
    assert_eq!(failure(world.run(origin.caller(&cache, "a"))), Down(1), "the same, without a load");
    assert_eq!((log.take(), cache.stats().hits, cache.stats().loads), (vec!["hit a".to_owned()], 1, 1));
    assert_eq!((cache.get("a"), cache.len()), (None, 0), "a failure is no value");
    assert_eq!(failure(world.run(origin.refresher(&cache, "a"))), Down(2), "a reload is not held back");
    world.pass("10s");
    assert_eq!(failure(world.run(origin.caller(&cache, "a"))), Down(3));
}

#[test]
fn a_remembered_failure_is_forgotten_by_every_change_that_could_have_mended_it() {
    type Change = fn(&Cache<usize>);
    let changes: [(&str, Change); 9] = [
        ("key", |cache| _ = cache.invalidate("a:1")),
        ("soft", |cache| _ = cache.soft().invalidate("a:1")),
        ("prefix", |cache| _ = cache.invalidate_prefix(("a",))),
        ("pattern", |cache| _ = cache.invalidate_matching("a:*")),
        ("tag", |cache| _ = cache.invalidate_tag("t")),
        ("test", |cache| _ = cache.invalidate_where(|_| false)),
        ("clear", |cache| _ = cache.clear()),
        ("remove", |cache| _ = cache.remove("a:1")),
        ("insert", |cache| {
            cache.insert("a:1", 7);
            cache.touch_for("a:1", Span::ZERO).unwrap();
        }),
    ];
    for (name, change) in changes {
        let (world, origin) = (World::new(), Origin::new());
        let cache = builder(&world).negative_ttl("10s").tags(["t"]).build().unwrap();
        origin.is_down(true);
        assert_eq!(failure(world.run(origin.caller(&cache, "a:1"))), Down(1));
        change(&cache);
        assert_eq!(failure(world.run(origin.caller(&cache, "a:1"))), Down(2), "{name}: it is tried again");
        world.pass("10s");
        // And one that began before the change is not remembered after it.
        let gate = origin.gate();
        let waits = world.start(origin.caller(&cache, "a:1"));
        change(&cache);
        gate.open();
        assert_eq!(failure(world.end(waits)), Down(3));
        assert_eq!(failure(world.run(origin.caller(&cache, "a:1"))), Down(4), "{name}: it began before");
    }
}

#[test]
fn a_failure_in_one_partition_or_namespace_is_none_in_another() {
    let (world, origin) = (World::new(), Origin::new());
    let cache = builder(&world).negative_ttl("10s").build().unwrap();
    let bugs = cache.namespace::<usize>("bugs").build().unwrap();
    origin.is_down(true);
    for (number, cache) in [&cache, &cache.partition("ada"), &bugs, &bugs.partition("ada")].into_iter().enumerate() {
        assert_eq!(failure(world.run(origin.caller(cache, "a"))), Down(number + 1));
        assert_eq!(failure(world.run(origin.caller(cache, "a"))), Down(number + 1));
    }
    cache.drop_partition("ada");
    assert_eq!(failure(world.run(origin.caller(&cache.partition("ada"), "a"))), Down(5));
    assert_eq!(failure(world.run(origin.caller(&cache, "a"))), Down(1));
}

#[test]
fn an_old_value_answers_while_a_failure_is_remembered() {
    let (world, origin) = (World::new(), Origin::new());
    let cache = builder(&world).negative_ttl("10s").stale_if_error("5m").build().unwrap();
    world.run(origin.caller(&cache, "a")).unwrap();
    world.pass("1m");
    origin.is_down(true);
    for _ in 0..3 {
        assert_eq!(world.run(origin.caller(&cache, "a")).unwrap(), 1);
    }
    assert_eq!((origin.asked.count(), cache.stats().stale_hits), (2, 3));
}

#[test]
fn a_failed_load_is_tried_again_as_often_as_the_rules_say() {
    let (world, origin) = (World::new(), Origin::new());
    let cache = builder(&world).retry(Retry { limit: 3, backoff: Span::ms(100) }).build().unwrap();
    origin.is_down(true);
    let caller = world.start(origin.caller(&cache, "a"));
    let joined = world.start(origin.caller(&cache, "a"));
    // The waits are between half of 100, 200 and 400 ms and all of it.
    for (runs, least, most) in [(1, "49ms", "51ms"), (2, "99ms", "101ms"), (3, "199ms", "201ms")] {
        world.pass(least);
        assert_eq!(origin.asked.count(), runs, "too early");
        world.pass(most);
        assert_eq!(origin.asked.count(), runs + 1);
    }
    assert_eq!([caller, joined].map(|caller| failure(world.end(caller))), [Down(4), Down(4)]);
    let stats = cache.stats();
    assert_eq!((stats.loads, stats.load_errors, stats.misses, stats.coalesced), (4, 4, 2, 1));
    assert_eq!(cache.loads_in_flight(), 0);
}

#[test]
fn a_try_that_succeeds_ends_the_retries_and_counts_only_what_failed() {
    let (world, origin) = (World::new(), Origin::new());
    let cache = builder(&world).retry(5).build().unwrap();
    origin.is_down(true);
    let caller = world.start(origin.caller(&cache, "a"));
    origin.is_down(false);
    world.pass("100ms");
    assert_eq!((world.end(caller).unwrap(), cache.get("a")), (2, Some(2)));
    assert_eq!((cache.stats().loads, cache.stats().load_errors, cache.stats().sets), (2, 1, 1));
}

#[test]
fn a_limit_of_time_holds_for_all_tries_together_and_counts_no_run_that_was_not() {
    let (world, origin) = (World::new(), Origin::new());
    let cache = builder(&world).retry(Retry { limit: 9, backoff: Span::secs(20) }).timeout("5s").build().unwrap();
    origin.is_down(true);
    let caller = world.start(origin.caller(&cache, "a"));
    world.pass("5s");
    assert_eq!(world.end(caller).unwrap_err().code(), Code::Timeout);
    let stats = cache.stats();
    assert_eq!((stats.loads, stats.load_errors, origin.asked.count()), (1, 1, 1), "one run, which failed once");
}

#[test]
fn a_panic_is_not_tried_again() {
    let world = World::new();
    let cache = builder(&world).retry(5).build().unwrap();
    let asking = cache.clone();
    let load = |_| async { if true { panic!("no") } else { Ok::<usize, Down>(1) } };
    let error = world.run(async move { asking.try_get_or_set("a", load).await }).unwrap_err();
    assert_eq!((error.code(), cache.stats().loads), (Code::LoadPanicked, 1));
}

#[test]
fn a_popular_value_is_loaded_anew_before_it_expires() {
    let (world, origin) = (World::new(), Origin::new());
    let cache = builder(&world).refresh_ahead(1.0).build().unwrap();
    let gate = origin.gate();
    let first = world.start(origin.caller(&cache, "a"));
    // It takes ten seconds; the rule asks for that again when about as much of its lifetime is left.
    world.pass("10s");
    gate.open();
    world.end(first).unwrap();
    origin.no_gate();
    let mut asked = 0;
    while origin.asked.count() == 1 && asked < 100_000 {
        assert_eq!(world.run(origin.caller(&cache, "a")).unwrap(), 1, "nobody waits");
        world.pass("100ms");
        asked += 1;
        assert!(asked < 599, "it was never loaded ahead of time");
    }
    assert_eq!(cache.get("a"), Some(2));
    assert_eq!((cache.stats().misses, cache.stats().loads, cache.stats().stale_hits), (1, 2, 0));
}

#[test]
fn a_refresh_ahead_of_time_that_fails_keeps_the_value_and_rests() {
    let (world, origin) = (World::new(), Origin::new());
    // So eager that each reader would refresh.
    let cache = builder(&world).refresh_ahead(1e12).build().unwrap();
    world.run(origin.caller(&cache, "a")).unwrap();
    origin.is_down(true);
    for _ in 0..3 {
        assert_eq!(world.run(origin.caller(&cache, "a")).unwrap(), 1);
    }
    assert_eq!(origin.asked.count(), 2);
    world.pass("1s");
    assert_eq!((world.run(origin.caller(&cache, "a")).unwrap(), origin.asked.count()), (1, 3));
}

#[test]
fn soft_invalidation_serves_the_old_value_only_in_its_windows() {
    let (world, origin) = (World::new(), Origin::new());
    let cache = builder(&world).swr("10s").build().unwrap();
    world.run(origin.caller(&cache, "a")).unwrap();
    assert!(cache.soft().invalidate("a"));
    assert_eq!((cache.get("a"), cache.get_stale("a")), (None, Some(1)));
    assert_eq!(world.run(origin.caller(&cache, "a")).unwrap(), 1);
    assert_eq!((cache.get("a"), origin.asked.count()), (Some(2), 2));
    assert_eq!(cache.stats().misses_by(MissReason::Invalidated), 1);
}

#[test]
fn what_needs_a_runtime_is_refused_by_name_where_there_is_none() {
    let needy: [(&str, Policy); 5] = [
        ("swr", Policy::new().swr("1s")),
        ("refresh_ahead", Policy::new().refresh_ahead(1.0)),
        ("soft_timeout", Policy::new().soft_timeout(Duration::from_secs(1))),
        ("timeout", Policy::new().timeout("1s")),
        ("retry", Policy::new().retry(1)),
    ];
    let plain = || Cache::<usize>::builder();
    let refused = [
        plain().swr("1s").build(),
        plain().refresh_ahead(1.0).build(),
        plain().soft_timeout("1s").build(),
        plain().timeout(Duration::from_secs(1)).build(),
        plain().retry(1).build(),
    ];
    let cache = plain().build().unwrap();
    let namespaces = || cache.namespace::<usize>("n");
    let too = [
        namespaces().swr("1s").build(),
        namespaces().refresh_ahead(1.0).build(),
        namespaces().soft_timeout("1s").build(),
        namespaces().timeout("1s").build(),
        namespaces().retry(1).build(),
    ];
    for (((field, policy), refused), too) in needy.iter().zip(refused).zip(too) {
        for error in [refused.unwrap_err(), too.unwrap_err(), cache.with(policy).unwrap_err()] {
            assert_eq!((error.code(), error.field()), (Code::NeedsRuntime, Some(*field)));
            assert!(error.to_string().contains("Functions::new"), "{error}");
        }
    }
    let off = plain().swr("0ms").refresh_ahead(0.0).soft_timeout("0s").timeout(Span::ZERO).retry(0).build();
    assert!(off.is_ok(), "what is off needs nothing");
}

#[test]
fn views_with_other_rules_stand_on_each_other() {
    let world = World::new();
    let cache = builder(&world).build().unwrap();
    let brief = cache.with(&Policy::new().ttl("5s")).unwrap();
    let brief_and_tagged = brief.with(&Policy::new().tags(["t"])).unwrap();
    brief_and_tagged.insert("a", 1);
    let entry = cache.entry("a").unwrap();
    assert_eq!((entry.left, entry.tags), (Span::secs(5), vec!["t".into()]), "what is left open stays as it is");
}
