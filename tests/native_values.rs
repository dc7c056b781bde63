//! What is kept, under which key, how it is given out, and how much of it: the native cache without loading.
#![cfg(not(target_arch = "wasm32"))]

mod native_support;

use fetchwell::engine::{Freshness, Part, Span};
use fetchwell::{Builder, Cache, Code, Entry, Error, Key, LoadError, ManualClock, MetricNames, Policy, Subscription};
use native_support::{Log, Origin, World, failure};
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

fn cache<V: Clone + Send + Sync + 'static>() -> Cache<V> {
    Cache::builder().build().unwrap()
}

#[test]
fn a_cache_its_answers_and_its_futures_go_between_threads() {
    fn shared_and_sent<T: Send + Sync + 'static>() {}
    fn cloned<T: Clone>() {}
    fn sent<T: Send>(of: T) -> T {
        of
    }
    struct NotClone(#[expect(dead_code, reason = "it only has a type")] std::sync::atomic::AtomicU8);
    shared_and_sent::<Cache<String>>();
    shared_and_sent::<Cache<NotClone, fetchwell::Shared>>();
    shared_and_sent::<Subscription>();
    shared_and_sent::<LoadError>();
    shared_and_sent::<Error>();
    shared_and_sent::<fetchwell::Load<String>>();
    cloned::<Cache<NotClone, fetchwell::Shared>>();
    shared_and_sent::<Builder<String>>();
    let cache = cache::<String>();
    drop(sent(cache.get_or_set("a", |_| async { String::new() })));
    drop(sent(cache.try_get_or_set("a", |_| async { Err::<String, _>("no") })));
    drop(sent(cache.refresh("a", |_| async { Err::<String, _>(String::from("no")) })));
}

#[test]
fn values_are_cloned_or_shared_as_the_builder_says() {
    let cloned = cache::<Vec<u8>>();
    cloned.insert("a", vec![1]);
    cloned.get("a").unwrap().push(2);
    assert_eq!(cloned.get("a"), Some(vec![1]));

    let shared = Cache::<Vec<u8>>::builder().shared().build().unwrap();
    let value = Arc::new(vec![1]);
    assert!(shared.insert_shared("a", Arc::clone(&value)));
    let (one, other) = (shared.get("a").unwrap(), shared.peek("a").unwrap());
    assert!(Arc::ptr_eq(&one, &value) && Arc::ptr_eq(&other, &value));
    let namespace = shared.namespace::<String>("n").build().unwrap();
    namespace.insert("a", "x".to_owned());
    assert!(Arc::ptr_eq(&namespace.get("a").unwrap(), &namespace.get("a").unwrap()), "as its root");
}

#[test]
fn keys_are_texts_numbers_and_parts() {
    struct Isbn(u64);
    impl From<Isbn> for Key<'_> {
        fn from(isbn: Isbn) -> Self {
            ("isbn", isbn.0).into()
        }
    }
    let cache = cache::<u32>();
    let owned = String::from("books:7");
    let key = Key::from("books:7");
    cache.insert(&owned, 1);
    cache.insert(7_u8, 2);
    cache.insert(-7_i128, 3);
    cache.insert(Isbn(9), 4);
    cache.insert(("a:b", "c"), 5);
    cache.insert(Key::of_parts(vec![Part::from("f"), 0.5.into()]).unwrap(), 6);
    assert_eq!((cache.get("books:7"), cache.get(("books", 7)), cache.get(["books", "7"])), (Some(1), Some(1), Some(1)));
    assert_eq!((cache.get(Cow::Borrowed("books:7")), cache.get(&key)), (Some(1), Some(1)));
    assert_eq!(
        (cache.get("7"), cache.get("-7"), cache.get("isbn:9"), cache.get("f:0.5")),
        (Some(2), Some(3), Some(4), Some(6))
    );
    assert_eq!((cache.get("a:b:c"), cache.get(("a:b", "c")), cache.get(("a", "b:c"))), (None, Some(5), None));
    let error = Key::of_parts(vec![f64::NAN.into()]).unwrap_err();
    assert_eq!((error.code(), error.field()), (Code::InvalidKey, Some("key")));
    let slashed = Cache::<u32>::builder().separator("/").build().unwrap();
    slashed.insert(("a", "b"), 1);
    assert_eq!((slashed.get("a/b"), slashed.invalidate_prefix(("a",))), (Some(1), 1));
}

