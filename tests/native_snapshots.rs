//! Snapshots of the native cache: as files that are whole or not there, for namespaces each in its own way.
#![cfg(not(target_arch = "wasm32"))]

mod native_support;

use fetchwell::engine::{Span, Timestamp};
use fetchwell::{Cache, Code, Codec, Event, ManualClock, What};
use native_support::{Log, Origin, Runs, World};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("fetchwell-native-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn path(&self) -> PathBuf {
        self.0.join("snapshot")
    }

    fn files(&self) -> Vec<String> {
        let names = fs::read_dir(&self.0).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Numbers as text; odd ones over a hundred cannot be written.
struct Decimal;

impl Codec<u32> for Decimal {
    fn encode(&self, value: &u32) -> Option<Vec<u8>> {
        (*value < 100 || value.is_multiple_of(2)).then(|| value.to_string().into_bytes())
    }

    fn decode(&self, bytes: &[u8]) -> Option<u32> {
        std::str::from_utf8(bytes).ok()?.parse().ok()
    }
}

/// As `Decimal`, but cannot read a two.
struct Picky;

impl Codec<u32> for Picky {
    fn encode(&self, value: &u32) -> Option<Vec<u8>> {
        Decimal.encode(value)
    }
    fn decode(&self, bytes: &[u8]) -> Option<u32> {
        Decimal.decode(bytes).filter(|value| *value != 2)
    }
}

struct Whole;

impl Codec<usize> for Whole {
    fn encode(&self, value: &usize) -> Option<Vec<u8>> {
        Some(value.to_le_bytes().to_vec())
    }

    fn decode(&self, bytes: &[u8]) -> Option<usize> {
        Some(usize::from_le_bytes(bytes.try_into().ok()?))
    }
}

struct Text;

impl Codec<String> for Text {
    fn encode(&self, value: &String) -> Option<Vec<u8>> {
        Some(value.clone().into_bytes())
    }

    fn decode(&self, bytes: &[u8]) -> Option<String> {
        String::from_utf8(bytes.to_vec()).ok()
    }
}

fn numbers(clock: &ManualClock) -> Cache<u32> {
    Cache::builder().ttl("1h").swr("0s").clock(clock.clone()).codec(Decimal).build().unwrap()
}

fn filled(clock: &ManualClock) -> Cache<u32> {
    let cache = numbers(clock);
    assert_eq!(cache.insert_many([("a", 1), ("b", 2), ("c", 300)]), 3);
    cache
}

#[test]
fn what_was_saved_is_there_again_after_a_restart_with_the_life_it_had_left() {
    let (folder, clock) = (Folder::new("again"), ManualClock::new());
    let cache = filled(&clock);
    cache.touch_for("b", "5h").unwrap();
    cache.save_to(folder.path()).unwrap();
    clock.advance("20m");
    let again = numbers(&clock);
    let restored = again.restore_from(folder.path()).unwrap();
    assert_eq!((restored.restored, restored.skipped, again.len()), (3, 0, 3));
    assert_eq!(["a", "b", "c"].map(|key| again.get(key)), [Some(1), Some(2), Some(300)]);
    assert_eq!(again.entry("a").unwrap().left, Span::mins(40));
    assert_eq!(again.entry("b").unwrap().left, Span::mins(280));
    assert_eq!(again.snapshot().unwrap().len(), cache.snapshot().unwrap().len());
    assert_eq!(folder.files(), ["snapshot"], "nothing is left beside it");
}

#[test]
fn the_same_content_gives_the_same_bytes_in_whatever_order_it_came() {
    let clock = ManualClock::new();
    let (one, other) = (filled(&clock), numbers(&clock));
    other.insert_many([("c", 300), ("a", 1), ("x", 9), ("b", 2)]);
    other.remove("x");
    assert_eq!(one.snapshot().unwrap(), other.snapshot().unwrap());
}

#[test]
fn a_file_torn_anywhere_is_refused_and_the_cache_starts_empty() {
    let (folder, clock) = (Folder::new("torn"), ManualClock::new());
    let bytes = filled(&clock).snapshot().unwrap();
    assert!(bytes.len() < 1_000);
    let again = numbers(&clock);
    for length in 0..bytes.len() {
        fs::write(folder.path(), &bytes[..length]).unwrap();
        let error = again.restore_from(folder.path()).unwrap_err();
        assert_eq!((error.code(), again.len()), (Code::SnapshotDamaged, 0), "torn at {length}");
    }
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        fs::write(folder.path(), &damaged).unwrap();
        let code = again.restore_from(folder.path()).unwrap_err().code();
        assert!(matches!(code, Code::SnapshotDamaged | Code::SnapshotVersion), "changed at {at}: {code}");
        assert_eq!(again.len(), 0);
    }
    fs::write(folder.path(), bytes).unwrap();
    assert_eq!(again.restore_from(folder.path()).unwrap().restored, 3, "it still takes what is whole");
}

