//! Who is told what, when, and in which order; and that listeners do nobody harm.
#![cfg(not(target_arch = "wasm32"))]

mod native_support;

use fetchwell::engine::Span;
use fetchwell::{Cache, ManualClock, What};
use native_support::{Log, Runs};
use std::sync::{Arc, Mutex};

#[test]
fn events_come_in_the_order_in_which_things_happened() {
    let clock = ManualClock::new();
    let cache = Cache::<u32>::builder().ttl("1m").max_entries(2).tags(["t"]).clock(clock.clone()).build().unwrap();
    let log = Log::of(&cache);
    cache.get("a");
    cache.insert("a", 1);
    cache.get("a");
    cache.insert("a", 2);
    assert_eq!(log.take(), ["miss a cold", "set a 4", "hit a", "remove a replaced", "set a 4"]);
    cache.insert("b", 1);
    cache.insert("c", 1);
    let told = log.take();
    assert_eq!((told.len(), &*told[0], &*told[2]), (3, "set b 4", "set c 4"));
    assert!(told[1].starts_with("remove ") && told[1].ends_with(" evicted"), "{told:?}");
    cache.clear();
    let told = log.take();
    assert!(told[..2].iter().all(|line| line.ends_with(" invalidated")), "{told:?}");
    assert_eq!(told[2..], ["invalidate Clear \"\" 2"]);
    cache.insert("a", 1);
    clock.advance("1m");
    cache.get("a");
    assert_eq!(log.take(), ["set a 4", "remove a expired", "miss a expired"]);
    cache.insert("a", 1);
    cache.touch_for("a", Span::ZERO).unwrap();
    assert_eq!(log.take(), ["set a 4", "remove a expired"]);
}

#[test]
fn an_invalidation_tells_how_it_was_said_even_when_nothing_was_held() {
    let cache = Cache::<u32>::builder().build().unwrap();
    let bugs = cache.namespace::<u32>("bugs").build().unwrap();
    let log = Log::of(&cache);
    cache.invalidate(("a", 1));
    cache.invalidate_prefix("a");
    cache.invalidate_tag("t");
    cache.invalidate_matching("a*");
    cache.invalidate_where(|_| true);
    cache.drop_partition("ada");
    bugs.clear();
    cache.soft().invalidate("a");
    cache.remove("a");
    cache.dry_run().invalidate("a");
    let told = [
        "invalidate Key \"a:1\" 0",
        "invalidate Prefix \"a\" 0",
        "invalidate Tag \"t\" 0",
        "invalidate Match \"a*\" 0",
        "invalidate Where \"\" 0",
        "invalidate Partition \"ada\" 0",
        "bugs: invalidate Clear \"\" 0",
        "invalidate Key \"a\" 0",
        "invalidate Key \"a\" 0",
    ];
    assert_eq!(log.take(), told, "a dry run is no event");
}

#[test]
fn what_invalidations_tell_adds_up_to_the_counter_whatever_took_the_entries() {
    let cache = Cache::<u32>::builder().tags(["t"]).build().unwrap();
    let (ada, bugs) = (cache.partition("ada"), cache.namespace::<u32>("bugs").tags(["t"]).build().unwrap());
    let told = Arc::new(Mutex::new(Vec::new()));
    let written = Arc::clone(&told);
    let _listening = cache.on(move |event| {
        if let What::Invalidate { count, .. } = event.what {
            written.lock().unwrap().push(count);
        }
    });
    let changes: [(&str, usize, &dyn Fn()); 14] = [
        ("remove", 1, &|| _ = cache.remove("a:1")),
        ("remove of nothing", 0, &|| _ = cache.remove("none")),
        ("remove in a partition", 1, &|| _ = ada.remove("a:1")),
        ("remove in a namespace", 1, &|| _ = bugs.remove("a:1")),
        ("remove of what was softened", 0, &|| _ = cache.remove("soft")),
        ("invalidate", 2, &|| _ = cache.invalidate("a:1")),
        ("a soft one", 2, &|| _ = cache.soft().invalidate("a:1")),
        ("a prefix", 3, &|| _ = cache.invalidate_prefix(("a",))),
        ("a tag", 4, &|| _ = cache.invalidate_tag("t")),
        ("a pattern", 2, &|| _ = cache.invalidate_matching("*:1")),
        ("a test", 3, &|| _ = cache.invalidate_where(|_| true)),
        ("clear", 4, &|| _ = cache.clear()),
        ("a partition", 1, &|| _ = cache.drop_partition("ada")),
        ("insert", 0, &|| _ = cache.insert("a:1", 2)),
    ];
    for (name, right, change) in changes {
        cache.clear();
        cache.insert_many([("a:1", 1), ("a:2", 1), ("soft", 1)]);
        ada.insert("a:1", 1);
        bugs.insert("a:1", 1);
        cache.soft().invalidate("soft");
        let before = cache.stats().invalidations;
        told.lock().unwrap().clear();
        change();
        let events = std::mem::take(&mut *told.lock().unwrap());
        assert_eq!(events, if name == "insert" { vec![] } else { vec![right] }, "{name}");
        assert_eq!(cache.stats().invalidations - before, right as u64, "{name}");
    }
}