#[test]
fn several_are_stored_read_and_taken_at_once() {
    let cache = cache::<u32>();
    assert_eq!(cache.insert_many([("a", 1), ("b", 2), ("c", 3)]), 3);
    let found = cache.get_many(["a", "b", "none"]);
    assert_eq!((found.len(), found["a"], found["b"]), (2, 1, 2));
    assert_eq!((cache.stats().hits, cache.stats().misses), (2, 1));
    assert!(cache.remove("a") && !cache.remove("a"));
    assert_eq!((cache.peek("b"), cache.contains("b"), cache.contains("a"), cache.len()), (Some(2), true, false, 2));
    assert_eq!((cache.stats().hits, cache.stats().misses), (2, 1), "a peek counts nothing");
    let mut keys = cache.keys("");
    keys.sort();
    assert_eq!((keys, cache.keys("b").len(), cache.entries("").len()), (vec!["b".into(), "c".into()], 1, 2));
}

#[test]
fn an_entry_tells_what_is_known_of_it() {
    let clock = ManualClock::new();
    let cache = Cache::<u64>::builder().ttl("1m").swr("0ms").stale_if_error("1m").tags(["t"]).clock(clock.clone());
    let cache = cache.build().unwrap();
    cache.insert("a", 7);
    clock.advance("20s");
    cache.get("a");
    let entry = cache.entry("a").unwrap();
    assert_eq!(
        (&*entry.key, entry.value, entry.state, entry.age, entry.left),
        ("a", 7, Freshness::Fresh, Span::secs(20), Span::secs(40))
    );
    assert_eq!((entry.tags.clone(), entry.hits, entry.bytes), (vec!["t".into()], 1, cache.bytes()));
    assert_eq!(entry.expires_at.unwrap().0 - entry.created_at.0, 60_000);
    assert!(cache.touch("a"));
    assert_eq!(cache.entry("a").unwrap().left, Span::mins(1));
    assert_eq!(cache.touch_for("a", "5s"), Ok(true));
    assert_eq!(cache.touch_for("a", Duration::from_secs(4)), Ok(true));
    assert_eq!(cache.touch_for("a", "soon").unwrap_err().field(), Some("ttl"));
    assert!(!cache.touch("none"));
    clock.advance("4s");
    assert_eq!((cache.get("a"), cache.get_stale("a"), cache.touch("a")), (None, Some(7), false));
    let entry = cache.entry("a").unwrap();
    assert_eq!((entry.state, entry.left), (Freshness::Stale, Span::ZERO));
    clock.advance("1m");
    assert_eq!((cache.get_stale("a"), cache.entry("a")), (None, None));
}

#[test]
fn values_weigh_what_the_weigher_says_and_a_heavy_one_takes_the_old_one_with_it() {
    let cache =
        Cache::<String>::builder().weigher(|key, value| (key.len() + value.len()) as u64).max_entry_bytes("10b");
    let cache = cache.build().unwrap();
    let log = Log::of(&cache);
    assert!(cache.insert("a", "123456789".to_owned()));
    assert!(!cache.insert("a", "1234567890".to_owned()));
    assert_eq!((cache.get("a"), cache.len()), (None, 0));
    let told = ["set a 10", "remove a replaced", "reject a too-large", "miss a invalidated"];
    assert_eq!(log.take(), told);
    let fixed = cache.with(&Policy::new().weight(3)).unwrap();
    assert!(fixed.insert("a", "123456789012345".to_owned()), "a weight that is said stands over the weigher");
    assert_eq!(log.take(), ["set a 3"]);
}

#[test]
fn a_weigher_that_panics_changes_nothing_and_locks_nothing() {
    let cache = Cache::<u32>::builder().weigher(|_, value| u64::from(100 / *value)).build().unwrap();
    cache.insert("a", 1);
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| cache.insert("a", 0))).is_err());
    assert_eq!((cache.get("a"), cache.insert("b", 2)), (Some(1), true));
}