#[test]
fn another_version_is_told_apart_from_damage() {
    let clock = ManualClock::new();
    let bytes = filled(&clock).snapshot().unwrap();
    let again = numbers(&clock);
    let versions: Vec<usize> = (0..bytes.len())
        .filter(|at| {
            let mut other = bytes.clone();
            other[*at] = other[*at].wrapping_add(7);
            again.restore(&other).unwrap_err().code() == Code::SnapshotVersion
        })
        .collect();
    assert!(!versions.is_empty() && versions.iter().all(|at| *at < 16), "{versions:?}");
    assert_eq!(again.len(), 0);
}

#[test]
fn a_file_that_is_not_there_restores_nothing_and_one_that_cannot_be_read_is_an_error() {
    let (folder, clock) = (Folder::new("missing"), ManualClock::new());
    let cache = numbers(&clock);
    let restored = cache.restore_from(folder.path()).unwrap();
    assert_eq!((restored.restored, restored.skipped), (0, 0));
    assert_eq!(cache.restore_from(&folder.0).unwrap_err().code(), Code::Io, "a folder is no file");
    let error = cache.save_to(folder.0.join("none/snapshot")).unwrap_err();
    assert!(error.code() == Code::Io && error.to_string().contains("none/snapshot"), "{error}");
    assert!(folder.files().is_empty());
}

#[test]
fn a_save_that_fails_leaves_the_old_file_and_nothing_beside_it() {
    let (folder, clock) = (Folder::new("fails"), ManualClock::new());
    fs::create_dir_all(folder.path().join("in the way")).unwrap();
    assert_eq!(filled(&clock).save_to(folder.path()).unwrap_err().code(), Code::Io);
    assert_eq!(folder.files(), ["snapshot"]);
}

#[test]
fn what_a_crash_left_beside_the_file_is_in_nobodys_way() {
    let (folder, clock) = (Folder::new("crash"), ManualClock::new());
    let cache = filled(&clock);
    // A process of the same number (in a container they all are) was killed while it wrote: its files are still there.
    for count in 0..64 {
        fs::write(folder.0.join(format!("snapshot.{}-{count}.tmp", std::process::id())), b"torn").unwrap();
    }
    cache.save_to(folder.path()).unwrap();
    assert_eq!(numbers(&clock).restore_from(folder.path()).unwrap().restored, 3);
}

#[test]
fn readers_find_the_old_file_or_the_new_one_while_it_is_written_again_and_again() {
    let (folder, clock) = (Folder::new("whole"), ManualClock::new());
    let cache = filled(&clock);
    cache.save_to(folder.path()).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (0..40).for_each(|_| cache.save_to(folder.path()).unwrap()));
        }
        for _ in 0..100 {
            assert_eq!(numbers(&clock).restore_from(folder.path()).unwrap().restored, 3);
        }
    });
    assert_eq!(folder.files(), ["snapshot"]);
}

