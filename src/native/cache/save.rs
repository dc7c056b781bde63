//! Snapshots: what is held, as bytes or as a file, and back.

use super::Cache;
use crate::engine::{Partition, Record, Restored, Selector, SnapshotError, Timestamp, decode, encode};
use crate::error::{Code, Error};
use crate::native::body::{Body, Core};
use crate::native::events::{Event, What};
use crate::native::file;
use crate::native::form::Form;
use crate::native::space::{AnyCodec, Held, Reach};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

impl<V: Send + Sync + 'static, F: Form<V>> Cache<V, F> {
    /// What is held, as bytes: this namespace, or a root with all of its namespaces that have a codec. The same content gives the same
    /// bytes. Values that cannot be written are left out, with an `Error` event. Use it to hand a warm cache on.
    pub fn snapshot(&self) -> Result<Vec<u8>, Error> {
        self.needs_codec()?;
        let mut values: Vec<Held> = Vec::new();
        // Under the lock each value is written as its number in a list; codecs are the user's code and run after it.
        let skeleton = self.body.change(|core, now| {
            let scope = self.spot.scope(Reach::Whole, &mut core.store);
            let numbered = |held: &Held| {
                values.push(held.clone());
                Some((values.len() as u64 - 1).to_le_bytes().to_vec())
            };
            core.store.snapshot(scope, Selector::All, now, now.0, numbered).bytes
        });
        let codecs = codecs(&self.body);
        if skeleton.is_empty() {
            return Err(told(SnapshotError::NoMemory));
        }
        let records = decode(&skeleton).map_err(told)?;
        let encoded: Vec<Option<Vec<u8>>> = records
            .iter()
            .map(|record| {
                let held = values.get(number(record.value)?)?;
                (codecs.get(record.namespace)?.encode)(&*held.value)
            })
            .collect();
        let left_out = encoded.iter().filter(|bytes| bytes.is_none()).count();
        if left_out > 0 {
            let error = Error::new(
                Code::NeedsCodec,
                format!("{left_out} values were left out of a snapshot: they could not be written"),
            );
            let namespace = Arc::clone(&self.spot.space.name);
            self.body.tell_all(&[Event { namespace, what: What::Error { error, phase: "snapshot" } }]);
        }
        let written = records
            .into_iter()
            .zip(&encoded)
            .filter_map(|(record, value)| Some(Record { value: value.as_deref()?, ..record }));
        Ok(encode(written.collect()))
    }

    /// Puts the entries of a snapshot back. Each keeps its own deadline; nothing newer is replaced, nothing expired revived; namespaces
    /// that were not made yet, or have no codec, are skipped, and on a handle on a partition all others are. Damaged bytes, and those of another version, change nothing. Use it at
    /// start, after the namespaces were made.
    pub fn restore(&self, bytes: &[u8]) -> Result<Restored, Error> {
        self.needs_codec()?;
        let codecs = codecs(&self.body);
        let own = &self.spot.space.name;
        let records = decode(bytes).map_err(told)?;
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
        let skeleton = encode(numbered.collect());
        let restored = self.body.change_telling(|core, now, events| {
            let restored =
                core.store.restore(&skeleton, now, now.0, |value| values.get(number(value)?).cloned()).map_err(told)?;
            if self.body.is_watched() {
                events
                    .extend(wanted.iter().zip(&values).filter_map(|(record, held)| came_back(core, record, held, now)));
            }
            Ok(restored)
        })?;
        Ok(Restored { skipped: all - restored.restored, ..restored })
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

    fn needs_codec(&self) -> Result<(), Error> {
        if codecs(&self.body).is_empty() {
            let message = "no namespace of this cache has a codec to write its values with";
            return Err(Error::about("codec", Code::NeedsCodec, message));
        }
        Ok(())
    }
}

fn codecs(body: &Body) -> HashMap<Box<str>, AnyCodec> {
    let (core, _) = body.look();
    let with_codec = core.spaces.iter().filter_map(|space| Some((Box::from(&*space.name), space.codec.clone()?)));
    with_codec.collect()
}

/// The event of an entry that a snapshot brought, if it is held now.
fn came_back(core: &Core, record: &Record<'_>, held: &Held, now: Timestamp) -> Option<Event> {
    let space = core.spaces.iter().find(|space| *space.name == *record.namespace)?;
    let place = core.store.find_place(space.namespace, record.partition.map_or(Partition::Shared, Partition::Named))?;
    let entry = core.store.entry(place, record.key, now)?;
    let what = What::Set { key: record.key.into(), bytes: record.weight };
    Arc::ptr_eq(&entry.value.value, &held.value).then(|| Event { namespace: Arc::clone(&space.name), what })
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