#[test]
fn bounds_hold_at_every_moment_for_the_whole_and_for_each_part() {
    let root = Cache::<Vec<u8>>::builder().max_entries(20).max_bytes("20kb").build().unwrap();
    let small = root.namespace::<Vec<u8>>("small").max_entries(3).build().unwrap();
    let light = root.namespace::<Vec<u8>>("light").max_bytes(2_000).build().unwrap();
    let (view, over) = (small.partition("p"), root.clone());
    let watching = root.on(move |_| assert!(over.len() <= 20 && over.bytes() <= 20 << 10));
    for number in 0..2_000_usize {
        let value = vec![0; number * 37 % 900];
        let to = [&root, &small, &light, &view][number % 4];
        to.insert(number % 61, value);
        assert!(root.len() <= 20 && root.bytes() <= 20 << 10, "the whole");
        assert!(small.len() <= 3 && light.bytes() <= 2_000, "{} {}", small.len(), light.bytes());
    }
    drop(watching);
    assert!(root.len() > 3 && root.stats().evictions() > 1_000);
}

#[test]
fn without_bounds_given_there_are_some_and_the_largest_number_is_taken_at_its_word() {
    let filled = |cache: Cache<u64>| {
        (0..3_000).for_each(|number| _ = cache.insert(number, 0));
        cache.len()
    };
    assert_eq!(filled(cache()), 1_000);
    assert_eq!(filled(Cache::builder().max_bytes(1 << 30).build().unwrap()), 1_000, "what is left open stays");
    assert_eq!(filled(Cache::builder().max_entries(usize::MAX).build().unwrap()), 3_000);
    let large = Cache::<u64>::builder().max_entry_bytes(u64::MAX).max_bytes(u64::MAX).weigher(|_, _| 1 << 40).build();
    assert!(large.unwrap().insert("a", 1));
}

#[test]
fn namespaces_hold_values_of_their_own_types_under_one_budget() {
    let root = Cache::<()>::builder().ttl("1h").max_entries(4).build().unwrap();
    let texts = root.namespace::<String>("texts").ttl("5m").build().unwrap();
    let numbers = root.namespace::<f64>("numbers").build().unwrap();
    texts.insert("k", "x".to_owned());
    numbers.insert("k", 0.5);
    root.insert("k", ());
    assert_eq!((texts.get("k").as_deref(), numbers.get("k"), root.get("k")), (Some("x"), Some(0.5), Some(())));
    assert_eq!((root.len(), texts.len(), numbers.len(), root.keys("").len()), (3, 1, 1, 1));
    assert_eq!((texts.entry("k").unwrap().left, numbers.entry("k").unwrap().left), (Span::mins(5), Span::hours(1)));
    (0..10).for_each(|number| _ = numbers.insert(number, 1.0));
    assert_eq!(root.len(), 4, "they share the budget");
    root.invalidate_prefix("");
    assert!(numbers.len() >= 2, "a prefix of the root is of its own keys");
    root.clear();
    assert_eq!((root.len(), numbers.len()), (0, 0), "the root is the whole");
}

#[test]
fn a_namespace_asked_for_again_is_the_same_one_unless_something_differs() {
    let root = cache::<u32>();
    let make = || root.namespace::<String>("n").ttl("5m").max_entries(9);
    make().build().unwrap().insert("a", "x".to_owned());
    assert_eq!(make().build().unwrap().get("a").as_deref(), Some("x"));
    assert_eq!(root.namespace::<String>("n").build().unwrap().get("a").as_deref(), Some("x"));
    let refused = [
        make().ttl("6m").build().unwrap_err(),
        make().max_entries(8).build().unwrap_err(),
        root.namespace::<String>("n").ttl("5m").build().unwrap_err(),
        make().weigher(|_, _| 1).build().unwrap_err(),
        make().tagger(|_, _| vec![]).build().unwrap_err(),
        root.namespace::<u32>("n").build().unwrap_err(),
    ];
    for error in refused {
        assert_eq!((error.code(), error.field()), (Code::NamespaceDiffers, Some("namespace")), "{error}");
    }
    let error = root.namespace::<u32>("").build().unwrap_err();
    assert_eq!((error.code(), error.field()), (Code::InvalidOption, Some("namespace")));
}

