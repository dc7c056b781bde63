//! All keys that begin with a text, at a cost that follows their number: a tree of bytes whose leaves are small unsorted buckets.
//!
//! A bucket that overflows bursts into a branch and smaller buckets, so building the tree over a million keys is a few passes over
//! them and keeping it costs a short walk. Keys are not copied; the caller spells them when asked.

mod sorted;

use super::pages::{NoMemory, Pages, collected, put, put_at, take_at};

const NONE: u32 = u32::MAX;
/// A bucket holds no more than this.
const FULL: usize = 48;

/// A key as the tree reads it: a number before the text (where it lives), the text, and where several share a text a number behind it.
/// A byte that no UTF-8 text has ends the text, so that no spelling is the beginning of another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spelling<'a> {
    pub(super) head: u32,
    pub(super) text: &'a [u8],
    pub(super) tail: u32,
}

const HEAD: usize = 4;
const END: u8 = 0xff;

impl Spelling<'_> {
    #[inline]
    fn byte(&self, at: usize) -> u8 {
        if at < HEAD {
            return (self.head >> (24 - 8 * at)).to_be_bytes()[3];
        }
        match self.text.get(at - HEAD) {
            Some(byte) => *byte,
            None => match at - HEAD - self.text.len() {
                0 => END,
                behind @ 1..=4 => (self.tail >> (32 - 8 * behind)).to_be_bytes()[3],
                _ => 0,
            },
        }
    }

    /// How many bytes tell it from every other.
    fn len(&self) -> usize {
        HEAD + self.text.len() + 1 + size_of_val(&self.tail)
    }
}

/// What is looked for: every spelling that begins so.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sought<'a> {
    pub(super) head: u32,
    pub(super) text: &'a [u8],
    /// Only this text itself, not longer ones.
    pub(super) whole: bool,
}

impl Sought<'_> {
    fn len(&self) -> usize {
        HEAD + self.text.len() + usize::from(self.whole)
    }

    fn byte(&self, at: usize) -> u8 {
        Spelling { head: self.head, text: self.text, tail: 0 }.byte(at)
    }

    fn begins(&self, spelling: &Spelling<'_>, at: usize) -> bool {
        (at..self.len()).all(|at| spelling.byte(at) == self.byte(at))
    }
}

/// A branch over others, or a bucket of entries: what has edges is a branch, and a bucket has no label.
#[derive(Debug, Default)]
struct Node {
    /// The node above; of a free one the next that is free.
    parent: u32,
    /// The bytes that all below share, from where the parent's edge ended.
    label: Vec<u8>,
    /// By the byte after the label, sorted.
    edges: Vec<Edge>,
    entries: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Edge {
    byte: u8,
    node: u32,
}

/// The bucket of an entry.
#[derive(Clone, Copy, Debug)]
struct Home(u32);

impl Default for Home {
    fn default() -> Self {
        Self(NONE)
    }
}

/// How the entries are spelled: each the same for as long as it is in the tree.
pub(super) type Spell<'s, 'a> = &'s dyn Fn(u32) -> Spelling<'a>;

/// The tree. After a call that failed for memory it must be thrown away; it can be built again.
#[derive(Debug)]
pub(super) struct PrefixTree {
    nodes: Pages<Node>,
    free: u32,
    homes: Pages<Home>,
}

/// The node that a tree begins with.
const ROOT: u32 = 0;

impl Default for PrefixTree {
    fn default() -> Self {
        Self { nodes: Pages::default(), free: NONE, homes: Pages::default() }
    }
}

impl PrefixTree {
    /// A tree over these entries.
    pub(super) fn build(entries: impl Iterator<Item = u32>, spell: Spell<'_, '_>) -> Result<Self, NoMemory> {
        let mut tree = Self::default();
        tree.nodes.reach(ROOT)?;
        for number in entries {
            tree.reserve(number)?;
            tree.put(ROOT, number)?;
        }
        tree.burst_sorted(ROOT, spell)?;
        Ok(tree)
    }

    /// Adds an entry.
    pub(super) fn insert(&mut self, number: u32, spell: Spell<'_, '_>) -> Result<(), NoMemory> {
        self.reserve(number)?;
        let spelling = spell(number);
        let (mut node, mut at) = (ROOT, 0);
        loop {
            let here = self.nodes.at(node);
            if here.edges.is_empty() {
                self.put(node, number)?;
                return self.burst(node, at, spell);
            }
            let same = here.label.iter().zip(at..).take_while(|(byte, at)| spelling.byte(*at) == **byte).count();
            if same < here.label.len() {
                self.split(node, same)?;
            }
            node = self.child(node, spelling.byte(at + same))?;
            at += same + 1;
        }
    }

