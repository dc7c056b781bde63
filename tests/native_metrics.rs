//! Statistics as others read them: `OpenMetrics` through a parser that is not ours, and in words.
#![cfg(not(target_arch = "wasm32"))]

mod native_support;

use fetchwell::engine::{MissReason, RemovalCause, Stats};
use fetchwell::{Cache, ManualClock, MetricNames, Rating};
use native_support::{Origin, World};
use openmetrics_parser::openmetrics::parse_openmetrics;
use openmetrics_parser::{MetricNumber, OpenMetricsType, OpenMetricsValue};
use std::collections::{BTreeMap, BTreeSet};

/// A value by its family and its labels' values, in the order of the labels' names.
type Read = BTreeMap<(String, Vec<(String, String)>), f64>;

fn read(text: &str) -> Read {
    let page = parse_openmetrics(text).unwrap_or_else(|error| panic!("{error:?}\n{text}"));
    let mut all = Read::new();
    for (name, family) in &page.families {
        assert!(!family.help.is_empty(), "{name} says what it is");
        assert_eq!(family.unit, if name.ends_with("_seconds") { "seconds" } else { "" }, "{name}");
        for sample in family.iter_samples() {
            let labels = sample.get_labelset().unwrap();
            let labels: BTreeMap<_, _> = labels.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
            let (kind, number) = match &sample.value {
                OpenMetricsValue::Counter(counter) => (OpenMetricsType::Counter, counter.value),
                OpenMetricsValue::Gauge(number) => (OpenMetricsType::Gauge, *number),
                other => panic!("{name} is {other:?}"),
            };
            assert_eq!(family.family_type, kind, "{name}");
            let number = match number {
                MetricNumber::Float(number) => number,
                MetricNumber::Int(number) => f64::from(i32::try_from(number).unwrap()),
            };
            assert!(all.insert((name.clone(), labels.into_iter().collect()), number).is_none(), "{name} twice");
        }
    }
    all
}

/// A counter of the statistics.
type Count = fn(&Stats) -> u64;

/// The sum of a family over its series.
fn sum(all: &Read, family: &str) -> f64 {
    let of = all.iter().filter(|((name, _), _)| name == family);
    of.map(|(_, number)| number).sum()
}

/// Three series with some of everything in them.
fn busy() -> Cache<usize> {
    let (world, origin) = (World::new(), Origin::new());
    let root =
        Cache::<usize>::builder().name("api").ttl("1m").max_entries(5).clock(world.clock.clone()).build().unwrap();
    let spaces = ["tickets", "bugs"].map(|name| root.namespace::<usize>(name).build().unwrap());
    for (number, cache) in [&root, &spaces[0], &spaces[1]].into_iter().enumerate() {
        for key in ["a", "b", "c"].iter().take(number + 1) {
            world.run(origin.caller(cache, key)).unwrap();
            cache.get(*key);
        }
        world.pass("1500ms");
        cache.invalidate("a");
        cache.get("a");
    }
    origin.is_down(true);
    let slow = origin.gate();
    let fails = world.start(origin.caller(&root, "down"));
    let joins = world.start(origin.caller(&root, "down"));
    world.pass("250ms");
    slow.open();
    assert!(world.end(fails).is_err() && world.end(joins).is_err());
    world.pass("2m");
    spaces[0].get("b");
    root
}

#[test]
fn metrics_are_what_another_reader_of_the_format_takes_them_for() {
    let root = busy();
    let (all, stats) = (read(&root.metrics()), root.stats());
    let series: BTreeSet<&str> =
        all.keys().flat_map(|(_, labels)| labels).filter(|(name, _)| name == "cache").map(|(_, of)| &**of).collect();
    assert_eq!(series, BTreeSet::from(["api", "bugs", "tickets"]));
    assert!(
        stats.hits > 0 && stats.coalesced == 1 && stats.load_errors == 1 && stats.load_ms_total == 250,
        "{stats:?}"
    );
    let counters: [(&str, Count); 17] = [
        ("cache_hits", |stats| stats.hits),
        ("cache_misses", |stats| stats.misses),
        ("cache_stale_hits", |stats| stats.stale_hits),
        ("cache_revalidations", |stats| stats.revalidations),
        ("cache_coalesced", |stats| stats.coalesced),
        ("cache_loads", |stats| stats.loads),
        ("cache_load_errors", |stats| stats.load_errors),
        ("cache_sets", |stats| stats.sets),
        ("cache_rejections", |stats| stats.rejections),
        ("cache_invalidations", |stats| stats.invalidations),
        ("cache_evictions", Stats::evictions),
        ("cache_expirations", Stats::expirations),
        ("cache_misses_by_reason", |stats| stats.misses),
        ("cache_removals_by_cause", |stats| RemovalCause::ALL.iter().map(|cause| stats.removals_by(*cause)).sum()),
        ("cache_saved_bytes", |stats| stats.bytes_saved),
        ("cache_entries", |stats| stats.entries as u64),
        ("cache_bytes", |stats| stats.bytes),
    ];
    for (family, of) in counters {
        let right = f64::from(u32::try_from(of(&stats)).unwrap());
        assert!((sum(&all, family) - right).abs() < 1e-9, "{family}: the series add up to the root's {right}");
    }
    assert!((sum(&all, "cache_load_seconds") - 0.25).abs() < 1e-9);
    let by_reason = |reason: MissReason| {
        let of = all.iter().filter(|((name, labels), _)| {
            name == "cache_misses_by_reason" && labels.contains(&("reason".into(), reason.word().into()))
        });
        of.map(|(_, number)| number).sum::<f64>()
    };
    for reason in MissReason::ALL {
        assert!((by_reason(reason) - f64::from(u32::try_from(stats.misses_by(reason)).unwrap())).abs() < 1e-9);
    }
}