#[test]
fn partitions_see_nothing_of_each_other_and_an_invalidation_reaches_them_all() {
    let cache = Cache::<u32>::builder().tags(["t"]).build().unwrap();
    let (ada, bob) = (cache.partition("ada"), cache.partition("bob"));
    let all = [&cache, &ada, &bob];
    let fill =
        || all.iter().enumerate().for_each(|(number, each)| _ = each.insert("me", u32::try_from(number).unwrap()));
    fill();
    assert_eq!(all.map(|each| each.get("me")), [Some(0), Some(1), Some(2)]);
    assert_eq!((cache.len(), ada.len(), ada.keys("").len(), cache.keys("").len()), (3, 1, 1, 1));
    assert!(ada.remove("me") && bob.contains("me") && cache.contains("me"));
    fill();
    assert!(bob.invalidate("me") && cache.contains("me") && ada.contains("me"), "on a view only that one");
    fill();
    assert!(cache.invalidate("me"));
    assert_eq!(all.map(|each| each.contains("me")), [false; 3], "on the cache all of them");
    for reach in [
        Cache::clear,
        |cache: &Cache<u32>| cache.invalidate_tag("t"),
        |cache: &Cache<u32>| cache.invalidate_prefix(("me",)),
    ] {
        fill();
        assert_eq!((reach(&ada), bob.contains("me"), cache.contains("me")), (1, true, true));
        fill();
        assert_eq!(reach(&cache), 3);
    }
    let long = cache.partition(&"x".repeat(2_000));
    assert_eq!((long.insert("me", 1), long.get("me")), (false, None), "such a name is a place that keeps nothing");
}

#[test]
fn a_namespace_of_a_view_on_a_partition_is_in_that_partition() {
    let root = cache::<u32>();
    let ada = root.partition("ada").namespace::<u32>("bugs").build().unwrap();
    ada.insert("a", 1);
    let bugs = root.namespace::<u32>("bugs").build().unwrap();
    assert_eq!((bugs.get("a"), bugs.partition("bob").get("a"), bugs.partition("ada").get("a")), (None, None, Some(1)));
}

#[test]
fn a_partition_is_dropped_in_every_namespace() {
    let root = cache::<u32>();
    let bugs = root.namespace::<u32>("bugs").build().unwrap();
    for each in [&root, &bugs] {
        each.partition("ada").insert("a", 1);
        each.insert("a", 1);
    }
    assert_eq!((bugs.drop_partition("ada"), root.partition("ada").len()), (1, 1));
    bugs.partition("ada").insert("a", 1);
    assert_eq!((root.drop_partition("ada"), root.drop_partition("none"), root.len()), (2, 0, 2));
}

#[test]
fn a_dry_run_counts_and_a_soft_one_makes_stale() {
    let cache = Cache::<u32>::builder().tags(["t"]).build().unwrap();
    cache.insert_many([("a:1", 1), ("a:2", 2), ("b", 3)]);
    let dry = cache.dry_run();
    assert_eq!((dry.invalidate("a:1"), dry.invalidate_prefix(("a",)), dry.invalidate_tag("t")), (true, 2, 3));
    assert_eq!((dry.invalidate_matching("a:*"), dry.invalidate_where(|entry| entry.value > 1)), (2, 2));
    assert_eq!((cache.len(), cache.stats().invalidations, cache.get("a:1")), (3, 0, Some(1)));
    assert_eq!(cache.soft().invalidate_where(|entry| &*entry.key == "b"), 1);
    assert_eq!((cache.get("b"), cache.get_stale("b"), cache.len()), (None, Some(3), 3));
    assert_eq!((cache.soft().invalidate_matching("a:?"), cache.get("a:2"), cache.get_stale("a:2")), (2, None, Some(2)));
    assert_eq!(cache.invalidate_tag("t"), 0, "without a window a reader could not have been given them");
    assert_eq!((cache.get_stale("b"), cache.len()), (None, 0));
}

