//! Many threads at once: whatever they meet in, each value belongs to its key, nobody sees what was invalidated before, bounds hold.
#![cfg(not(target_arch = "wasm32"))]

mod native_support;

use fetchwell::engine::MissReason;
use fetchwell::{Cache, Load, ManualClock, Shared};
use native_support::Runs;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Barrier, mpsc};
use std::time::Duration;

const KEYS: usize = 24;
const WRITERS: usize = 2;
const READERS: usize = 3;
const ROUNDS: u64 = 30_000;

/// A key and a version of what is under it.
type Versioned = (usize, u64);

/// What the origin holds, and what nobody may see any more.
#[derive(Default)]
struct Truth {
    versions: [AtomicU64; KEYS],
    /// Everything older than this was invalidated by a call that has returned.
    floors: [AtomicU64; KEYS],
    loads: Runs,
    /// Requests that were answered.
    answers: AtomicU64,
    done: AtomicBool,
}

fn name(key: usize) -> String {
    format!("group:{}:{key}", key % 4)
}

/// A small generator: nothing here needs more.
fn next(seed: &mut u64) -> usize {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    usize::try_from(*seed >> 33).unwrap()
}

async fn ask(cache: &Cache<Versioned, Shared>, truth: &Arc<Truth>, key: usize, pauses: usize) -> Versioned {
    let origin = Arc::clone(truth);
    let load = move |_: Load<Versioned>| async move {
        origin.loads.one();
        let version = origin.versions[key].load(SeqCst);
        for _ in 0..pauses {
            smol::future::yield_now().await;
        }
        (key, version)
    };
    *cache.get_or_set(name(key), load).await.unwrap()
}

/// Each key has one writer, so that the newest version is what was written last.
fn write(cache: &Cache<Versioned, Shared>, truth: &Truth, writer: usize) {
    let mut seed = 0x9e37_79b9_7f4a_7c15 + writer as u64;
    for _ in 0..ROUNDS {
        let key = next(&mut seed) % (KEYS / WRITERS) * WRITERS + writer;
        let version = truth.versions[key].fetch_add(1, SeqCst) + 1;
        match next(&mut seed) % 9 {
            0 | 1 => _ = cache.invalidate(name(key)),
            2 => _ = cache.insert(name(key), (key, version)),
            3 => _ = cache.remove(name(key)),
            4 => _ = cache.invalidate_prefix(("group", key % 4)),
            5 => _ = cache.invalidate_tag(&format!("tag {key}")),
            6 => _ = cache.invalidate_matching(&format!("group:*:{key}")),
            7 => _ = cache.invalidate_where(|entry| entry.value.0 == key),
            _ => _ = cache.clear(),
        }
        truth.floors[key].store(version, SeqCst);
    }
}

fn read(cache: &Cache<Versioned, Shared>, truth: &Arc<Truth>, reader: usize) {
    let mut seed = 0xdead_beef_cafe_f00d + reader as u64;
    while !truth.done.load(SeqCst) {
        let key = next(&mut seed) % KEYS;
        let pauses = next(&mut seed) % 3;
        let floor = truth.floors[key].load(SeqCst);
        let (seen, answered) = match next(&mut seed) % 6 {
            0 => (cache.get(name(key)).map(|value| *value), true),
            1 => (cache.peek(name(key)).map(|value| *value), false),
            2 => {
                // Goes away while it waits.
                let seen = smol::block_on(smol::future::poll_once(ask(cache, truth, key, pauses)));
                (seen, seen.is_some())
            }
            3 => (cache.get_stale(name(key)).map(|value| *value), true),
            _ => (Some(smol::block_on(ask(cache, truth, key, pauses))), true),
        };
        truth.answers.fetch_add(u64::from(answered), SeqCst);
        if let Some((of, version)) = seen {
            assert_eq!(of, key, "a value under another key");
            assert!(version >= floor, "{key}: version {version}, but everything before {floor} was invalidated");
        }
        assert!(cache.len() <= 16 && cache.bytes() <= 8 << 10);
    }
}

/// Does it on a thread of its own: only if that hangs is there anything to wait for.
fn ends(work: impl FnOnce() + Send + 'static) {
    let (done, waits) = mpsc::channel();
    let worker = std::thread::spawn(move || {
        work();
        // Nobody may be left to hear it.
        let _ = done.send(());
    });
    match waits.recv_timeout(Duration::from_secs(60)) {
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("somebody waits for ever"),
        _ => worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
    }
}

#[test]
fn nobody_sees_what_was_invalidated_before_or_what_belongs_to_another_key() {
    ends(many_threads_read_and_write);
}

