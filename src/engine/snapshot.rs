//! The bytes of a snapshot: what a cache writes to a file and reads back after a restart.
//!
//! ```text
//! "FWSN"  version: u16, little-endian  count  record…  checksum: u64, little-endian
//! record: flags: u8  namespace  [partition]  key  created_at  [deadline]  [ttl]
//!         tti  idle_since  swr  stale_if_error  grace  weight  count  tag…  value
//! ```
//!
//! Numbers are LEB128, in the fewest bytes; texts and the value are their length and their bytes.
//! What is in brackets is there if its flag is set. The checksum is SipHash-1-3 with a key of zeros
//! over all bytes before it: it finds damage, not forgery, and a snapshot is to be trusted as far
//! as the place it is kept in.
//!
//! Same content, same bytes: records are in the order of their names, tags in their own, and
//! anything written otherwise counts as damaged.

use core::error::Error;
use core::fmt;
use core::hash::Hasher;
#[cfg(target_arch = "wasm32")]
use std::collections::BinaryHeap;

use siphasher::sip::SipHasher13;

use super::pages::{NoMemory, put};

const MAGIC: &[u8; 4] = b"FWSN";
const VERSION: u16 = 1;

const HAS_PARTITION: u8 = 1;
const HAS_DEADLINE: u8 = 1 << 1;
const HAS_TTL: u8 = 1 << 2;
const DORMANT: u8 = 1 << 3;
const SOFT: u8 = 1 << 4;
const ALL_FLAGS: u8 = HAS_PARTITION | HAS_DEADLINE | HAS_TTL | DORMANT | SOFT;

/// One entry as a snapshot holds it. Use it to look into a snapshot or to make one without a store;
/// [`Store::snapshot`](super::Store::snapshot) and `restore` fill and read theirs themselves.
///
/// Times are wall-clock milliseconds since 1970, spans are milliseconds; idle time, windows and grace are
/// for ever if they are `u64::MAX`.
///
/// ```
/// use fetchwell::engine::{Config, Insert, Place, Record, Scope, Selector, SnapshotError, Store, Timestamp, decode};
///
/// let mut store = Store::new(Config::default());
/// let _ = store.insert(Place::ROOT, "books:7", "Emma", Insert::weighing(4), Timestamp(0));
/// let wall = 1_767_225_600_000; // the time of day at `Timestamp(0)`
/// let saved = store.snapshot(Scope::All, Selector::All, Timestamp(0), wall, |title| Some(title.as_bytes().to_vec()));
/// let emma = Record { key: "books:7", created_at: wall, weight: 4, value: b"Emma", ..Record::default() };
/// assert_eq!(decode(&saved.bytes)?, [emma]);
/// # Ok::<(), SnapshotError>(())
/// ```
// The order of the fields is the order of records: by name, then the older before the newer.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Record<'a> {
    /// The namespace; the root's is empty.
    pub namespace: &'a str,
    /// The partition; `None` is the shared one, which is not the one named `""`.
    pub partition: Option<&'a str>,
    /// The key within both.
    pub key: &'a str,
    /// When the value was stored.
    pub created_at: u64,
    /// When its lifetime ends; `None` is never.
    pub deadline: Option<u64>,
    /// The lifetime it was stored with; `None` is for ever.
    pub ttl: Option<u64>,
    /// How long it may lie idle; 0 is no such rule.
    pub tti: u64,
    /// Since when it lies idle.
    pub idle_since: u64,
    /// How long past its deadline it may answer while it is refreshed.
    pub swr: u64,
    /// How long past its deadline it may answer when the load fails.
    pub stale_if_error: u64,
    /// How long past its deadline an entry made stale by an invalidation serves `getStale`.
    pub grace: u64,
    /// Whether it may be kept past every window, for revalidation only.
    pub dormant: bool,
    /// Whether an invalidation made it stale.
    pub soft: bool,
    /// Its weight in bytes.
    pub weight: u64,
    /// Its tags, in any order; [`decode`] gives them sorted.
    pub tags: Vec<&'a str>,
    /// Its value, in whatever form the caller writes values.
    pub value: &'a [u8],
}

/// Why bytes are no snapshot. Either way start with an empty cache; use it to tell an upgrade from a damaged file.
///
/// ```
/// use fetchwell::engine::{SnapshotError, decode};
/// assert_eq!(decode(b"FWSN\x02\x00"), Err(SnapshotError::Version { found: 2 }));
/// assert_eq!(decode(b"not a snapshot"), Err(SnapshotError::Damaged));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SnapshotError {
    /// Another version of this library wrote it.
    Version {
        /// The version of the format that was found.
        found: u16,
    },
    /// It is not as it was written, or was never a snapshot.
    Damaged,
    /// There was no memory to read it. Nothing was read; it may be tried again.
    NoMemory,
}