#[test]
fn a_listener_of_a_namespace_hears_of_that_one_and_the_roots_of_all() {
    let root = Cache::<u32>::builder().tags(["t"]).build().unwrap();
    let (bugs, tests) =
        (root.namespace::<u32>("bugs").build().unwrap(), root.namespace::<u32>("tests").build().unwrap());
    let (all, own) = (Log::of(&root), Log::of(&bugs));
    for each in [&root, &bugs, &tests] {
        each.insert("a", 1);
    }
    assert_eq!(all.take(), ["set a 4", "bugs: set a 4", "tests: set a 4"]);
    assert_eq!(own.take(), ["bugs: set a 4"]);
    root.invalidate_tag("t");
    let mut told = all.take();
    assert_eq!(told.pop().unwrap(), "invalidate Tag \"t\" 3");
    told.sort();
    assert_eq!(told, ["bugs: remove a invalidated", "remove a invalidated", "tests: remove a invalidated"]);
    assert_eq!(own.take(), ["bugs: remove a invalidated"]);
}

#[test]
fn a_listener_ends_when_it_is_dropped_and_not_before() {
    let cache = Cache::<u32>::builder().build().unwrap();
    let (brief, lasting) = (Runs::default(), Runs::default());
    let (one, other) = (brief.clone(), lasting.clone());
    let listening = cache.on(move |_| _ = one.one());
    cache.on(move |_| _ = other.one()).forever();
    cache.insert("a", 1);
    drop(listening);
    cache.insert("b", 1);
    assert_eq!((brief.count(), lasting.count()), (1, 2));
}

#[test]
fn the_change_is_complete_when_listeners_hear_of_it_and_they_hear_before_the_call_returns() {
    let cache = Cache::<u32>::builder().build().unwrap();
    let (seen, looks) = (Arc::new(Mutex::new(Vec::new())), cache.clone());
    let written = Arc::clone(&seen);
    let _listening = cache.on(move |_| written.lock().unwrap().push(looks.peek("a")));
    cache.insert("a", 1);
    assert_eq!(*seen.lock().unwrap(), [Some(1)]);
    cache.invalidate("a");
    assert_eq!(*seen.lock().unwrap(), [Some(1), None, None]);
}

#[test]
fn a_listener_that_panics_hurts_nobody_and_the_others_are_told() {
    let cache = Cache::<u32>::builder().build().unwrap();
    let before = Log::of(&cache);
    let _panics = cache.on(|event| assert!(!matches!(event.what, What::Set { .. }), "no"));
    let after = Log::of(&cache);
    assert!(cache.insert("a", 1));
    let told = ["set a 4", "error listener-panicked listener"];
    assert_eq!((before.take(), after.take()), (told.map(String::from).to_vec(), told.map(String::from).to_vec()));
    assert_eq!(cache.get("a"), Some(1));
}

#[test]
fn what_a_listener_causes_is_counted_and_told_to_no_listener() {
    let (cache, other) = (Cache::<u32>::builder().build().unwrap(), Cache::<u32>::builder().build().unwrap());
    let (inside, beside) = (cache.clone(), other.clone());
    let heard = Runs::default();
    let counted = heard.clone();
    let _listening = cache.on(move |_| {
        let number = counted.one();
        inside.insert(number, 1);
        beside.insert(number, 1);
    });
    let (log, of_other) = (Log::of(&cache), Log::of(&other));
    cache.insert("a", 1);
    assert_eq!((heard.count(), cache.len(), cache.stats().sets), (1, 2, 2));
    assert_eq!((log.take(), of_other.take()), (vec!["set a 4".to_owned()], vec!["set 1 4".to_owned()]));
    cache.insert("b", 1);
    assert_eq!(heard.count(), 2, "the next one is told again");
}

#[test]
fn a_subscription_is_told_whenever_what_get_answers_may_have_changed() {
    let clock = ManualClock::new();
    let cache = Cache::<u32>::builder().ttl("1m").max_entries(100).tags(["t"]).clock(clock.clone()).build().unwrap();
    let told = Runs::default();
    let counted = told.clone();
    let subscribed = cache.subscribe(("a", 1), move || _ = counted.one());
    let mut before = 0;
    let mut changes = |name: &str, change: &dyn Fn()| {
        change();
        assert!(told.count() > before, "{name}");
        before = told.count();
    };
    let put = || assert!(cache.insert("a:1", 1));
    changes("stored", &put);
    changes("replaced", &put);
    changes("invalidated", &|| assert!(cache.invalidate("a:1")));
    changes("stored", &put);
    changes("softened", &|| assert!(cache.soft().invalidate("a:1")));
    changes("stored", &put);
    changes("by its tag", &|| assert_eq!(cache.invalidate_tag("t"), 1));
    changes("stored", &put);
    changes("expired", &|| {
        clock.advance("1m");
        assert_eq!(cache.get("a:1"), None);
    });
    changes("stored", &put);
    changes("evicted", &|| (0..1_000).for_each(|number| _ = cache.insert(number, 1)));
    changes("loaded", &|| {
        let load = cache.get_or_set("a:1", |_| async { 2 });
        assert_eq!(smol::block_on(load).unwrap(), 2);
    });
    let quiet = told.count();
    cache.insert("a:10", 1);
    cache.namespace::<u32>("n").build().unwrap().insert("a:1", 1);
    cache.get("a:1");
    assert_eq!(told.count(), quiet, "other keys, and reads");
    drop(subscribed);
    cache.remove("a:1");
    assert_eq!(told.count(), quiet);
}

