//! Who is meant: the entries that a scope and a selector choose, at a cost that follows their number.

use super::Store;
use crate::engine::entries::Entries;
use crate::engine::glob::Pattern;
use crate::engine::key::is_segment_prefix;
use crate::engine::pages::{NoMemory, collected};
use crate::engine::places::Places;
use crate::engine::prefix::{PrefixTree, Sought, Spelling};
use crate::engine::scope::{Namespace, Scope, Selector};
use std::ops::Range;

/// In this many places a key is looked up one by one; in more, through the index over all places.
const FEW_PLACES: usize = 16;
/// A store this small is scanned rather than indexed.
const SMALL: usize = 256;

/// Where to look: each place by itself, in order, or whole namespaces because they have many.
enum Ground {
    Places(Vec<u32>),
    Namespaces(Range<u32>),
}

/// A text that keys begin with, or are.
#[derive(Clone, Copy)]
struct Text<'a> {
    text: &'a str,
    whole: bool,
}

impl Ground {
    fn of(places: impl Iterator<Item = u32>) -> Result<Self, NoMemory> {
        let mut places = collected(places)?;
        places.sort_unstable();
        Ok(Self::Places(places))
    }
}

impl Text<'_> {
    fn suits(self, key: &str) -> bool {
        // Asking whether a key begins with nothing would still read the key.
        if self.whole { key == self.text } else { self.text.is_empty() || key.starts_with(self.text) }
    }

    fn under(&self, head: u32) -> Sought<'_> {
        Sought { head, text: self.text.as_bytes(), whole: self.whole }
    }
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
        match what {
            Selector::All | Selector::Prefix("") => self.all(scope),
            Selector::Key(text) => self.spelled(scope, Text { text, whole: true }),
            Selector::Prefix(text) => self.spelled(scope, Text { text, whole: false }),
            Selector::Segment(text) => {
                let mut chosen = self.spelled(scope, Text { text, whole: true })?;
                if self.separator.is_empty() {
                    return Ok(chosen);
                }
                let mut below = String::new();
                below.try_reserve_exact(text.len() + self.separator.len())?;
                below.push_str(text);
                below.push_str(&self.separator);
                let below = self.spelled(scope, Text { text: &below, whole: false })?;
                chosen.try_reserve(below.len())?;
                chosen.extend(below);
                Ok(chosen)
            }
            Selector::Tag(tag) => {
                let Some(hash) = self.keys.get() else { return Ok(Vec::new()) };
                let members = self.tags.members(tag, hash).filter(|number| !self.entries.at(*number).struck);
                collected(members.filter(|number| self.places.reaches(scope, self.entries.at(*number).place)))
            }
            Selector::Glob(text) => {
                let begins = Pattern::new(text, "");
                let literal = Text { text: begins.literal_prefix(), whole: begins.is_literal() };
                let mut chosen =
                    if text.starts_with(['*', '?']) { self.all(scope)? } else { self.spelled(scope, literal)? };
                let (mut refused, pattern) = (false, Pattern::new(text, &self.separator));
                chosen.retain(|number| {
                    pattern.matches(&self.entries.at(*number).key).unwrap_or_else(|NoMemory| {
                        refused = true;
                        false
                    })
                });
                if refused { Err(NoMemory) } else { Ok(chosen) }
            }
        }
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
        let theirs = || self.places.live().filter(|(place, _)| self.places.is_credentials(*place));
        let held = theirs().map(|(_, record)| record.held.entries).sum();
        let ground = collected(theirs().filter(|(_, record)| record.held.entries > 0).map(|(place, _)| place))?;
        self.all_on(&Ground::Places(ground), held)
    }

    fn all(&mut self, scope: Scope<'_>) -> Result<Vec<u32>, NoMemory> {
        let held = self.size_of(scope).0;
        let ground = self.ground(scope)?;
        self.all_on(&ground, held)
    }

    fn all_on(&mut self, ground: &Ground, held: usize) -> Result<Vec<u32>, NoMemory> {
        let everything = Text { text: "", whole: false };
        match held {
            0 => Ok(Vec::new()),
            // Most of what there is: an index would only be in the way.
            _ if held * 2 > self.entries.len() => self.scan(ground, everything),
            _ => self.through_index(ground, everything),
        }
    }

    /// The entries in a scope whose keys are or begin so.
    fn spelled(&mut self, scope: Scope<'_>, text: Text<'_>) -> Result<Vec<u32>, NoMemory> {
        let ground = self.ground(scope)?;
        match &ground {
            Ground::Places(places) if text.whole && places.len() <= FEW_PLACES => {
                collected(places.iter().filter_map(|place| self.find_in(*place, text.text)))
            }
            _ => self.through_index(&ground, text),
        }
    }

    fn ground(&self, scope: Scope<'_>) -> Result<Ground, NoMemory> {
        let Some(hash) = self.keys.get() else { return Ok(Ground::Places(Vec::new())) };
        let namespaces = match scope {
            Scope::All => 0..u32::try_from(self.places.namespaces().len()).unwrap_or(u32::MAX),
            Scope::Namespace(Namespace(number)) => number..number.saturating_add(1),
            Scope::Partition(partition) => return Ground::of(self.places.of(partition, hash)),
            Scope::Place(place) => return Ground::of(self.places.known(place).into_iter()),
        };
        let within = || namespaces.clone().filter_map(|number| self.places.namespace(number));
        if within().map(|namespace| namespace.places.len()).sum::<usize>() <= FEW_PLACES {
            return Ground::of(within().flat_map(|namespace| &namespace.places).copied());
        }
        Ok(Ground::Namespaces(namespaces))
    }

    /// Looks a text up in the index that fits the ground, which is built if that pays.
    fn through_index(&mut self, ground: &Ground, text: Text<'_>) -> Result<Vec<u32>, NoMemory> {
        let (entries, places, mut chosen) = (&self.entries, &self.places, Vec::new());
        match ground {
            Ground::Places(heads) => {
                let spell = |number| by_place(entries, number);
                let Some(tree) = tree(&mut self.by_place, entries, spell) else { return self.scan(ground, text) };
                for head in heads {
                    tree.collect(text.under(*head), spell, &mut chosen)?;
                }
            }
            Ground::Namespaces(heads) => {
                let spell = |number| by_text(entries, places, number);
                let Some(tree) = tree(&mut self.by_text, entries, spell) else { return self.scan(ground, text) };
                for head in heads.clone() {
                    tree.collect(text.under(head), spell, &mut chosen)?;
                }
            }
        }
        if entries.struck() > 0 {
            chosen.retain(|number| !entries.at(*number).struck);
        }
        Ok(chosen)
    }

    fn scan(&self, ground: &Ground, text: Text<'_>) -> Result<Vec<u32>, NoMemory> {
        let stands_on = |place: u32| match ground {
            Ground::Places(places) => places.binary_search(&place).is_ok(),
            Ground::Namespaces(namespaces) => namespaces.contains(&self.places.at(place).namespace),
        };
        let live = self.entries.live().filter(|(_, slot)| text.suits(&slot.key) && stands_on(slot.place));
        collected(live.map(|(number, _)| number))
    }

    /// Adds an entry to the indexes there are. One that cannot grow is given up, and built again when it is asked for.
    pub(super) fn index(&mut self, number: u32) {
        let (entries, places) = (&self.entries, &self.places);
        if let Some(tree) = &mut self.by_place
            && tree.insert(number, |number| by_place(entries, number)).is_err()
        {
            self.by_place = None;
        }
        if let Some(tree) = &mut self.by_text
            && tree.insert(number, |number| by_text(entries, places, number)).is_err()
        {
            self.by_text = None;
        }
    }
}

fn by_place<V>(entries: &Entries<V>, number: u32) -> Spelling<'_> {
    let slot = entries.at(number);
    Spelling { head: slot.place, text: slot.key.as_bytes(), tail: 0 }
}

fn by_text<'a, V>(entries: &'a Entries<V>, places: &Places, number: u32) -> Spelling<'a> {
    let slot = entries.at(number);
    Spelling { head: places.at(slot.place).namespace, text: slot.key.as_bytes(), tail: slot.place }
}

/// An index that is there, or is built now; `None` where a scan is cheaper or memory is short.
fn tree<'a, 'e, V>(
    held: &'a mut Option<PrefixTree>,
    entries: &'e Entries<V>,
    spell: impl Fn(u32) -> Spelling<'e>,
) -> Option<&'a PrefixTree> {
    if held.is_none() && entries.len() > SMALL {
        *held = PrefixTree::build(entries.live().map(|(number, _)| number), spell).ok();
    }
    held.as_ref()
}
