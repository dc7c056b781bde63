//! Snapshots: what is held, as bytes or as a file, and back.

use super::Cache;
use crate::engine::{Partition, Record, Restored, Selector, SnapshotError, Timestamp, decode, encode};
use crate::error::{Code, Error};
use crate::native::body::{Body, Core};
use crate::native::events::{Event, What};
use crate::native::file;
use crate::native::form::Form;
use crate::native::space::{AnyCodec, Held, Reach};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

impl<V: Send + Sync + 'static, F: Form<V>> Cache<V, F> {
    /// What is held, as bytes: this namespace, or a root with all of its namespaces that have a codec. The same content gives the same
    /// bytes. Values that cannot be written are left out, with an `Error` event. Use it to hand a warm cache on.
    pub fn snapshot(&self) -> Result<Vec<u8>, Error> {
        self.needs_codec()?;
        let copies = self.body.change(|core, now| {
            let scope = self.spot.scope(Reach::Whole, &mut core.store);
            let mut copies = Vec::new();
            core.store
                .each_record(scope, Selector::All, now, now.0, |held, record| copies.push(Copy::of(&record, held)));
            copies
        });
        // Codecs are the user's code, and sorting a million records takes its time: both after the lock.
        let codecs = codecs(&self.body);
        let bytes: Vec<Option<Vec<u8>>> =
            copies.iter().map(|copy| (codecs.get(&copy.namespace)?.encode)(&*copy.held.value)).collect();
        let left_out = bytes.iter().filter(|bytes| bytes.is_none()).count();
        if left_out > 0 {
            let error = Error::new(
                Code::NeedsCodec,
                format!("{left_out} values were left out of a snapshot: they could not be written"),
            );
            let namespace = Arc::clone(&self.spot.space.name);
            self.body.tell_all(&[Event { namespace, what: What::Error { error, phase: "snapshot" } }]);
        }
        let written = copies.iter().zip(&bytes).filter_map(|(copy, value)| Some(copy.record(value.as_deref()?)));
        Ok(encode(written.collect()))
    }

    /// Puts the entries of a snapshot back. Each keeps its own deadline; nothing newer is replaced, nothing expired revived; namespaces
    /// that were not made yet, or have no codec, are skipped, and on a handle on a partition all others are. Damaged bytes, and those of
    /// another version, change nothing. Nobody is evicted for it: the newest take the room there is, the others are skipped. Use it at
    /// start, after the namespaces were made.
    pub fn restore(&self, bytes: &[u8]) -> Result<Restored, Error> {
        self.needs_codec()?;
        let codecs = codecs(&self.body);
        let own = &self.spot.space.name;
        let mut records = decode(bytes).map_err(told)?;
        // The newest take the room there is, whichever of them come at a time.
        records.sort_by_key(|record| Reverse(record.created_at));
        let all = records.len();
        if !self.body.enabled {
            return Ok(Restored { restored: 0, skipped: all });
        }
        let mut values: Vec<Held> = Vec::new();
        let mut numbers: Vec<[u8; 8]> = Vec::new();
        let mut wanted = Vec::new();
        for record in records {
            // A root restores all its namespaces, a namespace only itself; a handle on a partition only that one.
            let own_partition = self.spot.partition.as_deref();
            let concerns = (own.is_empty() || *record.namespace == **own)
                && (own_partition.is_none() || own_partition == record.partition);
            let value =
                codecs.get(record.namespace).filter(|_| concerns).and_then(|codec| (codec.decode)(record.value));
            if let Some(value) = value {
                numbers.push((values.len() as u64).to_le_bytes());
                values.push(Held { value, weight: record.weight, load_ms: 0 });
                wanted.push(record);
            }
        }
        let numbered = wanted.iter().zip(&numbers).map(|(record, value)| Record { value, ..record.clone() });
        let numbered: Vec<Record<'_>> = numbered.collect();
        let mut restored = 0;
        // A few at a time, so that readers come in between.
        for (some, known) in numbered.chunks(AT_A_TIME).zip(wanted.chunks(AT_A_TIME).zip(values.chunks(AT_A_TIME))) {
            let skeleton = encode(some.to_vec());
            self.body.change_telling(|core, now, events| {
                let value_of = |value: &[u8]| values.get(number(value)?).cloned();
                restored += core.store.restore(&skeleton, now, now.0, value_of).map_err(told)?.restored;
                if self.body.is_watched() {
                    let (records, helds) = known;
                    let back = records.iter().zip(helds).filter(|(record, held)| is_back(core, record, held, now));
                    events.extend(back.filter_map(|(record, _)| came_back(core, record)));
                }
                Ok(())
            })?;
        }
        Ok(Restored { restored, skipped: all - restored })
    }

    /// Writes a snapshot to a file in one step: written beside, synced, renamed. Whoever reads it, even after a crash in the middle, finds
    /// the old one or the new one. It blocks; in async code call it through `spawn_blocking`. Use it at shutdown, and now and then.
    pub fn save_to(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        file::write_whole(path.as_ref(), &self.snapshot()?)
    }

    /// Puts back what `save_to` wrote. A file that is not there restores nothing; one that is torn, damaged or of another version is an
    /// error, and the cache starts empty. Use it at start.
    ///
    /// ```
    /// # #[cfg(feature = "serde")] {
    /// use fetchwell::{Cache, Json};
    ///
    /// let path = std::env::temp_dir().join(format!("fetchwell-example-{}", std::process::id()));
    /// let books = Cache::<String>::builder().codec(Json).build()?;
    /// books.insert("books:7", "Emma".to_string());
    /// books.save_to(&path)?;
    ///
    /// let after_a_restart = Cache::<String>::builder().codec(Json).build()?;
    /// assert_eq!(after_a_restart.restore_from(&path)?.restored, 1);
    /// assert_eq!(after_a_restart.get("books:7").as_deref(), Some("Emma"));
    /// # std::fs::remove_file(path).unwrap();
    /// # }
    /// # Ok::<(), fetchwell::Error>(())
    /// ```
    pub fn restore_from(&self, path: impl AsRef<Path>) -> Result<Restored, Error> {
        match file::read_if_there(path.as_ref())? {
            Some(bytes) => self.restore(&bytes),
            None => Ok(Restored::default()),
        }
    }

    /// A root needs a codec somewhere, a namespace its own.
    fn needs_codec(&self) -> Result<(), Error> {
        let own = &self.spot.space;
        let has = if own.name.is_empty() { !codecs(&self.body).is_empty() } else { own.codec.is_some() };
        if has {
            return Ok(());
        }
        let message =
            if own.name.is_empty() { "no namespace of this cache has a codec" } else { "the namespace has no codec" };
        Err(Error::about("codec", Code::NeedsCodec, format!("{message} to write its values with")))
    }
}

