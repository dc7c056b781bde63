//! What both languages have to say alike, to the byte: key texts, canonical texts, durations, sizes, metrics, descriptions. The same files
//! are read by `tests/js/unit`. Without the feature `serde` there is nothing here that could read them.

#![cfg(all(not(target_arch = "wasm32"), feature = "serde"))]

use fetchwell::cache::{parse_bytes, parse_span};
use fetchwell::engine::{FilterValue, MissReason, Part, RemovalCause, Span, Stats, Window, canonical, hash_key, join};
use fetchwell::{Cache, ManualClock, MetricNames};
use openmetrics_parser::openmetrics::parse_openmetrics;
use serde_json::{Value, json};

fn golden(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn each(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().unwrap().iter()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[test]
fn keys_have_one_text() {
    for row in each(&golden(include_str!("js/golden/keys.json"))) {
        let parts: Vec<Part<'_>> = each(&row["parts"])
            .map(|part| part.as_str().map_or_else(|| Part::from(part.as_f64().unwrap()), Part::from))
            .collect();
        assert_eq!(join(&parts, text(&row["separator"])).unwrap(), text(&row["text"]), "{row}");
    }
}

fn filter(value: &Value) -> FilterValue<'_> {
    match value {
        Value::Null => FilterValue::Null,
        Value::Bool(value) => (*value).into(),
        Value::Number(number) => number.as_f64().unwrap().into(),
        Value::String(text) => text.into(),
        Value::Array(items) => FilterValue::List(items.iter().map(filter).collect()),
        Value::Object(members) => FilterValue::object(members.iter().map(|(name, value)| (name, filter(value)))),
    }
}

#[test]
fn filters_have_one_canonical_text_and_one_hash() {
    for row in each(&golden(include_str!("js/golden/filters.json"))) {
        let value = filter(&row["value"]);
        assert_eq!(canonical(&value).unwrap(), text(&row["canonical"]));
        assert_eq!(hash_key(&value).unwrap(), text(&row["hash"]), "{row}");
    }
}

#[test]
fn durations_and_sizes_are_read_alike() {
    let all = golden(include_str!("js/golden/lengths.json"));
    for row in each(&all["durations"]) {
        assert_eq!(parse_span(text(&row[0])).and_then(Span::as_ms), row[1].as_u64(), "{row}");
    }
    for row in each(&all["sizes"]) {
        assert_eq!(parse_bytes(text(&row[0])), row[1].as_u64(), "{row}");
    }
    for row in each(&all["noDurations"]) {
        assert_eq!(parse_span(text(row)), None, "{row}");
    }
    for row in each(&all["noSizes"]) {
        assert_eq!(parse_bytes(text(row)), None, "{row}");
    }
}

/// Statistics as JavaScript has them.
fn in_javascript(stats: &Stats) -> Value {
    let window = |window: Window| json!({ "hits": window.hits, "misses": window.misses, "hitRate": window.hit_rate() });
    let misses = MissReason::ALL.map(|reason| (reason.word().to_string(), json!(stats.misses_by(reason))));
    let removals = RemovalCause::ALL.map(|cause| (cause.word().to_string(), json!(stats.removals_by(cause))));
    json!({
        "hits": stats.hits, "misses": stats.misses, "requests": stats.requests(), "hitRate": stats.hit_rate(),
        "staleHits": stats.stale_hits, "revalidations": stats.revalidations, "coalesced": stats.coalesced,
        "loads": stats.loads, "loadErrors": stats.load_errors, "loadMsTotal": stats.load_ms_total,
        "sets": stats.sets, "rejections": stats.rejections, "invalidations": stats.invalidations,
        "evictions": stats.evictions(), "expirations": stats.expirations(), "traps": 0,
        "entries": stats.entries, "bytes": stats.bytes, "bytesSaved": stats.bytes_saved, "msSaved": stats.ms_saved(),
        "missesBy": misses.into_iter().collect::<serde_json::Map<_, _>>(),
        "removalsBy": removals.into_iter().collect::<serde_json::Map<_, _>>(),
        "windows": {
            "1m": window(stats.windows.one_minute),
            "5m": window(stats.windows.five_minutes),
            "15m": window(stats.windows.fifteen_minutes),
        },
        "whatIf": {
            "hitRateAtDoubleSize": stats.hit_rate_at_double_size(),
            "hitRateAtDoubleTtl": stats.hit_rate_at_double_ttl(),
        },
    })
}

/// A cache and a namespace of it, with some of everything that can be had without waiting.
fn busy() -> [Cache<String>; 2] {
    let clock = ManualClock::new();
    let root = Cache::<String>::builder().name("api \"v1\"\\\n").ttl("1m").stale_if_error("1h");
    let root = root.max_entries(3).clock(clock.clone()).build().unwrap();
    let books = root.namespace::<String>("books").build().unwrap();
    for key in ["a", "b", "c", "d", "a", "b"] {
        let time = clock.clone();
        let load = move |_| {
            time.advance("1234ms");
            format!("value of {key}")
        };
        root.get_or_set_blocking(key, load).unwrap();
        root.get(key);
    }
    clock.advance("2m");
    root.get("b");
    assert!(root.try_get_or_set_blocking("b", |_| "no number".parse::<u8>().map(|_| String::new())).is_ok());
    assert!(books.try_get_or_set_blocking("x", |_| "no number".parse::<u8>().map(|_| String::new())).is_err());
    books.insert("y", "1".to_string());
    books.invalidate("y");
    for _ in 0..7 {
        books.get("y");
    }
    [root, books]
}

#[test]
fn statistics_are_written_and_described_alike() {
    let [root, books] = busy();
    let (whole, part) = (root.stats(), books.stats());
    let series = [("api \"v1\"\\\n".to_string(), whole), ("books".to_string(), part)];
    let written = [MetricNames::default(), MetricNames { prefix: "qa_pms_", label: "cache_type" }].map(|names| {
        json!({
            "names": { "prefix": names.prefix, "label": names.label },
            "series": series.iter().map(|(label, stats)| json!([label, in_javascript(stats)])).collect::<Vec<_>>(),
            "descriptions": [fetchwell::cache::describe(&whole).text, fetchwell::cache::describe(&part).text],
            "text": fetchwell::cache::open_metrics(&series, names),
        })
    });
    // Rates in the middle between two texts among them: 12.25 %, 62.5 %.
    let descriptions =
        [(0, 0), (1, 0), (0, 1), (2, 1), (49, 351), (51, 349), (5, 3), (9, 1), (999, 1)].map(|(hits, misses)| {
            let cache = Cache::<u8>::builder().build().unwrap();
            cache.insert("hit", 1);
            (0..hits).for_each(|_| _ = cache.get("hit"));
            (0..misses).for_each(|number| _ = cache.get(number));
            json!({ "hits": hits, "misses": misses, "text": cache.describe().text })
        });
    let all = json!({ "metrics": written, "descriptions": descriptions });
    let golden = golden(include_str!("js/golden/statistics.json"));
    assert!(all == golden, "tests/js/golden/statistics.json should be:\n{all:#}");
}

/// What JavaScript writes, read by others' parser: with a name that has to be escaped, and two series in each family.
#[test]
fn metrics_of_javascript_are_open_metrics() {
    let written = include_str!("js/golden/metrics.txt");
    let families = parse_openmetrics(written).unwrap().families;
    assert_eq!(families.len(), written.lines().filter(|line| line.starts_with("# TYPE ")).count());
    let mut lines: Vec<&str> = written.lines().filter(|line| !line.starts_with('#')).collect();
    let all = lines.len();
    lines.sort_unstable_by_key(|line| line.rsplit_once(' ').map(|(series, _)| series));
    lines.dedup_by_key(|line| line.rsplit_once(' ').map(|(series, _)| series));
    assert_eq!(lines.len(), all, "a series twice");
}