fn many_threads_read_and_write() {
    let clock = ManualClock::new();
    let cache = Cache::<Versioned>::builder().shared().ttl("1m").max_entries(16).max_bytes("8kb").clock(clock.clone());
    let cache = cache.tagger(|_, value| vec![format!("tag {}", value.0)]).build().unwrap();
    let truth = Arc::new(Truth::default());
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS).map(|writer| (writer, &cache, &truth)).collect();
        let writers: Vec<_> = writers
            .into_iter()
            .map(|(writer, cache, truth)| scope.spawn(move || write(cache, truth, writer)))
            .collect();
        for reader in 0..READERS {
            let (cache, truth) = (&cache, &truth);
            scope.spawn(move || read(cache, truth, reader));
        }
        scope.spawn(|| {
            while !truth.done.load(SeqCst) {
                clock.advance("700ms");
                let _ = (cache.stats(), cache.entries("group:1").len());
            }
        });
        let outcomes: Vec<_> = writers.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        truth.done.store(true, SeqCst);
        assert!(outcomes.iter().all(Result::is_ok));
    });
    let stats = cache.stats();
    assert_eq!(cache.loads_in_flight(), 0);
    assert_eq!(stats.hits + stats.misses, truth.answers.load(SeqCst), "each request counts once, when it is answered");
    assert_eq!(stats.misses, MissReason::ALL.iter().map(|reason| stats.misses_by(*reason)).sum::<u64>());
    assert_eq!((stats.loads, stats.entries), (truth.loads.count() as u64, cache.len()));
    assert_eq!((stats.load_errors, stats.fenced_to_be_safe), (0, 0));
}

#[test]
fn threads_that_ask_at_once_share_one_run() {
    ends(many_threads_ask_at_once);
}

fn many_threads_ask_at_once() {
    const THREADS: usize = 6;
    let (cache, runs) = (Cache::<u64>::builder().build().unwrap(), Runs::default());
    let together = Barrier::new(THREADS);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for round in 0..500_u64 {
                    together.wait();
                    let runs = runs.clone();
                    let load = move |_: Load<u64>| async move {
                        runs.one();
                        smol::future::yield_now().await;
                        round
                    };
                    assert_eq!(smol::block_on(cache.get_or_set(round, load)).unwrap(), round);
                }
            });
        }
    });
    let stats = cache.stats();
    assert_eq!((runs.count(), stats.loads, stats.sets), (500, 500, 500));
    assert_eq!(stats.hits + stats.misses, 500 * THREADS as u64);
    assert_eq!(stats.misses - stats.coalesced, 500);
}

#[test]
fn no_caller_is_forgotten_while_others_come_and_go() {
    ends(|| {
        let cache = Cache::<u64>::builder().ttl("0ms").build().unwrap();
        let done = AtomicBool::new(false);
        let load = |_: Load<u64>| async {
            smol::future::yield_now().await;
            smol::future::yield_now().await;
            7
        };
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while !done.load(SeqCst) {
                        // Drives the load a little, and leaves.
                        let _ = smol::block_on(smol::future::poll_once(cache.get_or_set("a", load)));
                    }
                });
            }
            let waiting = [(); 2].map(|()| {
                scope.spawn(|| {
                    for _ in 0..3_000 {
                        assert_eq!(smol::block_on(cache.get_or_set("a", load)).unwrap(), 7);
                    }
                })
            });
            let outcomes = waiting.map(std::thread::ScopedJoinHandle::join);
            done.store(true, SeqCst);
            assert!(outcomes.iter().all(Result::is_ok));
        });
        assert_eq!(cache.loads_in_flight(), 0);
    });
}

#[test]
fn listeners_come_and_go_while_others_write() {
    let cache = Cache::<u64>::builder().max_entries(8).build().unwrap();
    let (heard, done) = (Runs::default(), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| (0..5_000_u64).for_each(|number| _ = cache.insert(number % 20, number)));
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let (one, other) = (heard.clone(), heard.clone());
                    let listening = cache.on(move |_| _ = one.one());
                    let subscribed = cache.subscribe(3, move || _ = other.one());
                    cache.insert("own", 1);
                    drop((listening, subscribed));
                    if done.load(SeqCst) {
                        break;
                    }
                }
            });
        }
        writing.join().unwrap();
        done.store(true, SeqCst);
    });
    let before = heard.count();
    cache.insert(3, 1);
    assert_eq!(heard.count(), before, "all have ended");
    assert!(before > 0);
}