/// Writes a snapshot. Of records of one name the newest is kept; the order in which they come does
/// not count. Use it in tools that have no store; with one, use [`Store::snapshot`](super::Store::snapshot).
/// Without memory for them it gives no bytes at all, which are no snapshot.
///
/// ```
/// use fetchwell::engine::{Record, SnapshotError, decode, encode};
///
/// let record = Record { key: "books:7", created_at: 1_000, value: b"Dune", ..Record::default() };
/// let bytes = encode(vec![record.clone()]);
/// assert_eq!(decode(&bytes)?, [record]);
/// # Ok::<(), SnapshotError>(())
/// ```
pub fn encode(records: Vec<Record<'_>>) -> Vec<u8> {
    try_encode(records).unwrap_or_default()
}

/// The same, or nothing if there is no memory for it.
pub(super) fn try_encode(mut records: Vec<Record<'_>>) -> Result<Vec<u8>, NoMemory> {
    for record in &mut records {
        sort_few(&mut record.tags);
    }
    // By name, and the newest of one name last, whatever the order they came in: that one stays.
    // (In a page a heap, as it is 2 kB of wasm smaller than `sort`; on a server there may be a million.)
    #[cfg(target_arch = "wasm32")]
    let mut records = BinaryHeap::from(records).into_sorted_vec();
    #[cfg(not(target_arch = "wasm32"))]
    records.sort_unstable();
    records.dedup_by(|later, kept| {
        let same = later.name() == kept.name();
        if same {
            core::mem::swap(later, kept);
        }
        same
    });

    let mut out = Writer::default();
    out.raw(MAGIC);
    out.raw(&VERSION.to_le_bytes());
    out.number(records.len() as u64);
    for record in &records {
        record.write(&mut out);
    }
    let checksum = checksum(&out.bytes);
    out.raw(&checksum.to_le_bytes());
    if out.refused { Err(NoMemory) } else { Ok(out.bytes) }
}

/// Reads a snapshot, all of it or nothing; what it gives borrows from `bytes`. Use it to look into
/// one; to fill a store, use [`Store::restore`](super::Store::restore).
///
/// The version is looked at before the checksum, so that a snapshot of another version is told
/// from a damaged one. No bytes, however made, allocate more than in proportion to their number.
///
/// ```
/// use fetchwell::engine::{Record, SnapshotError, decode, encode};
///
/// let mut bytes = encode(vec![Record { key: "books:7", ..Record::default() }]);
/// assert_eq!(decode(&bytes)?[0].key, "books:7");
/// bytes[10] ^= 1;
/// assert_eq!(decode(&bytes), Err(SnapshotError::Damaged));
/// # Ok::<(), SnapshotError>(())
/// ```
pub fn decode(bytes: &[u8]) -> Result<Vec<Record<'_>>, SnapshotError> {
    let rest = bytes.strip_prefix(MAGIC).ok_or(SnapshotError::Damaged)?;
    let (version, _) = rest.split_first_chunk().ok_or(SnapshotError::Damaged)?;
    match u16::from_le_bytes(*version) {
        VERSION => {}
        found => return Err(SnapshotError::Version { found }),
    }
    let mut reader = Reader::of(bytes);
    let records = read_body(&mut reader);
    records.ok_or(if reader.refused { SnapshotError::NoMemory } else { SnapshotError::Damaged })
}

/// None is damage, here and below, unless memory was refused.
fn read_body<'a>(reader: &mut Reader<'a>) -> Option<Vec<Record<'a>>> {
    let (covered, sum) = reader.left.split_last_chunk()?;
    if u64::from_le_bytes(*sum) != checksum(covered) {
        return None;
    }
    reader.left = covered;
    reader.take(MAGIC.len())?;
    reader.take(size_of_val(&VERSION))?;
    let count = reader.number()?;
    // Grows with what is really there: the count alone reserves nothing.
    let mut records: Vec<Record<'_>> = Vec::new();
    for _ in 0..count {
        let record = Record::read(reader)?;
        if records.last().is_some_and(|last| last.name() >= record.name()) {
            return None;
        }
        reader.put(&mut records, record)?;
    }
    reader.left.is_empty().then_some(records)
}

/// Sorts and leaves out doubles by insertion: an entry has few tags, and `sort` would add 4 kB of
/// wasm.
fn sort_few(tags: &mut Vec<&str>) {
    for at in 1..tags.len() {
        let (sorted, rest) = tags.split_at_mut_checked(at).unwrap_or_default();
        let Some(tag) = rest.first_mut() else { return };
        let place = sorted.partition_point(|before| before <= tag);
        for behind in sorted.iter_mut().skip(place) {
            core::mem::swap(behind, tag);
        }
    }
    tags.dedup();
}

fn checksum(bytes: &[u8]) -> u64 {
    let mut hasher = SipHasher13::new_with_keys(0, 0);
    hasher.write(bytes);
    hasher.finish()
}

impl<'a> Record<'a> {
    fn name(&self) -> (&'a str, Option<&'a str>, &'a str) {
        (self.namespace, self.partition, self.key)
    }

