//! One prefix of a thousand keys out of a million: by our index, and by the scan that peers need.

mod lru_cache;

use fetchwell::engine::{EntryInfo, How, Scope, Selector, Store, Timestamp};
use moka::sync::Cache as MokaCache;

use super::contestants::{Contestant as _, HOUR, MiniMoka, MiniMokaSync, Moka, Ours, Plain, Quick, QuickSync, filled};
use super::cpu::{median, timed};
use crate::table::Table;
use crate::workload::{BOOKS, Random, api_keys, api_prefix};

/// Removes what begins with a prefix and says how many that were.
type Remove = Box<dyn FnMut(&str) -> usize>;

/// A filled cache is made when its turn has come.
struct Way {
    name: &'static str,
    how: &'static str,
    calls: usize,
    fill: fn(&[String]) -> Remove,
}

const SCANS: usize = 5;
const LOOKUPS: usize = 51;

const WAYS: [Way; 12] = [
    Way { name: "fetchwell, index on first use", how: "index", calls: LOOKUPS, fill: lazy },
    Way { name: "fetchwell, index from the start", how: "index", calls: LOOKUPS, fill: eager },
    Way { name: "  the same until all is freed", how: "index, prune", calls: LOOKUPS, fill: freed },
    Way { name: "  the same, counting only", how: "index, dry run", calls: LOOKUPS, fill: counted },
    Way { name: "fetchwell, by a scan", how: "invalidate_where", calls: SCANS, fill: scanned },
    Way { name: Plain::NAME, how: "retain", calls: SCANS, fill: plain },
    Way { name: Quick::NAME, how: "retain", calls: SCANS, fill: quick },
    Way { name: QuickSync::NAME, how: "retain", calls: SCANS, fill: quick_sync },
    Way { name: MiniMoka::NAME, how: "invalidate_entries_if", calls: SCANS, fill: mini_moka },
    Way { name: MiniMokaSync::NAME, how: "iter, invalidate", calls: SCANS, fill: mini_moka_sync },
    Way { name: Moka::NAME, how: "iter, invalidate", calls: SCANS, fill: moka },
    Way { name: Moka::NAME, how: "invalidate_entries_if", calls: SCANS, fill: moka_closures },
];

/// Each way over `count` keys, a thousand to a prefix, stored in random order.
pub fn table(count: u32) -> Table {
    let columns =
        ["", "how", "removed", "first call µs", "later calls µs", "ratio to our later call", "ratio to our first call"];
    let title = format!("invalidate a prefix of {BOOKS} among {count} keys");
    let mut table = Table::new(title, &columns);
    table.note("ratios: the later calls, by those of the first row and by its first call, which builds the index");
    let in_order = api_keys(count);
    let mut random = Random::new(3);
    let keys: Vec<String> = random.shuffled(count).iter().map(|&number| in_order[number as usize].clone()).collect();
    drop(in_order);
    // A prefix is used once: the second time it would match nothing.
    let prefixes: Vec<String> = random.shuffled(count / BOOKS).into_iter().map(api_prefix).collect();
    let mut reference = None;
    for way in WAYS {
        let mut remove = (way.fill)(&keys);
        let calls = prefixes.iter().take(1 + way.calls).map(|prefix| {
            let (removed, nanos) = timed(|| remove(prefix));
            (removed, nanos / 1000.0)
        });
        let cost = Cost::of(calls.collect());
        let ours = *reference.get_or_insert(cost);
        cost.row(&mut table, way.name, way.how, ours);
    }
    let Some(ours) = reference else { return table };
    match lru_cache::scan(&keys, &prefixes[..=SCANS]) {
        Ok(scans) => {
            Cost::of(scans.rounds).row(&mut table, LRU_CACHE, "keys, delete", ours);
            table.note(format!("lru-cache {} in Node {}: a user's loop over its keys", scans.version, scans.node));
        }
        Err(why) => table.note(format!("{LRU_CACHE}: skipped, {why}")),
    }
    table
}

const LRU_CACHE: &str = "lru-cache (scan)";

/// What the calls of one way cost.
#[derive(Clone, Copy)]
struct Cost {
    /// The fewest that a call removed.
    removed: usize,
    /// Microseconds of the first call.
    first: f64,
    /// The median of the others.
    later: f64,
}

impl Cost {
    /// Of calls in their order: how many each removed, and its microseconds.
    fn of(calls: Vec<(usize, f64)>) -> Self {
        let removed = calls.iter().map(|&(removed, _)| removed).min().unwrap_or(0);
        let mut micros = calls.into_iter().map(|(_, micros)| micros);
        Self { removed, first: micros.next().unwrap_or(0.0), later: median(micros.collect()) }
    }

