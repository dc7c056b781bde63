//! Every invariant of the store, looked at from inside. Slow: for tests and fuzzing.

use super::Store;
use crate::engine::places::Held;
use crate::engine::time::Deadline;
use std::collections::{BTreeMap, BTreeSet};

impl<V> Store<V> {
    /// Looks at everything that must always be true; an error says in words what is not.
    ///
    /// Use it in tests and fuzz targets of code that drives a store.
    ///
    /// ```
    /// use fetchwell::engine::{Config, Store};
    /// assert_eq!(Store::<String>::new(Config::default()).check(), Ok(()));
    /// ```
    #[doc(hidden)]
    pub fn check(&self) -> Result<(), String> {
        self.check_bounds()?;
        self.check_namespaces()?;
        self.check_entries()?;
        self.check_indexes()?;
        self.places.check()?;
        self.loads.check()
    }

    /// Each namespace has its shared place, and holds what its places hold.
    fn check_namespaces(&self) -> Result<(), String> {
        for record in self.places.namespaces() {
            let places = || record.places.iter().map(|place| self.places.at(*place).held);
            let held =
                Held { entries: places().map(|held| held.entries).sum(), bytes: places().map(|held| held.bytes).sum() };
            if record.held != held
                || !record.places.iter().all(|place| self.places.live().any(|(live, _)| live == *place))
            {
                return Err(format!(
                    "namespace {:?} is said to hold {:?}, its places {held:?}",
                    record.name, record.held
                ));
            }
        }
        Ok(())
    }

    fn check_bounds(&self) -> Result<(), String> {
        if self.len() > self.bounds.max_entries || self.bytes > self.bounds.max_bytes {
            return Err(format!("{} entries and {} bytes are over {:?}", self.len(), self.bytes, self.bounds));
        }
        for record in self.places.namespaces() {
            if let Some(bounds) = record.bounds
                && (record.held.entries > bounds.max_entries.max(1) || record.held.bytes > bounds.max_bytes)
            {
                return Err(format!("namespace {:?} holds {:?}, over {bounds:?}", record.name, record.held));
            }
        }
        Ok(())
    }

    fn check_entries(&self) -> Result<(), String> {
        let mut held = BTreeMap::<u32, Held>::new();
        let (mut count, mut bytes, mut listed) = (0, 0, 0);
        for (number, slot) in self.entries.live() {
            let charge = self.charge(number);
            count += 1;
            bytes += charge;
            let here = held.entry(slot.place).or_default();
            here.entries += 1;
            here.bytes += charge;
            if self.find_in(slot.place, &slot.key) != Some(number) {
                return Err(format!("entry {number} ({:?}) cannot be found", slot.key));
            }
            let ends = !self.entries.course(number).end().is_never();
            // (The other way round holds as long as memory for a lane is never refused.)
            if self.expiry.is_listed(number) && !ends {
                return Err(format!("entry {number} is listed to die, and never ends"));
            }
        }
        let (mut known, mut struck) = (0, BTreeMap::<u32, usize>::new());
        for (number, slot) in self.entries.known() {
            known += 1;
            listed += usize::from(self.expiry.is_listed(number));
            if slot.struck {
                *struck.entry(slot.place).or_default() += 1;
            }
            if self.policy.standing_is_unknown(number) {
                return Err(format!("entry {number} stands in no queue"));
            }
        }
        if known != count + self.entries.struck() {
            return Err(format!("{known} entries known, {count} live, {} struck", self.entries.struck()));
        }
        if (count, bytes) != (self.len(), self.bytes) {
            return Err(format!("{count} entries of {bytes} bytes, counted {} of {}", self.len(), self.bytes));
        }
        let (queued, due) = (self.policy.check()?, self.expiry.check(|number| self.latest_end(number))?);
        if (queued, due) != (known, listed) {
            return Err(format!("{known} entries, {listed} of them to die; {queued} queued, {due} in lanes"));
        }
        for (number, place) in self.places.live() {
            if place.held != held.remove(&number).unwrap_or_default() {
                return Err(format!("place {number} is said to hold {:?}", place.held));
            }
            if place.struck != struck.remove(&number).unwrap_or_default() {
                return Err(format!("place {number} is said to have {} struck", place.struck));
            }
        }
        let (_, uses) = self.entries.terms_in_use();
        if uses != known {
            return Err(format!("{uses} uses of terms by {known} entries"));
        }
        if held.is_empty() { Ok(()) } else { Err(format!("entries in places that are not there: {held:?}")) }
    }

    /// When an entry ends at the latest: a dormant one by idle time alone.
    fn latest_end(&self, number: u32) -> Deadline {
        let course = self.entries.course(number);
        if course.kept.terms.dormant { course.idle_end() } else { course.end() }
    }

    fn check_indexes(&self) -> Result<(), String> {
        let memberships =
            self.tags.check(|number| self.entries.at(number).value.is_some() || self.entries.at(number).struck)?;
        let carried: usize = self.entries.known().map(|(number, _)| self.tags.of(number).count()).sum();
        if memberships != carried {
            return Err(format!("{memberships} in the tags' lists, {carried} carried"));
        }
        let live: BTreeSet<u32> = self.entries.live().map(|(number, _)| number).collect();
        for tree in [&self.by_place, &self.by_namespace].into_iter().flatten() {
            let indexed: BTreeSet<u32> = tree.all().collect();
            let struck_too = |number: &u32| self.entries.at(*number).struck;
            if !live.is_subset(&indexed) || !indexed.difference(&live).all(struck_too) {
                return Err(format!("{} entries indexed, {} held", indexed.len(), live.len()));
            }
        }
        Ok(())
    }
}
