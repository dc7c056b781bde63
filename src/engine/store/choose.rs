//! Who is meant: the entries that a scope and a selector choose, at a cost that follows their number.

use super::Store;
use crate::engine::entries::Entries;
use crate::engine::glob::Glob;
use crate::engine::places::Places;
use crate::engine::prefix::{PrefixTree, Sought, Spelling};
use crate::engine::scope::{Namespace, Scope, Selector};

/// In this many places a key is looked up one by one; in more, through the index over all places.
const FEW_PLACES: usize = 16;
/// A store this small is scanned rather than indexed.
const SMALL: usize = 256;

/// Where to look: each place by itself, or whole namespaces because they have many. Both in order.
enum Ground {
    Places(Vec<u32>),
    Namespaces(Vec<u32>),
}

/// A text that keys begin with, or are.
#[derive(Clone, Copy)]
struct Text<'a> {
    text: &'a str,
    whole: bool,
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

impl<V> Store<V> {
    /// The entries that are meant, dead ones included. May build an index.
    pub(super) fn choose(&mut self, scope: Scope<'_>, what: Selector<'_>) -> Vec<u32> {
        match what {
            Selector::All | Selector::Prefix("") => self.all(scope),
            Selector::Key(text) => self.spelled(scope, Text { text, whole: true }),
            Selector::Prefix(text) => self.spelled(scope, Text { text, whole: false }),
            Selector::Segment(text) => {
                let mut chosen = self.spelled(scope, Text { text, whole: true });
                if self.separator.is_empty() {
                    return chosen;
                }
                let below = [text, &*self.separator].concat();
                chosen.extend(self.spelled(scope, Text { text: &below, whole: false }));
                chosen
            }
            Selector::Tag(tag) => {
                let Some(hash) = self.keys.get() else { return Vec::new() };
                let members = self.tags.members(tag, hash).filter(|number| !self.entries.at(*number).struck);
                members.filter(|number| self.places.reaches(scope, self.entries.at(*number).place)).collect()
            }
            Selector::Glob(pattern) => {
                let glob = Glob::new(pattern, &self.separator);
                let literal = Text { text: glob.literal_prefix(), whole: glob.is_literal() };
                let mut chosen =
                    if pattern.starts_with(['*', '?']) { self.all(scope) } else { self.spelled(scope, literal) };
                chosen.retain(|number| glob.matches(&self.entries.at(*number).key));
                chosen
            }
        }
    }

    /// Everything in one place.
    pub(super) fn in_place(&mut self, place: u32) -> Vec<u32> {
        let held = self.places.at(place).held.entries;
        let everything = Text { text: "", whole: false };
        self.all_on(&Ground::Places(vec![place]), held, everything)
    }

    fn all(&mut self, scope: Scope<'_>) -> Vec<u32> {
        let held = self.size_of(scope).0;
        let ground = self.ground(scope);
        self.all_on(&ground, held, Text { text: "", whole: false })
    }

    fn all_on(&mut self, ground: &Ground, held: usize, everything: Text<'_>) -> Vec<u32> {
        match held {
            0 => Vec::new(),
            // Most of what there is: an index would only be in the way.
            _ if held * 2 > self.entries.len() => self.scan(ground, everything),
            _ => self.through_index(ground, everything),
        }
    }

    /// The entries in a scope whose keys are or begin so.
    fn spelled(&mut self, scope: Scope<'_>, text: Text<'_>) -> Vec<u32> {
        let ground = self.ground(scope);
        match &ground {
            Ground::Places(places) if text.whole && places.len() <= FEW_PLACES => {
                places.iter().filter_map(|place| self.find_in(*place, text.text)).collect()
            }
            _ => self.through_index(&ground, text),
        }
    }

    fn ground(&self, scope: Scope<'_>) -> Ground {
        let Some(hash) = self.keys.get() else { return Ground::Places(Vec::new()) };
        let namespaces = match scope {
            Scope::All => 0..self.places.namespaces().len(),
            Scope::Namespace(Namespace(number)) => number as usize..number as usize + 1,
            Scope::Partition(_) | Scope::Place(_) => {
                let mut places = self.places.in_scope(scope, hash);
                places.sort_unstable();
                return Ground::Places(places);
            }
        };
        let within = || namespaces.clone().filter_map(|number| self.places.namespaces().get(number));
        if within().map(|namespace| namespace.places.len()).sum::<usize>() <= FEW_PLACES {
            let mut places: Vec<u32> = within().flat_map(|namespace| &namespace.places).copied().collect();
            places.sort_unstable();
            return Ground::Places(places);
        }
        Ground::Namespaces(namespaces.filter_map(|number| u32::try_from(number).ok()).collect())
    }

    /// Looks a text up in the index that fits the ground, which is built if that pays.
    fn through_index(&mut self, ground: &Ground, text: Text<'_>) -> Vec<u32> {
        let (entries, places, mut chosen) = (&self.entries, &self.places, Vec::new());
        match ground {
            Ground::Places(heads) => {
                let spell = |number| by_place(entries, number);
                let Some(tree) = tree(&mut self.by_place, entries, spell) else { return self.scan(ground, text) };
                for head in heads {
                    tree.collect(text.under(*head), spell, |number| chosen.push(number));
                }
            }
            Ground::Namespaces(heads) => {
                let spell = |number| by_text(entries, places, number);
                let Some(tree) = tree(&mut self.by_text, entries, spell) else { return self.scan(ground, text) };
                for head in heads {
                    tree.collect(text.under(*head), spell, |number| chosen.push(number));
                }
            }
        }
        if entries.struck() > 0 {
            chosen.retain(|number| !entries.at(*number).struck);
        }
        chosen
    }

    fn scan(&self, ground: &Ground, text: Text<'_>) -> Vec<u32> {
        let stands_on = |place: u32| match ground {
            Ground::Places(places) => places.binary_search(&place).is_ok(),
            Ground::Namespaces(namespaces) => namespaces.binary_search(&self.places.at(place).namespace).is_ok(),
        };
        let live = self.entries.live().filter(|(_, slot)| text.suits(&slot.key) && stands_on(slot.place));
        live.map(|(number, _)| number).collect()
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
