//! Who is meant: the entries that a scope and a selector choose, at a cost that follows their number.

use super::Store;
use crate::engine::entries::Entries;
use crate::engine::glob::Pattern;
use crate::engine::key::is_segment_prefix;
use crate::engine::pages::{NoMemory, collected, put};
use crate::engine::places::Places;
use crate::engine::prefix::{PrefixTree, Sought, Spelling};
use crate::engine::scope::{Namespace, Scope, Selector};

/// In this many places a key is looked up one by one; in more, through the index over all places.
const FEW_PLACES: usize = 16;
/// A store this small is scanned rather than indexed.
const SMALL: usize = 256;

/// An index: what stands before the text of a key in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Order {
    ByPlace,
    ByNamespace,
}

/// Where to look: in one of the indexes, under each of these.
struct Ground {
    order: Order,
    heads: Vec<u32>,
}

/// Does a selector mean this key? A tag means none: no key tells its tags.
pub(super) fn suits(what: Selector<'_>, separator: &str, key: &str) -> Result<bool, NoMemory> {
    Ok(match what {
        Selector::All => true,
        Selector::Key(wanted) => key == wanted,
        Selector::Prefix(prefix) => key.starts_with(prefix),
        Selector::Segment(prefix) => is_segment_prefix(key, prefix, separator),
        Selector::Tag(_) => false,
        Selector::Glob(pattern) => Pattern::new(pattern, separator).matches(key)?,
    })
}

impl<V> Store<V> {
    /// The entries that are meant, dead ones included. May build an index. Without memory for the list, ask each entry whether it is
    /// meant: [`Self::is_meant`].
    pub(super) fn choose(&mut self, scope: Scope<'_>, what: Selector<'_>) -> Result<Vec<u32>, NoMemory> {
        let mut chosen = self.candidates(scope, what)?;
        let mut refused = false;
        chosen.retain(|number| {
            self.is_meant(*number, scope, what).unwrap_or_else(|NoMemory| {
                refused = true;
                false
            })
        });
        if refused { Err(NoMemory) } else { Ok(chosen) }
    }

    /// Those that are meant, each once, and not many others: those in other places, and those that a pattern begins like.
    fn candidates(&mut self, scope: Scope<'_>, what: Selector<'_>) -> Result<Vec<u32>, NoMemory> {
        let mut found = Vec::new();
        match what {
            Selector::All => self.all(scope, &mut found)?,
            Selector::Key(text) => self.spelled(scope, text, true, &mut found)?,
            Selector::Prefix(text) => self.spelled(scope, text, false, &mut found)?,
            Selector::Segment(text) => {
                self.spelled(scope, text, true, &mut found)?;
                if !self.separator.is_empty() {
                    let mut below = String::new();
                    below.try_reserve_exact(text.len() + self.separator.len())?;
                    below.push_str(text);
                    below.push_str(&self.separator);
                    self.spelled(scope, &below, false, &mut found)?;
                }
            }
            Selector::Tag(tag) => {
                let Some(hash) = self.keys.get() else { return Ok(found) };
                for number in self.tags.members(tag, hash) {
                    put(&mut found, number)?;
                }
            }
            Selector::Glob(text) => {
                let begins = Pattern::new(text, "");
                self.spelled(scope, begins.literal_prefix(), begins.is_literal(), &mut found)?;
            }
        }
        Ok(found)
    }

    /// Is an entry among those that [`Self::choose`] would choose? Only a long glob needs memory to tell.
    pub(super) fn is_meant(&self, number: u32, scope: Scope<'_>, what: Selector<'_>) -> Result<bool, NoMemory> {
        let slot = self.entries.at(number);
        if slot.value.is_none() || !self.places.reaches(scope, slot.place) {
            return Ok(false);
        }
        match what {
            Selector::Tag(tag) => Ok(self.tags.of(number).any(|carried| carried == tag)),
            _ => suits(what, &self.separator, &slot.key),
        }
    }

    /// Everything that belongs to credentials.
    pub(super) fn of_credentials(&mut self) -> Result<Vec<u32>, NoMemory> {
        let (mut heads, mut held) = (Vec::new(), 0);
        for (place, record) in self.places.live() {
            if record.held.entries > 0 && self.places.is_credentials(place) {
                held += record.held.entries;
                put(&mut heads, place)?;
            }
        }
        let mut found = Vec::new();
        self.all_on(&Ground { order: Order::ByPlace, heads }, held, &mut found)?;
        found.retain(|number| self.is_credentials(*number));
        Ok(found)
    }