#[test]
fn a_test_is_asked_about_what_a_soft_invalidation_left_to_get_stale() {
    let cache = Cache::<u32>::builder().build().unwrap();
    cache.insert_many([("a", 1), ("b", 2)]);
    cache.soft().invalidate("a");
    let mut seen = Vec::new();
    let mut look = |entry: &Entry<u32>| {
        seen.push((entry.key.clone(), entry.state));
        entry.value == 1
    };
    assert_eq!((cache.dry_run().invalidate_where(&mut look), cache.soft().invalidate_where(&mut look)), (0, 0));
    assert_eq!((cache.get_stale("a"), cache.entry("a"), cache.keys("").len()), (Some(1), None, 1));
    assert_eq!(cache.invalidate_where(&mut look), 0, "no reader could have been given it");
    assert_eq!((cache.get_stale("a"), cache.get("b"), cache.stats().invalidations), (None, Some(2), 1));
    seen.sort_by(|one, other| one.0.cmp(&other.0));
    let right = [("a", Freshness::Stale); 3].into_iter().chain([("b", Freshness::Fresh); 3]);
    assert_eq!(seen, right.map(|(key, state)| (key.into(), state)).collect::<Vec<_>>());
}

#[test]
fn a_cache_that_is_switched_off_lets_everything_through_and_counts() {
    let (world, origin) = (World::new(), Origin::new());
    let cache =
        Cache::builder().ttl("1m").negative_ttl("1m").enabled(false).clock(world.clock.clone()).build().unwrap();
    assert!(!cache.insert("a", 1));
    let gate = origin.gate();
    let callers = [world.start(origin.caller(&cache, "a")), world.start(origin.caller(&cache, "a"))];
    gate.open();
    assert_eq!(callers.map(|caller| world.end(caller).unwrap()), [1, 2], "nothing is joined");
    origin.is_down(true);
    let failures = [(); 2].map(|()| failure(world.run(origin.caller(&cache, "a"))).0);
    assert_eq!(failures, [3, 4], "no failure is remembered");
    let stats = cache.stats();
    assert_eq!(
        (cache.get("a"), cache.len(), stats.misses, stats.loads, stats.coalesced, stats.hits),
        (None, 0, 4, 4, 0, 0)
    );
}

#[test]
fn what_cannot_be_is_refused_by_the_name_of_its_option() {
    let plain = Cache::<u32>::builder;
    let clumsy: [(&str, Result<Cache<u32>, Error>); 13] = [
        ("ttl", plain().ttl("5 minutes").build()),
        ("tti", plain().tti("-1s").build()),
        ("swr", plain().swr("").build()),
        ("stale_if_error", plain().stale_if_error("1h30m").build()),
        ("soft_timeout", plain().soft_timeout("x").build()),
        ("timeout", plain().timeout("1").build()),
        ("negative_ttl", plain().negative_ttl("1 s").build()),
        ("jitter", plain().jitter(1.5).build()),
        ("refresh_ahead", plain().refresh_ahead(f64::NAN).build()),
        ("max_entries", plain().max_entries(0).build()),
        ("max_bytes", plain().max_bytes("16MB").build()),
        ("max_entry_bytes", plain().max_entry_bytes(-1).build()),
        ("separator", plain().separator("").build()),
    ];
    for (field, refused) in clumsy {
        let error = refused.unwrap_err();
        assert_eq!((error.code(), error.field()), (Code::InvalidOption, Some(field)));
        assert!(error.to_string().starts_with(&format!("{field}: ")), "{error}");
    }
    let cache = cache::<u32>();
    for (names, field) in
        [(MetricNames { prefix: "9", label: "a" }, "prefix"), (MetricNames { prefix: "", label: "reason" }, "label")]
    {
        let error = cache.metrics_as(names).unwrap_err();
        assert_eq!((error.code(), error.field()), (Code::InvalidOption, Some(field)));
    }
    assert_eq!(cache.with(&Policy::new().ttl("x")).unwrap_err().field(), Some("ttl"));
    assert_eq!(cache.namespace::<u32>("n").tti("x").build().unwrap_err().field(), Some("tti"));
}