    /// Takes an entry out, if it is in.
    pub(super) fn remove(&mut self, number: u32) {
        if number as usize >= self.homes.len() {
            return;
        }
        let Home(node) = std::mem::take(self.homes.at_mut(number));
        if node == NONE {
            return;
        }
        let entries = &mut self.nodes.at_mut(node).entries;
        if let Some(at) = entries.iter().position(|held| *held == number) {
            take_at(entries, at);
        }
        if entries.is_empty() {
            self.prune(node);
        }
    }

    /// Adds every entry whose spelling begins as sought to `found`.
    pub(super) fn collect(
        &self,
        sought: Sought<'_>,
        spell: Spell<'_, '_>,
        found: &mut Vec<u32>,
    ) -> Result<(), NoMemory> {
        let mut nodes = Vec::new();
        // (An empty tree has not even a root.)
        if self.nodes.len() > 0 {
            put(&mut nodes, (ROOT, 0))?;
        }
        while let Some((node, at)) = nodes.pop() {
            let here = self.nodes.at(node);
            for entry in &here.entries {
                if at >= sought.len() || sought.begins(&spell(*entry), at) {
                    put(found, *entry)?;
                }
            }
            let rest = sought.len().saturating_sub(at);
            if here.label.iter().zip(at..).take(rest).any(|(byte, at)| sought.byte(at) != *byte) {
                continue;
            }
            let at = at + here.label.len();
            for edge in &here.edges {
                if at >= sought.len() || edge.byte == sought.byte(at) {
                    put(&mut nodes, (edge.node, at + 1))?;
                }
            }
        }
        Ok(())
    }

    /// Everything in the tree. For checks.
    pub(super) fn all(&self) -> impl Iterator<Item = u32> {
        self.homes.iter().filter(|(_, home)| home.0 != NONE).map(|(number, _)| number)
    }

    fn reserve(&mut self, number: u32) -> Result<(), NoMemory> {
        self.nodes.reach(ROOT)?;
        self.homes.reach(number)
    }

    fn put(&mut self, bucket: u32, number: u32) -> Result<(), NoMemory> {
        put(&mut self.nodes.at_mut(bucket).entries, number)?;
        *self.homes.at_mut(number) = Home(bucket);
        Ok(())
    }

    /// An empty bucket below a node.
    fn add(&mut self, parent: u32) -> Result<u32, NoMemory> {
        if self.free == NONE {
            self.free = self.nodes.add()?;
            self.nodes.at_mut(self.free).parent = NONE;
        }
        let number = self.free;
        self.free = std::mem::replace(&mut self.nodes.at_mut(number).parent, parent);
        Ok(number)
    }

    /// Takes a node out, with what is in it.
    fn take(&mut self, number: u32) -> Node {
        let free = Node { parent: std::mem::replace(&mut self.free, number), ..Node::default() };
        std::mem::replace(self.nodes.at_mut(number), free)
    }

    /// The node below a branch for a byte, made if need be.
    fn child(&mut self, branch: u32, byte: u8) -> Result<u32, NoMemory> {
        let edges = &self.nodes.at(branch).edges;
        let at = edges.partition_point(|edge| edge.byte < byte);
        if let Some(edge) = edges.get(at).filter(|edge| edge.byte == byte) {
            return Ok(edge.node);
        }
        let node = self.add(branch)?;
        put_at(&mut self.nodes.at_mut(branch).edges, at, Edge { byte, node })?;
        Ok(node)
    }

    /// Leaves a branch the first `keep` bytes of its label; the rest goes to a new one below it, with all its edges.
    fn split(&mut self, branch: u32, keep: usize) -> Result<(), NoMemory> {
        let below = self.add(branch)?;
        let above = self.nodes.at_mut(branch);
        let byte = above.label.get(keep).copied().unwrap_or(0);
        let label = collected(above.label.iter().skip(keep + 1).copied())?;
        above.label.truncate(keep);
        let edges = std::mem::take(&mut above.edges);
        put(&mut above.edges, Edge { byte, node: below })?;
        *self.nodes.at_mut(below) = Node { parent: branch, label, edges, entries: Vec::new() };
        self.adopt(below);
        Ok(())
    }

    /// Tells all that hang on a node where they hang now.
    fn adopt(&mut self, node: u32) {
        let edges = std::mem::take(&mut self.nodes.at_mut(node).edges);
        for edge in &edges {
            self.nodes.at_mut(edge.node).parent = node;
        }
        let here = self.nodes.at_mut(node);
        here.edges = edges;
        for entry in &here.entries {
            *self.homes.at_mut(*entry) = Home(node);
        }
    }