#[test]
fn a_namespace_shows_itself_and_names_can_be_the_applications_own() {
    let root = busy();
    let bugs = root.namespace::<usize>("bugs").build().unwrap();
    let all = read(&bugs.metrics());
    assert!(all.keys().all(|(_, labels)| labels.contains(&("cache".into(), "bugs".into()))));
    let names = MetricNames { prefix: "qa_pms_", label: "cache_type" };
    let (ours, plain) = (read(&root.metrics_as(names).unwrap()), read(&root.metrics()));
    assert_eq!(ours.len(), plain.len());
    for ((name, labels), number) in &plain {
        let labels = labels.iter().map(|(label, value)| {
            let label = if label == "cache" { "cache_type" } else { label };
            (label.to_owned(), value.clone())
        });
        let mut labels: Vec<_> = labels.collect();
        labels.sort();
        assert_eq!(ours.get(&(format!("qa_pms_{name}"), labels)), Some(number), "{name}");
    }
}

#[test]
fn names_with_anything_in_them_can_be_read_back() {
    for name in ["a\"b", "back\\slash", "two\nlines", "ünïcödé", "{}", "\\n", ""] {
        let root = Cache::<u32>::builder().name(name).build().unwrap();
        let line = root.metrics().lines().find(|line| line.starts_with("cache_hits_total")).unwrap().to_owned();
        let right = name.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        assert_eq!(line, format!("cache_hits_total{{cache=\"{right}\"}} 0"));
        read(&root.metrics());
    }
}

#[test]
fn a_namespace_called_as_the_root_is_one_series_with_it() {
    let root = Cache::<u32>::builder().name("api").build().unwrap();
    let inner = root.namespace::<u32>("api").build().unwrap();
    root.insert("a", 1);
    inner.insert("a", 1);
    assert_eq!((root.get("a"), inner.get("a"), inner.get("b")), (Some(1), Some(1), None));
    let text = root.metrics();
    assert!((sum(&read(&text), "cache_hits") - 2.0).abs() < 1e-9);
    assert_eq!(text.lines().filter(|line| line.starts_with("cache_hits_total{")).count(), 1, "{text}");
}

#[test]
fn metrics_are_never_old() {
    let cache = Cache::<u32>::builder().build().unwrap();
    cache.insert("a", 1);
    for hits in 0..5 {
        assert!((sum(&read(&cache.metrics()), "cache_hits") - f64::from(hits)).abs() < 1e-9);
        cache.get("a");
    }
}

#[test]
fn statistics_are_told_in_words() {
    let clock = ManualClock::new();
    let cache = Cache::<u32>::builder().ttl("1m").clock(clock.clone()).build().unwrap();
    assert_eq!((cache.describe().rating, &*cache.describe().text), (Rating::NoRequests, "no requests yet"));
    cache.insert("a", 1);
    (0..9).for_each(|_| _ = cache.get("a"));
    cache.get("b");
    let said = cache.describe();
    assert_eq!(said.rating, Rating::Excellent);
    assert_eq!(said.text, "excellent: 90.0 % of 10 requests answered from the cache. Misses: 1 cold.");
    for (misses, rating) in [(2, Rating::Good), (5, Rating::Fair), (2, Rating::Poor)] {
        (0..misses).for_each(|_| _ = cache.get("c"));
        assert_eq!(cache.describe().rating, rating, "{}", cache.describe());
    }
    cache.reset_stats();
    clock.advance("61s");
    cache.get("a");
    let text = cache.describe().to_string();
    assert!(text.contains("Misses: 1 expired.") && text.contains("lifetimes twice as long about 100 %"), "{text}");
}

#[test]
fn starting_the_counters_from_zero_keeps_what_is_held() {
    let root = Cache::<u32>::builder().build().unwrap();
    let bugs = root.namespace::<u32>("bugs").build().unwrap();
    for each in [&root, &bugs] {
        each.insert("a", 1);
        each.get("a");
    }
    bugs.reset_stats();
    assert_eq!((bugs.stats().hits, root.stats().hits, root.len(), bugs.stats().entries), (0, 1, 2, 1));
    root.reset_stats();
    root.clear();
    assert_eq!((root.stats().hits, root.stats().invalidations), (0, 2), "and clearing keeps the counters");
}