    fn row(self, table: &mut Table, name: &str, how: &str, ours: Self) {
        let figures = [
            how.to_owned(),
            self.removed.to_string(),
            format!("{:.0}", self.first),
            format!("{:.1}", self.later),
            format!("{:.1}", self.later / ours.later),
            format!("{:.2}", self.later / ours.first),
        ];
        table.row(name, figures);
    }
}

fn lazy(keys: &[String]) -> Remove {
    let mut cache: Ours = filled(keys);
    Box::new(move |prefix| ours(&mut cache.store, prefix))
}

fn eager(keys: &[String]) -> Remove {
    let mut cache = Ours::with(2 * keys.len(), HOUR, true);
    super::insert::write(&mut cache, keys, 0);
    Box::new(move |prefix| ours(&mut cache.store, prefix))
}

/// With all that the invalidation may have put off.
fn freed(keys: &[String]) -> Remove {
    let mut cache = Ours::with(2 * keys.len(), HOUR, true);
    super::insert::write(&mut cache, keys, 0);
    Box::new(move |prefix| {
        let removed = ours(&mut cache.store, prefix);
        while cache.store.prune(cache.now, 1024) > 0 {}
        removed
    })
}

/// What finding them costs, without removing any.
fn counted(keys: &[String]) -> Remove {
    let mut cache = Ours::with(2 * keys.len(), HOUR, true);
    super::insert::write(&mut cache, keys, 0);
    Box::new(move |prefix| cache.store.invalidate(Scope::All, Selector::Prefix(prefix), How::DRY_RUN, Timestamp(0)))
}

/// What our own store needs without its index.
fn scanned(keys: &[String]) -> Remove {
    let mut cache: Ours = filled(keys);
    Box::new(move |prefix| {
        let test = |entry: &EntryInfo<'_, u64>| entry.key.starts_with(prefix);
        cache.store.invalidate_where(Scope::All, test, How::HARD, Timestamp(0))
    })
}

fn ours(store: &mut Store<u64>, prefix: &str) -> usize {
    store.invalidate(Scope::All, Selector::Prefix(prefix), How::HARD, Timestamp(0))
}

fn plain(keys: &[String]) -> Remove {
    let Plain(mut map) = filled(keys);
    Box::new(move |prefix| {
        let before = map.len();
        map.retain(|key, _| !key.starts_with(prefix));
        before - map.len()
    })
}

fn quick(keys: &[String]) -> Remove {
    let Quick(mut cache) = filled(keys);
    Box::new(move |prefix| {
        let before = cache.len();
        cache.retain(|key, _| !key.starts_with(prefix));
        before - cache.len()
    })
}

fn quick_sync(keys: &[String]) -> Remove {
    let QuickSync(cache) = filled(keys);
    Box::new(move |prefix| {
        let before = cache.len();
        cache.retain(|key, _| !key.starts_with(prefix));
        before - cache.len()
    })
}

fn mini_moka(keys: &[String]) -> Remove {
    let MiniMoka(mut cache) = filled(keys);
    Box::new(move |prefix| {
        let mut removed = 0;
        cache.invalidate_entries_if(|key, _| {
            let gone = key.starts_with(prefix);
            removed += usize::from(gone);
            gone
        });
        removed
    })
}

fn mini_moka_sync(keys: &[String]) -> Remove {
    let mut cache: MiniMokaSync = filled(keys);
    Box::new(move |prefix| {
        let found = cache.0.iter().filter(|entry| entry.key().starts_with(prefix));
        // Collected first: an entry of the iterator holds its shard's lock.
        let found: Vec<String> = found.map(|entry| entry.key().clone()).collect();
        for key in &found {
            cache.0.invalidate(key);
        }
        cache.len();
        found.len()
    })
}

fn moka(keys: &[String]) -> Remove {
    let mut cache: Moka = filled(keys);
    Box::new(move |prefix| {
        let found: Vec<_> = cache.0.iter().map(|(key, _)| key).filter(|key| key.starts_with(prefix)).collect();
        for key in &found {
            cache.0.invalidate(key.as_str());
        }
        cache.len();
        found.len()
    })
}

/// Moka only notes the predicate; the work is done by its pending tasks, a few entries at a time. They
/// leave one or two of the thousand behind, so nearly all are enough here.
fn moka_closures(keys: &[String]) -> Remove {
    let builder = MokaCache::builder().max_capacity(2 * keys.len() as u64).time_to_live(HOUR);
    let mut cache = Moka(builder.support_invalidation_closures().build());
    super::insert::write(&mut cache, keys, 0);
    let mut before = cache.len();
    Box::new(move |prefix| {
        let prefix = prefix.to_owned();
        let noted = cache.0.invalidate_entries_if(move |key, _| key.starts_with(&prefix));
        assert!(noted.is_ok(), "moka was built without support for closures");
        let mut after = cache.len();
        for _ in 0..10_000 {
            if after + BOOKS as usize * 99 / 100 <= before {
                break;
            }
            after = cache.len();
        }
        std::mem::replace(&mut before, after) - after
    })
}