#[test]
fn each_namespace_is_written_in_its_own_way_and_read_back_as_its_own_type() {
    let (folder, clock) = (Folder::new("namespaces"), ManualClock::new());
    let root = |clock: &ManualClock| Cache::<()>::builder().clock(clock.clone()).build().unwrap();
    let spaces = |root: &Cache<()>| {
        let numbers = root.namespace::<u32>("numbers").codec(Decimal).build().unwrap();
        let texts = root.namespace::<String>("texts").codec(Text).ttl("1h").build().unwrap();
        (numbers, texts, root.namespace::<f64>("plain").build().unwrap())
    };
    let whole = root(&clock);
    let (numbers, texts, plain) = spaces(&whole);
    numbers.insert("k", 7);
    texts.insert("k", "seven".to_owned());
    texts.with(&fetchwell::Policy::new().tags(["t"])).unwrap().insert("tagged", "x".to_owned());
    plain.insert("k", 7.0);
    let log = Log::of(&whole);
    whole.save_to(folder.path()).unwrap();
    assert_eq!(log.take(), ["error needs-codec snapshot"], "one namespace has no codec");

    let again = root(&clock);
    let (numbers, texts, plain) = spaces(&again);
    assert_eq!(again.restore_from(folder.path()).unwrap().restored, 3);
    assert_eq!((numbers.get("k"), texts.get("k").as_deref(), plain.get("k")), (Some(7), Some("seven"), None));
    assert_eq!(texts.invalidate_tag("t"), 1, "tags travel");

    let third = root(&clock);
    let texts = third.namespace::<String>("texts").codec(Text).build().unwrap();
    let restored = third.restore_from(folder.path()).unwrap();
    assert_eq!((restored.restored, restored.skipped), (2, 1), "a namespace that was not made is skipped");
    assert_eq!((third.len(), texts.len()), (2, 2));

    let fourth = root(&clock);
    let (numbers, texts, _) = spaces(&fourth);
    assert_eq!(numbers.restore_from(folder.path()).unwrap().restored, 1, "a namespace restores only itself");
    assert_eq!((numbers.len(), texts.len()), (1, 0));
}

#[test]
fn a_value_that_cannot_be_written_is_left_out_and_told_and_one_that_cannot_be_read_is_skipped() {
    let clock = ManualClock::new();
    let cache = filled(&clock);
    cache.insert("odd", 301);
    let errors = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&errors);
    let listening = cache.on(move |event: &Event| {
        if let What::Error { error, phase } = &event.what {
            noted.lock().unwrap().push((error.clone(), *phase));
        }
    });
    let bytes = cache.snapshot().unwrap();
    drop(listening);
    let errors = std::mem::take(&mut *errors.lock().unwrap());
    assert_eq!(errors.len(), 1);
    assert_eq!((errors[0].0.code(), errors[0].1), (Code::NeedsCodec, "snapshot"));
    assert!(errors[0].0.to_string().starts_with("1 value"), "{}", errors[0].0);
    assert_eq!(numbers(&clock).restore(&bytes).unwrap().restored, 3);

    let picky = Cache::builder().clock(clock).codec(Picky).build().unwrap();
    let restored = picky.restore(&bytes).unwrap();
    assert_eq!((restored.restored, restored.skipped, picky.get("b")), (2, 1, None));
}

#[test]
fn without_a_codec_there_are_no_snapshots() {
    let cache = Cache::<u32>::builder().build().unwrap();
    for error in [cache.snapshot().unwrap_err(), cache.restore(b"").unwrap_err(), cache.save_to("x").unwrap_err()] {
        assert_eq!((error.code(), error.field()), (Code::NeedsCodec, Some("codec")));
    }
    assert!(!Path::new("x").exists());
}

#[test]
fn partitions_travel_and_stay_apart() {
    let clock = ManualClock::new();
    let cache = numbers(&clock);
    for (number, name) in ["ada", "bob"].into_iter().enumerate() {
        cache.partition(name).insert("me", u32::try_from(number).unwrap());
    }
    cache.insert("me", 50);
    let all = cache.snapshot().unwrap();
    let again = numbers(&clock);
    assert_eq!(again.restore(&all).unwrap().restored, 3);
    let seen = [again.partition("ada").get("me"), again.partition("bob").get("me"), again.get("me")];
    assert_eq!(seen, [Some(0), Some(1), Some(50)]);
    let only_ada = numbers(&clock);
    assert_eq!(only_ada.restore(&cache.partition("ada").snapshot().unwrap()).unwrap().restored, 1);
    assert_eq!((only_ada.partition("ada").get("me"), only_ada.get("me"), only_ada.len()), (Some(0), None, 1));
}

#[test]
fn nothing_expired_comes_back_and_nothing_newer_is_replaced() {
    let clock = ManualClock::at(Timestamp(1_000_000));
    let cache = filled(&clock);
    cache.touch_for("b", "10m").unwrap();
    let bytes = cache.snapshot().unwrap();
    clock.advance("30m");
    let again = numbers(&clock);
    again.insert("a", 77);
    let restored = again.restore(&bytes).unwrap();
    assert_eq!((restored.restored, restored.skipped), (1, 2));
    assert_eq!(["a", "b", "c"].map(|key| again.get(key)), [Some(77), None, Some(300)]);
    clock.advance("30m");
    assert_eq!(numbers(&clock).restore(&bytes).unwrap().restored, 0);
}