    /// Takes an empty bucket away. If its branch has but one child left, the two become one.
    fn prune(&mut self, mut bucket: u32) {
        while bucket != ROOT {
            let parent = self.take(bucket).parent;
            let branch = self.nodes.at_mut(parent);
            branch.edges.retain(|edge| edge.node != bucket);
            match *branch.edges.as_slice() {
                [] => branch.label.clear(), // an empty bucket itself
                [only] => return self.absorb(parent, only),
                _ => return,
            }
            bucket = parent;
        }
    }

    fn absorb(&mut self, branch: u32, only: Edge) {
        let more = self.nodes.at(only.node).label.len() + 1;
        if self.nodes.at_mut(branch).label.try_reserve(more).is_err() {
            // Without memory for the longer label the branch stays as it is, with one edge.
            return;
        }
        let below = self.take(only.node);
        let here = self.nodes.at_mut(branch);
        if below.edges.is_empty() {
            here.label.clear();
        } else {
            here.label.push(only.byte);
            here.label.extend_from_slice(&below.label);
        }
        here.edges = below.edges;
        here.entries = below.entries;
        self.adopt(branch);
    }

    /// Turns a bucket that is too full into a branch over smaller ones, and those likewise. Its entries agree in the first `at` bytes.
    fn burst(&mut self, bucket: u32, at: usize, spell: Spell<'_, '_>) -> Result<(), NoMemory> {
        let mut full = Vec::new();
        put(&mut full, (bucket, at))?;
        while let Some((node, at)) = full.pop() {
            if self.nodes.at(node).entries.len() <= FULL {
                continue;
            }
            let entries = std::mem::take(&mut self.nodes.at_mut(node).entries);
            let label = common(&entries, at, spell)?;
            let end = at + label.len();
            self.nodes.at_mut(node).label = label;
            for number in entries {
                let child = self.child(node, spell(number).byte(end))?;
                self.put(child, number)?;
            }
            for edge in &self.nodes.at(node).edges {
                put(&mut full, (edge.node, end + 1))?;
            }
        }
        Ok(())
    }
}

/// The bytes from `at` on in which the spellings of all entries agree.
fn common(entries: &[u32], at: usize, spell: Spell<'_, '_>) -> Result<Vec<u8>, NoMemory> {
    let Some(first) = entries.first().map(|number| spell(*number)) else { return Ok(Vec::new()) };
    let mut end = first.len();
    for number in entries {
        let other = spell(*number);
        end = (at..end).find(|at| other.byte(*at) != first.byte(*at)).unwrap_or(end);
    }
    collected((at..end).map(|at| first.byte(at)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn spelling(key: &str) -> Spelling<'_> {
        Spelling { head: 7, text: key.as_bytes(), tail: 9 }
    }

    fn sorted(tree: &PrefixTree, keys: &BTreeMap<u32, String>, prefix: &str, whole: bool) -> Vec<u32> {
        let mut found = Vec::new();
        let sought = Sought { head: 7, text: prefix.as_bytes(), whole };
        tree.collect(sought, &|number| spelling(&keys[&number]), &mut found).unwrap();
        found.sort_unstable();
        found
    }

    fn naive(keys: &BTreeMap<u32, String>, prefix: &str, whole: bool) -> Vec<u32> {
        let is_sought = |key: &String| if whole { key == prefix } else { key.starts_with(prefix) };
        keys.iter().filter(|(_, key)| is_sought(key)).map(|(number, _)| *number).collect()
    }

    #[test]
    fn it_finds_what_a_scan_finds_while_keys_come_and_go() {
        let mut state = 1_u64;
        let mut random = move |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let mut keys = BTreeMap::<u32, String>::new();
        let mut tree = PrefixTree::build([].into_iter(), &|_| spelling("")).unwrap();
        for _ in 0..40_000 {
            let number = u32::try_from(random(1_500)).unwrap();
            if keys.contains_key(&number) {
                tree.remove(number);
                keys.remove(&number);
            } else {
                let letters = ["a", "b", "ab", ":", "é", "x:y:", ""];
                let parts = random(9);
                let text: String = (0..parts).map(|_| letters[usize::try_from(random(7)).unwrap()]).collect();
                // Keys of one place are all different; the number makes them so, before or after what they share.
                let key = if random(2) == 0 { format!("{text}{number}") } else { format!("{number}{text}") };
                if keys.values().any(|other| *other == key) {
                    continue;
                }
                keys.insert(number, key);
                tree.insert(number, &|number| spelling(&keys[&number])).unwrap();
            }
            if random(50) == 0 {
                for prefix in ["", "a", "ab", "x:", "x:y:a", "é", "1", "12", "1499", "zz"] {
                    assert_eq!(sorted(&tree, &keys, prefix, false), naive(&keys, prefix, false), "{prefix}");
                    assert_eq!(sorted(&tree, &keys, prefix, true), naive(&keys, prefix, true), "{prefix}");
                }
                let built = PrefixTree::build(keys.keys().copied(), &|number| spelling(&keys[&number])).unwrap();
                assert_eq!(sorted(&built, &keys, "a", false), naive(&keys, "a", false));
            }
        }
    }

    #[test]
    fn a_tree_of_many_finds_the_same_however_it_was_built() {
        let texts = ["", "a", "ab\0", "ab\0\0c", "shop:0007:", "GET https://example.com/a/rather/long/way/to/"];
        let keys: Vec<String> = (0..20_000_usize)
            .map(|number| format!("{}{}", texts.get(number % 7).unwrap_or(&"zz"), number / (1 + number % 3)))
            .collect();
        let spell = |number: u32| Spelling { head: number % 2, text: keys[number as usize].as_bytes(), tail: number };
        let mut one_by_one = PrefixTree::build([].into_iter(), &spell).unwrap();
        (0..20_000).for_each(|number| one_by_one.insert(number, &spell).unwrap());
        let trees = [PrefixTree::build(0..20_000, &spell).unwrap(), one_by_one];
        for prefix in
            keys.iter().step_by(97).map(String::as_str).chain(texts).chain(["a", "GET https://ex", "shop:0007:1"])
        {
            for head in 0..3 {
                let begins = |number: &u32| number % 2 == head && keys[*number as usize].starts_with(prefix);
                let scan: Vec<u32> = (0..20_000).filter(begins).collect();
                for tree in &trees {
                    let mut found = Vec::new();
                    tree.collect(Sought { head, text: prefix.as_bytes(), whole: false }, &spell, &mut found).unwrap();
                    found.sort_unstable();
                    assert_eq!(found, scan, "{prefix:?}");
                }
            }
        }
    }

    #[test]
    fn a_tree_that_was_emptied_keeps_no_branches() {
        let keys: BTreeMap<u32, String> =
            (0..20_000).map(|number| (number, format!("user:{number}:profile"))).collect();
        let mut tree = PrefixTree::build(keys.keys().copied(), &|number| spelling(&keys[&number])).unwrap();
        assert!(tree.nodes.len() > 100);
        for number in keys.keys() {
            tree.remove(*number);
            tree.remove(*number);
        }
        let (mut free, mut number) = (0, tree.free);
        while number != NONE {
            (free, number) = (free + 1, tree.nodes.at(number).parent);
        }
        assert_eq!(free + 1, tree.nodes.len());
        assert!(tree.nodes.at(ROOT).edges.is_empty() && tree.nodes.at(ROOT).label.is_empty());
    }

    #[test]
    fn keys_that_are_the_same_text_in_two_places_are_told_apart_by_what_follows() {
        let spell = |number: u32| Spelling { head: 1, text: b"same", tail: number };
        let tree = PrefixTree::build(0..500, &spell).unwrap();
        let count = |sought| {
            let mut found = Vec::new();
            tree.collect(sought, &spell, &mut found).unwrap();
            found.len()
        };
        assert_eq!(count(Sought { head: 1, text: b"same", whole: true }), 500);
        assert_eq!(count(Sought { head: 1, text: b"sam", whole: true }), 0);
        assert_eq!(count(Sought { head: 2, text: b"", whole: false }), 0);
    }

    #[test]
    fn looking_for_a_thousand_among_a_million_spells_no_more_than_a_bucketful() {
        let keys: Vec<String> = (0..1_000_000).map(|number| format!("shop:{:04}:{number}", number / 1_000)).collect();
        let spell = |number: u32| spelling(&keys[number as usize]);
        let tree = PrefixTree::build(0..1_000_000, &spell).unwrap();
        for (prefix, matches) in [("shop:0007:", 1_000), ("shop:0007:7123", 1), ("shop:04", 100_000), ("none", 0)] {
            let (spelled, mut found) = (std::cell::Cell::new(0), Vec::new());
            let counted = |number| {
                spelled.set(spelled.get() + 1);
                spell(number)
            };
            tree.collect(Sought { head: 7, text: prefix.as_bytes(), whole: false }, &counted, &mut found).unwrap();
            assert_eq!(found.len(), matches, "{prefix}");
            assert!(spelled.get() <= FULL, "{prefix}: {} keys were looked at", spelled.get());
        }
    }
}
