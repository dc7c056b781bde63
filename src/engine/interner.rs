//! Things that many entries share (tag names, lifetimes, partition names), held once each and counted.

use super::pages::{NoMemory, Pages};
use super::table::Table;

#[derive(Debug)]
struct Shared<T> {
    thing: Option<T>,
    uses: u32,
    hash: u64,
    next_free: u32,
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self { thing: None, uses: 0, hash: 0, next_free: NONE }
    }
}

const NONE: u32 = u32::MAX;

/// Equal things get one number, which stays theirs while somebody uses it.
#[derive(Debug)]
pub(super) struct Interner<T> {
    things: Pages<Shared<T>>,
    table: Table,
    free: u32,
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Self { things: Pages::default(), table: Table::default(), free: NONE }
    }
}

impl<T> Interner<T> {
    /// How many different things are in use.
    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    pub(super) fn find(&self, hash: u64, is_it: impl Fn(&T) -> bool) -> Option<u32> {
        self.table.find(hash, |number| self.get(number).is_some_and(&is_it))
    }

    /// The number of the thing for which `is_it` says yes, with one more use; made anew if there is none.
    pub(super) fn take(
        &mut self,
        hash: u64,
        is_it: impl Fn(&T) -> bool,
        make: impl FnOnce() -> Result<T, NoMemory>,
    ) -> Result<u32, NoMemory> {
        if let Some(number) = self.find(hash, is_it) {
            self.retain(number);
            return Ok(number);
        }
        let thing = make()?;
        self.table.make_room(hash)?;
        let number = if self.free == NONE { self.things.add()? } else { self.free };
        self.table.insert_here(hash, number);
        let shared = self.things.at_mut(number);
        if self.free == number {
            self.free = shared.next_free;
        }
        *shared = Shared { thing: Some(thing), uses: 1, hash, next_free: NONE };
        Ok(number)
    }

    pub(super) fn retain(&mut self, number: u32) {
        let shared = self.things.at_mut(number);
        shared.uses = shared.uses.saturating_add(1);
    }

    /// One use less. After the last one the thing is handed back.
    pub(super) fn release(&mut self, number: u32) -> Option<T> {
        let shared = self.things.at_mut(number);
        shared.uses = shared.uses.saturating_sub(1);
        if shared.uses > 0 {
            return None;
        }
        let thing = shared.thing.take()?;
        self.table.remove(shared.hash, number);
        shared.next_free = self.free;
        self.free = number;
        Some(thing)
    }

    #[inline]
    pub(super) fn get(&self, number: u32) -> Option<&T> {
        if (number as usize) < self.things.len() { self.things.at(number).thing.as_ref() } else { None }
    }

    pub(super) fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        self.things.at_mut(number).thing.as_mut()
    }

    /// Everything in use, with its number and how often it is used.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &T, u32)> {
        self.things
            .iter()
            .filter_map(|(number, shared)| shared.thing.as_ref().map(|thing| (number, thing, shared.uses)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_lives_as_long_as_somebody_uses_it() {
        let mut names = Interner::<String>::default();
        let take = |names: &mut Interner<String>, name: &str| {
            names.take(name.len() as u64, |held| held == name, || Ok(name.to_owned())).unwrap()
        };
        let red = take(&mut names, "red");
        assert_eq!(take(&mut names, "red"), red);
        let tan = take(&mut names, "tan");
        assert_ne!(tan, red, "the same hash, another name");
        assert_eq!(names.release(red), None);
        assert_eq!(names.release(red), Some("red".to_owned()));
        assert_eq!(names.len(), 1);
        assert_eq!(take(&mut names, "blue"), red, "its number is free again");
        assert_eq!(names.get(tan).map(String::as_str), Some("tan"));
    }
}