    fn write(&self, out: &mut Writer) {
        let flag = |bit, set| if set { bit } else { 0 };
        out.raw(&[flag(HAS_PARTITION, self.partition.is_some())
            | flag(HAS_DEADLINE, self.deadline.is_some())
            | flag(HAS_TTL, self.ttl.is_some())
            | flag(DORMANT, self.dormant)
            | flag(SOFT, self.soft)]);
        out.sized(self.namespace.as_bytes());
        if let Some(partition) = self.partition {
            out.sized(partition.as_bytes());
        }
        out.sized(self.key.as_bytes());
        out.number(self.created_at);
        for number in self.deadline.iter().chain(&self.ttl) {
            out.number(*number);
        }
        out.number(self.tti);
        out.number(self.idle_since);
        out.number(self.swr);
        out.number(self.stale_if_error);
        out.number(self.grace);
        out.number(self.weight);
        out.number(self.tags.len() as u64);
        for tag in &self.tags {
            out.sized(tag.as_bytes());
        }
        out.sized(self.value);
    }

    fn read(reader: &mut Reader<'a>) -> Option<Self> {
        let flags = reader.byte()?;
        if flags & !ALL_FLAGS != 0 {
            return None;
        }
        let has = |bit| flags & bit != 0;
        // Fields of a struct expression are evaluated in the order they are written in.
        Some(Self {
            namespace: reader.text()?,
            partition: if has(HAS_PARTITION) { Some(reader.text()?) } else { None },
            key: reader.text()?,
            created_at: reader.number()?,
            deadline: if has(HAS_DEADLINE) { Some(reader.number()?) } else { None },
            ttl: if has(HAS_TTL) { Some(reader.number()?) } else { None },
            tti: reader.number()?,
            idle_since: reader.number()?,
            swr: reader.number()?,
            stale_if_error: reader.number()?,
            grace: reader.number()?,
            dormant: has(DORMANT),
            soft: has(SOFT),
            weight: reader.number()?,
            tags: reader.tags()?,
            value: reader.bytes()?,
        })
    }
}

/// What was written. Once memory for more of it was refused it is worth nothing.
#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
    refused: bool,
}

impl Writer {
    fn raw(&mut self, bytes: &[u8]) {
        if self.refused || self.bytes.try_reserve(bytes.len()).is_err() {
            self.refused = true;
            return;
        }
        self.bytes.extend_from_slice(bytes);
    }

    fn number(&mut self, mut number: u64) {
        loop {
            let low = (number & 0x7f) as u8;
            number >>= 7;
            if number == 0 {
                return self.raw(&[low]);
            }
            self.raw(&[low | 0x80]);
        }
    }

    fn sized(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.raw(bytes);
    }
}

/// What is still to be read, and whether memory for what was read was refused.
struct Reader<'a> {
    left: &'a [u8],
    refused: bool,
}

impl<'a> Reader<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        Self { left: bytes, refused: false }
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.left.split_at_checked(count)?;
        self.left = rest;
        Some(taken)
    }

    fn put<T>(&mut self, list: &mut Vec<T>, one: T) -> Option<()> {
        self.refused = put(list, one).is_err();
        (!self.refused).then_some(())
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    /// Refuses what does not fit into 64 bits, and more bytes than the number needs.
    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            let shifted = bits.unbounded_shl(shift);
            if shifted.unbounded_shr(shift) != bits {
                return None;
            }
            number |= shifted;
            if byte & 0x80 == 0 {
                return (byte != 0 || shift == 0).then_some(number);
            }
        }
        None
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let count = usize::try_from(self.number()?).ok()?;
        self.take(count)
    }

    fn text(&mut self) -> Option<&'a str> {
        core::str::from_utf8(self.bytes()?).ok()
    }

    fn tags(&mut self) -> Option<Vec<&'a str>> {
        let count = self.number()?;
        let mut tags: Vec<&str> = Vec::new();
        for _ in 0..count {
            let tag = self.text()?;
            if tags.last().is_some_and(|last| *last >= tag) {
                return None;
            }
            self.put(&mut tags, tag)?;
        }
        Some(tags)
    }
}

impl SnapshotError {
    /// The stable code. Use it in programs; `Display` is for people.
    ///
    /// ```
    /// use fetchwell::engine::SnapshotError;
    /// assert_eq!(SnapshotError::Version { found: 2 }.code(), "snapshot-version");
    /// ```
    pub fn code(&self) -> &'static str {
        match self {
            Self::Version { .. } => "snapshot-version",
            Self::Damaged => "snapshot-damaged",
            Self::NoMemory => "snapshot-no-memory",
        }
    }
}

impl fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version { found } => {
                write!(f, "the snapshot has version {found} of the format, this is version {VERSION}")
            }
            Self::Damaged => f.write_str("the snapshot is damaged"),
            Self::NoMemory => f.write_str("there is no memory to read the snapshot"),
        }
    }
}

impl Error for SnapshotError {}

#[cfg(test)]
mod tests;