    /// Is this an entry that belongs to credentials?
    pub(super) fn is_credentials(&self, number: u32) -> bool {
        let slot = self.entries.at(number);
        slot.value.is_some() && self.places.is_credentials(slot.place)
    }

    fn all(&mut self, scope: Scope<'_>, found: &mut Vec<u32>) -> Result<(), NoMemory> {
        let held = self.size_of(scope).0;
        let ground = self.ground(scope)?;
        self.all_on(&ground, held, found)
    }

    fn all_on(&mut self, ground: &Ground, held: usize, found: &mut Vec<u32>) -> Result<(), NoMemory> {
        match held {
            0 => Ok(()),
            // Most of what there is: an index would only be in the way.
            _ if held * 2 > self.entries.len() => self.scan("", false, found),
            _ => self.through_index(ground, "", false, found),
        }
    }

    fn spelled(&mut self, scope: Scope<'_>, text: &str, whole: bool, found: &mut Vec<u32>) -> Result<(), NoMemory> {
        if text.is_empty() && !whole {
            return self.all(scope, found);
        }
        let ground = self.ground(scope)?;
        if whole && ground.order == Order::ByPlace && ground.heads.len() <= FEW_PLACES {
            for place in ground.heads {
                if let Some(number) = self.find_in(place, text) {
                    put(found, number)?;
                }
            }
            return Ok(());
        }
        self.through_index(&ground, text, whole, found)
    }

    fn ground(&self, scope: Scope<'_>) -> Result<Ground, NoMemory> {
        let mut heads = Vec::new();
        let namespaces = match scope {
            Scope::All => 0..u32::try_from(self.places.namespaces().len()).unwrap_or(u32::MAX),
            Scope::Namespace(Namespace(number)) => number..number.saturating_add(1),
            Scope::Partition(partition) => {
                if let Some(hash) = self.keys.get() {
                    heads = collected(self.places.of(partition, hash))?;
                }
                return Ok(Ground { order: Order::ByPlace, heads });
            }
            Scope::Place(place) => {
                heads = collected(self.places.known(place).into_iter())?;
                return Ok(Ground { order: Order::ByPlace, heads });
            }
        };
        let within = || namespaces.clone().filter_map(|number| self.places.namespace(number));
        for place in within().flat_map(|namespace| &namespace.places) {
            if heads.len() == FEW_PLACES {
                return Ok(Ground { order: Order::ByNamespace, heads: collected(namespaces)? });
            }
            put(&mut heads, *place)?;
        }
        Ok(Ground { order: Order::ByPlace, heads })
    }

    fn through_index(
        &mut self,
        ground: &Ground,
        text: &str,
        whole: bool,
        found: &mut Vec<u32>,
    ) -> Result<(), NoMemory> {
        let (entries, places) = (&self.entries, &self.places);
        let spell = |number| spelling(entries, places, ground.order, number);
        let held = match ground.order {
            Order::ByPlace => &mut self.by_place,
            Order::ByNamespace => &mut self.by_namespace,
        };
        if held.is_none() && entries.len() > SMALL {
            *held = PrefixTree::build(entries.live().map(|(number, _)| number), &spell).ok();
        }
        let Some(tree) = held else { return self.scan(text, whole, found) };
        for head in &ground.heads {
            tree.collect(Sought { head: *head, text: text.as_bytes(), whole }, &spell, found)?;
        }
        Ok(())
    }

    /// Without an index every entry is looked at.
    fn scan(&self, text: &str, whole: bool, found: &mut Vec<u32>) -> Result<(), NoMemory> {
        for (number, slot) in self.entries.live() {
            if if whole { *slot.key == *text } else { slot.key.starts_with(text) } {
                put(found, number)?;
            }
        }
        Ok(())
    }

    /// Puts a new entry into the indexes that there are. Without memory for it an index is dropped, and built again when it is needed.
    pub(super) fn index(&mut self, number: u32) {
        let (entries, places) = (&self.entries, &self.places);
        for (order, held) in [(Order::ByPlace, &mut self.by_place), (Order::ByNamespace, &mut self.by_namespace)] {
            if let Some(tree) = held
                && tree.insert(number, &|number| spelling(entries, places, order, number)).is_err()
            {
                *held = None;
            }
        }
    }
}

fn spelling<'a, V>(entries: &'a Entries<V>, places: &Places, order: Order, number: u32) -> Spelling<'a> {
    let slot = entries.at(number);
    let (head, tail) = match order {
        Order::ByPlace => (slot.place, 0),
        Order::ByNamespace => (places.at(slot.place).namespace, slot.place),
    };
    Spelling { head, text: slot.key.as_bytes(), tail }
}