#[test]
fn bounds_hold_while_a_snapshot_is_restored() {
    let clock = ManualClock::new();
    let bytes = filled(&clock).snapshot().unwrap();
    let small = Cache::builder().max_entries(2).clock(clock).codec(Decimal).build().unwrap();
    let restored = small.restore(&bytes).unwrap();
    assert_eq!((restored.restored, restored.skipped, small.len()), (2, 1, 2));
}

#[test]
fn a_restore_into_a_full_cache_evicts_nobody_and_brings_the_newest_back_however_many_there_are() {
    let clock = ManualClock::at(Timestamp(1_000_000));
    let built = |most| Cache::builder().max_entries(most).clock(clock.clone()).codec(Decimal).build().unwrap();
    let (from, to) = (built(5_000), built(4_000));
    for number in 0..5_000 {
        clock.advance("1ms");
        from.insert(format!("{}", number * 7_919 % 5_000), 10);
    }
    let bytes = from.snapshot().unwrap();
    clock.advance("1s");
    for number in 0..1_000 {
        to.insert(format!("{}", number * 7_919 % 5_000), 20);
    }
    let restored = to.restore(&bytes).unwrap();
    assert_eq!((restored.restored, restored.skipped, to.len()), (3_000, 2_000, 4_000));
    for number in 0..5_000 {
        let right = [Some(20), None, Some(10)][usize::from(number >= 1_000) + usize::from(number >= 2_000)];
        assert_eq!(to.get(format!("{}", number * 7_919 % 5_000)), right, "{number}");
    }
}

#[test]
fn a_cache_that_is_switched_off_restores_nothing() {
    let clock = ManualClock::new();
    let bytes = filled(&clock).snapshot().unwrap();
    let off = Cache::builder().enabled(false).clock(clock).codec(Decimal).build().unwrap();
    let restored = off.restore(&bytes).unwrap();
    assert_eq!((restored.restored, restored.skipped, off.len(), off.get("a")), (0, 3, 0, None));
}

#[test]
fn subscribers_and_listeners_hear_of_what_is_restored() {
    let clock = ManualClock::new();
    let bytes = filled(&clock).snapshot().unwrap();
    let again = numbers(&clock);
    let heard = Runs::default();
    let counted = heard.clone();
    let subscribed = again.subscribe("a", move || _ = counted.one());
    again.restore(&bytes).unwrap();
    drop(subscribed);
    assert_eq!(heard.count(), 1, "what `get` answers has changed");
}

#[test]
fn a_value_that_was_saved_with_a_window_is_loaded_by_who_asks_where_nothing_can_be_done_behind_him() {
    let (world, origin) = (World::new(), Origin::new());
    let built =
        |cache: fetchwell::Builder<usize>| cache.ttl("1m").clock(world.clock.clone()).codec(Whole).build().unwrap();
    let with_runtime = built(Cache::builder().swr("1h").runtime(world.runtime()));
    with_runtime.insert("a", 100);
    let bytes = with_runtime.snapshot().unwrap();
    let without = built(Cache::builder());
    assert_eq!(without.restore(&bytes).unwrap().restored, 1);
    world.pass("2m");
    assert_eq!((world.run(origin.caller(&without, "a")).unwrap(), without.get("a")), (1, Some(1)));
    assert_eq!((without.stats().loads, origin.asked.count(), without.loads_in_flight()), (1, 1, 0));
}

#[cfg(feature = "serde")]
#[test]
fn values_that_serde_knows_are_written_as_json_and_another_shape_is_skipped() {
    #[derive(Clone, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
    struct Book {
        title: String,
    }
    let clock = ManualClock::new();
    let books = Cache::<Book>::builder().clock(clock.clone()).codec(fetchwell::Json).build().unwrap();
    books.insert("7", Book { title: "Emma".into() });
    let bytes = books.snapshot().unwrap();
    assert!(bytes.windows(16).any(|part| part == br#"{"title":"Emma"}"#));
    let other = Cache::<Vec<u8>>::builder().clock(clock).codec(fetchwell::Json).build().unwrap();
    assert_eq!((other.restore(&bytes).unwrap().skipped, other.len()), (1, 0));
}
