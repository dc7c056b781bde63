//! Snapshot bytes: any at all, some with a right checksum, and some that were written from records.

use super::bytes::Bytes;
use fetchwell::engine::{
    Bounds, Config, Freshness, Record, Scope, Selector, SnapshotError, Store, Timestamp, decode, encode,
};
use siphasher::sip::SipHasher13;

const TEXTS: [&str; 8] = ["", "a", "b", "a:b", "books:7", "é", "\0", "shop"];

/// # Panics
///
/// When reading panics, when what was read is not written as it was, or when a store that took it in is broken.
pub fn snapshot(data: &[u8]) {
    let mut bytes = Bytes(data);
    let mode = bytes.below(3);
    let (now, wall) = (Timestamp(bytes.number()), bytes.number());
    let snapshot = match mode {
        0 => bytes.0.to_vec(),
        1 => with_checksum(bytes.0),
        _ => written(&mut bytes),
    };
    match decode(&snapshot) {
        Ok(records) => assert_eq!(encode(records), snapshot, "what was read is written as it was"),
        Err(SnapshotError::Version { found }) => assert_ne!(found, 1),
        Err(SnapshotError::Damaged | SnapshotError::NoMemory) => assert!(mode != 2, "it was written by `encode`"),
    }
    for bounds in
        [Bounds::default(), Bounds::entries(2), Bounds { max_entries: 5, max_bytes: 400, max_entry_bytes: 100 }]
    {
        restore(&snapshot, bounds, now, wall);
    }
}

/// A right beginning, whatever bytes, and a checksum that is right for them.
fn with_checksum(body: &[u8]) -> Vec<u8> {
    let mut snapshot = b"FWSN\x01\0".to_vec();
    snapshot.extend(body);
    let checksum = SipHasher13::new_with_keys(0, 0).hash(&snapshot);
    snapshot.extend(checksum.to_le_bytes());
    snapshot
}

/// Records of any content, written.
fn written(bytes: &mut Bytes<'_>) -> Vec<u8> {
    let mut records = vec![];
    while !bytes.is_empty() {
        let mut text = || TEXTS[usize::from(bytes.below(8))];
        let (namespace, partition, key, tag) = (text(), text(), text(), text());
        let flags = bytes.byte();
        let has = |bit: u8| flags >> bit & 1 == 1;
        let tags = if has(3) { vec![tag, key, tag] } else { vec![] };
        let count = usize::from(bytes.below(20));
        records.push(Record {
            namespace: if has(4) { namespace } else { "" },
            partition: has(0).then_some(partition),
            key,
            created_at: bytes.number(),
            deadline: has(1).then(|| bytes.number()),
            ttl: has(2).then(|| bytes.number()),
            tti: if has(5) { bytes.number() } else { 0 },
            idle_since: bytes.number(),
            swr: bytes.number(),
            stale_if_error: bytes.number(),
            grace: bytes.number(),
            dormant: has(6),
            soft: has(7),
            weight: bytes.number(),
            tags,
            value: bytes.take(count),
        });
    }
    encode(records)
}

fn restore(snapshot: &[u8], bounds: Bounds, now: Timestamp, wall: u64) {
    let mut store = Store::<Vec<u8>>::new(Config { bounds, ..Config::default() });
    let result = store.restore(snapshot, now, wall, |value| Some(value.to_vec()));
    let checked = store.check();
    assert_eq!(checked, Ok(()), "after {result:?}");
    let Ok(result) = result else {
        assert!(store.is_empty(), "damaged bytes change nothing");
        return;
    };
    assert!(result.restored >= store.len());
    // What can be read now is fresh or in a window.
    for entry in store.entries(Scope::All, Selector::All, now) {
        let right = match entry.state {
            Freshness::Fresh => entry.remaining.is_none_or(|left| left > 0),
            Freshness::Stale => entry.remaining.is_some_and(|left| left <= 0),
        };
        assert!(right, "{entry:?}");
    }
    let again = store.snapshot(Scope::All, Selector::All, now, wall, |value| Some(value.clone()));
    assert!(decode(&again.bytes).is_ok_and(|records| records.len() == again.entries));
    // And once more: a store made of it says the same.
    let mut other = Store::<Vec<u8>>::new(Config { bounds, ..Config::default() });
    other.restore(&again.bytes, now, wall, |value| Some(value.to_vec())).expect("it was written by a store");
    let third = other.snapshot(Scope::All, Selector::All, now, wall, |value| Some(value.clone()));
    assert_eq!(third.bytes, again.bytes, "the same content gives the same bytes");
    // The application comes to want narrower bounds for what was brought.
    for name in &TEXTS[1..] {
        let own = Bounds { max_entries: 1, max_bytes: 200, max_entry_bytes: 50 };
        let namespace = store.namespace(name, Some(own)).expect("nobody asked for it before");
        let (entries, bytes) = store.size_of(Scope::Namespace(namespace));
        assert!(entries <= 1 && bytes <= 200, "{name:?} holds {entries} entries of {bytes} bytes");
        assert_eq!(store.check(), Ok(()));
    }
    store.clear(Scope::All, now);
    let checked = store.check();
    assert_eq!((store.len(), store.bytes(), checked), (0, 0, Ok(())));
}