#[test]
fn a_subscription_in_a_partition_is_told_of_a_soft_invalidation_there() {
    let cache = Cache::<u32>::builder().build().unwrap();
    let ada = cache.partition("ada");
    cache.insert("me", 1);
    ada.insert("me", 2);
    let told = Runs::default();
    let counted = told.clone();
    let _subscribed = ada.subscribe("me", move || _ = counted.one());
    assert!(ada.soft().invalidate("me"));
    assert_eq!((told.count(), ada.get("me"), cache.get("me")), (1, None, Some(1)));
}

#[test]
fn subscriptions_are_told_of_what_listeners_cause() {
    let cache = Cache::<u32>::builder().build().unwrap();
    let (told, inside) = (Runs::default(), cache.clone());
    let counted = told.clone();
    let _listening = cache.on(move |event| {
        if matches!(&event.what, What::Set { key, .. } if &**key == "a") {
            inside.insert("derived", 1);
        }
    });
    let _subscribed = cache.subscribe("derived", move || _ = counted.one());
    cache.insert("a", 1);
    assert_eq!(told.count(), 1);
}

#[cfg(feature = "tracing")]
mod tracing_tells {
    use fetchwell::Cache;
    use std::collections::HashMap;
    use std::fmt;
    use std::sync::{Arc, Mutex};
    use tracing::field::{Field, Visit};
    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Metadata, Subscriber};

    /// What was told: spans and events with their fields.
    #[derive(Clone, Default)]
    struct Notes(Arc<Mutex<Vec<HashMap<&'static str, String>>>>);

    struct Fields<'a>(&'a mut HashMap<&'static str, String>);

    impl Visit for Fields<'_> {
        fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
            self.0.insert(field.name(), format!("{value:?}"));
        }
    }

    impl Subscriber for Notes {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            metadata.target() == "fetchwell"
        }

        fn new_span(&self, span: &Attributes<'_>) -> Id {
            let mut fields = HashMap::from([("span", span.metadata().name().to_owned())]);
            span.record(&mut Fields(&mut fields));
            let mut notes = self.0.lock().unwrap();
            notes.push(fields);
            Id::from_u64(notes.len() as u64)
        }

        fn record(&self, span: &Id, values: &Record<'_>) {
            let number = usize::try_from(span.into_u64()).unwrap() - 1;
            values.record(&mut Fields(&mut self.0.lock().unwrap()[number]));
        }

        fn record_follows_from(&self, _: &Id, _: &Id) {}

        fn event(&self, event: &Event<'_>) {
            let mut fields = HashMap::new();
            event.record(&mut Fields(&mut fields));
            self.0.lock().unwrap().push(fields);
        }

        fn enter(&self, _: &Id) {}

        fn exit(&self, _: &Id) {}
    }

    #[test]
    fn tracing_is_told_of_each_load_as_a_span_and_of_each_answer_as_an_event() {
        let notes = Notes::default();
        tracing::subscriber::with_default(notes.clone(), || {
            let root = Cache::<u32>::builder().name("api").build().unwrap();
            let bugs = root.namespace::<u32>("bugs").build().unwrap();
            smol::block_on(async {
                bugs.get_or_set("7", |_| async { 1 }).await.unwrap();
                bugs.get_or_set("7", |_| async { 1 }).await.unwrap();
                let failed = root.try_get_or_set("8", |_| async { Err::<u32, _>("no") }).await;
                assert!(failed.is_err());
            });
        });
        let told: Vec<String> = notes.0.lock().unwrap().iter().map(line).collect();
        let right = [
            "load api \"bugs\" 7 ok=true background=false",
            "miss api \"bugs\" 7 cold",
            "hit api \"bugs\" 7 stale=false",
        ];
        assert_eq!(told[..3], right.map(|line| line.replace('"', "")));
        assert_eq!(told[3..], ["load api  8 ok=false background=false", "miss api  8 cold"]);
    }

    fn line(fields: &HashMap<&'static str, String>) -> String {
        let get = |name| fields.get(name).map_or("", |text| text.trim_matches('"'));
        let head = format!("{} {} {}", get("cache"), get("namespace"), get("key"));
        match (get("span"), get("message")) {
            ("load", _) => format!("load {head} ok={} background={}", get("ok"), get("background")),
            (_, "hit") => format!("hit {head} stale={}", get("stale")),
            (_, what) => format!("{what} {head} {}", get("reason")),
        }
    }
}