/// How many entries are restored at a time.
const AT_A_TIME: usize = 1_024;

/// An entry, taken out of the lock.
struct Copy {
    namespace: Box<str>,
    partition: Option<Box<str>>,
    key: Box<str>,
    tags: Vec<Box<str>>,
    held: Held,
    /// The rest of it, which borrows nothing.
    rest: Record<'static>,
}

impl Copy {
    fn of(record: &Record<'_>, held: &Held) -> Self {
        let rest = Record {
            created_at: record.created_at,
            deadline: record.deadline,
            ttl: record.ttl,
            tti: record.tti,
            idle_since: record.idle_since,
            swr: record.swr,
            stale_if_error: record.stale_if_error,
            grace: record.grace,
            dormant: record.dormant,
            soft: record.soft,
            weight: record.weight,
            ..Record::default()
        };
        Self {
            namespace: record.namespace.into(),
            partition: record.partition.map(Into::into),
            key: record.key.into(),
            tags: record.tags.iter().map(|tag| Box::from(*tag)).collect(),
            held: held.clone(),
            rest,
        }
    }

    fn record<'a>(&'a self, value: &'a [u8]) -> Record<'a> {
        let (namespace, partition, key) = (&*self.namespace, self.partition.as_deref(), &*self.key);
        let tags = self.tags.iter().map(|tag| &**tag).collect();
        Record { namespace, partition, key, tags, value, ..self.rest.clone() }
    }
}

fn codecs(body: &Body) -> HashMap<Box<str>, AnyCodec> {
    let (core, _) = body.look();
    let with_codec = core.spaces.iter().filter_map(|space| Some((Box::from(&*space.name), space.codec.clone()?)));
    with_codec.collect()
}

/// Is an entry that a snapshot brought held now?
fn is_back(core: &Core, record: &Record<'_>, held: &Held, now: Timestamp) -> bool {
    let partition = record.partition.map_or(Partition::Shared, Partition::Named);
    let space = core.spaces.iter().find(|space| *space.name == *record.namespace);
    let place = space.and_then(|space| core.store.find_place(space.namespace, partition));
    let entry = place.and_then(|place| core.store.entry(place, record.key, now));
    entry.is_some_and(|entry| Arc::ptr_eq(&entry.value.value, &held.value))
}

/// The event of an entry that a snapshot brought.
fn came_back(core: &Core, record: &Record<'_>) -> Option<Event> {
    let space = core.spaces.iter().find(|space| *space.name == *record.namespace)?;
    let what = What::Set { key: record.key.into(), bytes: record.weight };
    Some(Event { namespace: Arc::clone(&space.name), what })
}

fn number(bytes: &[u8]) -> Option<usize> {
    usize::try_from(u64::from_le_bytes(bytes.try_into().ok()?)).ok()
}

fn told(error: SnapshotError) -> Error {
    let code = match error {
        SnapshotError::Version { .. } => Code::SnapshotVersion,
        SnapshotError::Damaged => Code::SnapshotDamaged,
        SnapshotError::NoMemory => Code::SnapshotNoMemory,
    };
    Error::new(code, error.to_string())
}
