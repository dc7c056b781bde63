//! All keys that begin with a text, at a cost that follows their number: a tree of bytes whose leaves are small unsorted buckets.
//!
//! A bucket that overflows bursts into a branch and smaller buckets, so building the tree over a million keys is a few passes over
//! them and keeping it costs a short walk. Keys are not copied; the caller spells them when asked.

use super::pages::{NoMemory, Pages};

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

impl<'a> Spelling<'a> {
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

    /// What is left of the text from `at` on.
    fn text_from(&self, at: usize) -> &'a [u8] {
        at.checked_sub(HEAD).and_then(|at| self.text.get(at..)).unwrap_or_default()
    }

    /// The eight bytes from `at` on, the first one highest.
    #[inline]
    fn window(&self, at: usize) -> u64 {
        self.text_from(at).first_chunk().map_or_else(
            || u64::from_be_bytes(std::array::from_fn(|more| self.byte(at + more))),
            |bytes| u64::from_be_bytes(*bytes),
        )
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

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Child {
    Bucket(u32),
    Branch(u32),
}

#[derive(Debug, Default)]
struct Branch {
    parent: u32,
    /// The bytes that all below share, from where the parent's edge ended.
    label: Vec<u8>,
    /// By the byte after the label, sorted.
    edges: Vec<(u8, Child)>,
}

#[derive(Debug, Default)]
struct Bucket {
    parent: u32,
    entries: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Home {
    bucket: u32,
    at: u32,
}

impl Default for Home {
    fn default() -> Self {
        Self { bucket: NONE, at: 0 }
    }
}

/// The tree. After a call that failed for memory it must be thrown away; it can be built again.
#[derive(Debug)]
pub(super) struct PrefixTree {
    root: Child,
    branches: Slab<Branch>,
    buckets: Slab<Bucket>,
    homes: Pages<Home>,
}

#[derive(Debug, Default)]
struct Slab<T> {
    items: Pages<T>,
    free: Vec<u32>,
}

impl<T: Default> Slab<T> {
    fn add(&mut self, item: T) -> Result<u32, NoMemory> {
        let Some(number) = self.free.pop() else { return self.items.push(item) };
        *self.items.at_mut(number) = item;
        Ok(number)
    }

    fn drop(&mut self, number: u32) -> T {
        // If the list of free numbers cannot grow, the number is lost; the item is not.
        if self.free.try_reserve(1).is_ok() {
            self.free.push(number);
        }
        std::mem::take(self.items.at_mut(number))
    }
}

/// The bucket that a tree begins with.
const ROOT: u32 = 0;

impl Default for PrefixTree {
    fn default() -> Self {
        let mut buckets = Slab::<Bucket>::default();
        // Without memory for one bucket there is none for entries either; then nothing is ever put in it.
        let _ = buckets.add(Bucket { parent: NONE, entries: Vec::new() });
        Self { root: Child::Bucket(ROOT), branches: Slab::default(), buckets, homes: Pages::default() }
    }
}

impl PrefixTree {
    /// A tree over these entries.
    pub(super) fn build<'a>(
        entries: impl Iterator<Item = u32>,
        spell: impl Fn(u32) -> Spelling<'a>,
    ) -> Result<Self, NoMemory> {
        let mut tree = Self::default();
        for number in entries {
            tree.reserve(number)?;
            tree.put(ROOT, number)?;
        }
        tree.burst(ROOT, 0, &spell)?;
        Ok(tree)
    }

    /// Adds an entry.
    pub(super) fn insert<'a>(&mut self, number: u32, spell: impl Fn(u32) -> Spelling<'a>) -> Result<(), NoMemory> {
        self.reserve(number)?;
        let spelling = spell(number);
        let (mut node, mut at) = (self.root, 0);
        loop {
            let branch = match node {
                Child::Bucket(bucket) => {
                    self.put(bucket, number)?;
                    return self.burst(bucket, at, &spell);
                }
                Child::Branch(branch) => branch,
            };
            let label = &self.branches.items.at(branch).label;
            let same = label.iter().zip(at..).take_while(|(byte, at)| spelling.byte(*at) == **byte).count();
            if same < label.len() {
                let above = self.split_label(branch, same)?;
                return self.grow_edge(above, spelling.byte(at + same), number);
            }
            at += same;
            let byte = spelling.byte(at);
            let edges = &self.branches.items.at(branch).edges;
            match edges.binary_search_by_key(&byte, |edge| edge.0).ok().and_then(|edge| edges.get(edge)) {
                Some((_, child)) => node = *child,
                None => return self.grow_edge(branch, byte, number),
            }
            at += 1;
        }
    }

    /// Takes an entry out, if it is in.
    pub(super) fn remove(&mut self, number: u32) {
        if number as usize >= self.homes.len() {
            return;
        }
        let Home { bucket, at } = std::mem::take(self.homes.at_mut(number));
        if bucket == NONE {
            return;
        }
        let entries = &mut self.buckets.items.at_mut(bucket).entries;
        if (at as usize) < entries.len() {
            entries.swap_remove(at as usize);
        }
        if let Some(moved) = entries.get(at as usize) {
            self.homes.at_mut(*moved).at = at;
        } else if entries.is_empty() {
            self.drop_bucket(bucket);
        }
    }

    /// Adds every entry whose spelling begins as sought to `found`.
    pub(super) fn collect<'a>(
        &self,
        sought: Sought<'_>,
        spell: impl Fn(u32) -> Spelling<'a>,
        found: &mut Vec<u32>,
    ) -> Result<(), NoMemory> {
        let (mut node, mut at) = (self.root, 0);
        while at < sought.len() {
            match node {
                Child::Bucket(bucket) => {
                    let entries = &self.buckets.items.at(bucket).entries;
                    found.try_reserve(entries.len())?;
                    found.extend(entries.iter().filter(|entry| sought.begins(&spell(**entry), at)));
                    return Ok(());
                }
                Child::Branch(branch) => {
                    let branch = self.branches.items.at(branch);
                    let rest = sought.len() - at;
                    if branch.label.iter().zip(at..).take(rest).any(|(byte, at)| sought.byte(at) != *byte) {
                        return Ok(());
                    }
                    at += branch.label.len();
                    if at >= sought.len() {
                        break;
                    }
                    let byte = sought.byte(at);
                    let edge = branch.edges.binary_search_by_key(&byte, |edge| edge.0);
                    let Some((_, child)) = edge.ok().and_then(|edge| branch.edges.get(edge)) else { return Ok(()) };
                    node = *child;
                    at += 1;
                }
            }
        }
        let (mut nodes, mut next) = (Vec::new(), Some(node));
        while let Some(node) = next {
            match node {
                Child::Bucket(bucket) => {
                    let entries = &self.buckets.items.at(bucket).entries;
                    found.try_reserve(entries.len())?;
                    found.extend_from_slice(entries);
                }
                Child::Branch(branch) => {
                    let edges = &self.branches.items.at(branch).edges;
                    nodes.try_reserve(edges.len())?;
                    nodes.extend(edges.iter().map(|edge| edge.1));
                }
            }
            next = nodes.pop();
        }
        Ok(())
    }

    /// Everything in the tree. For checks.
    pub(super) fn all(&self) -> impl Iterator<Item = u32> {
        self.homes.iter().filter(|(_, home)| home.bucket != NONE).map(|(number, _)| number)
    }

    fn reserve(&mut self, number: u32) -> Result<(), NoMemory> {
        // A tree that was made without memory has no bucket to begin with.
        if self.buckets.items.len() == 0 {
            return Err(NoMemory);
        }
        self.homes.reach(number)
    }

    fn put(&mut self, bucket: u32, number: u32) -> Result<(), NoMemory> {
        let entries = &mut self.buckets.items.at_mut(bucket).entries;
        let at = u32::try_from(entries.len()).map_err(|_| NoMemory)?;
        entries.try_reserve(1)?;
        entries.push(number);
        *self.homes.at_mut(number) = Home { bucket, at };
        Ok(())
    }

    /// A new bucket for one entry, under a branch.
    fn grow_edge(&mut self, branch: u32, byte: u8, number: u32) -> Result<(), NoMemory> {
        let bucket = self.buckets.add(Bucket { parent: branch, entries: Vec::new() })?;
        self.add_edge(branch, byte, Child::Bucket(bucket))?;
        self.put(bucket, number)
    }

    fn add_edge(&mut self, branch: u32, byte: u8, child: Child) -> Result<(), NoMemory> {
        let edges = &mut self.branches.items.at_mut(branch).edges;
        edges.try_reserve(1)?;
        let at = edges.partition_point(|edge| edge.0 < byte);
        edges.insert(at, (byte, child));
        Ok(())
    }

    /// Puts a branch above `branch` that takes the first `keep` bytes of its label. Returns the new one.
    fn split_label(&mut self, branch: u32, keep: usize) -> Result<u32, NoMemory> {
        let above = self.branches.add(Branch::default())?;
        let below = self.branches.items.at_mut(branch);
        let parent = std::mem::replace(&mut below.parent, above);
        let (mut label, keep) = (Vec::new(), keep.min(below.label.len()));
        label.try_reserve_exact(keep)?;
        label.extend(below.label.drain(..keep));
        let byte = below.label.drain(..1.min(below.label.len())).next().unwrap_or(0);
        *self.branches.items.at_mut(above) = Branch { parent, label, edges: Vec::new() };
        self.replace(parent, Child::Branch(branch), Child::Branch(above));
        self.add_edge(above, byte, Child::Branch(branch))?;
        Ok(above)
    }

    /// Where `old` hung, hangs `new`.
    fn replace(&mut self, parent: u32, old: Child, new: Child) {
        if parent == NONE {
            self.root = new;
        } else if let Some(edge) = self.branches.items.at_mut(parent).edges.iter_mut().find(|edge| edge.1 == old) {
            edge.1 = new;
        }
    }

    /// Turns a bucket that is too full into a branch over smaller ones, and those likewise. Its entries agree in the first `at` bytes.
    fn burst<'a>(&mut self, bucket: u32, at: usize, spell: &impl Fn(u32) -> Spelling<'a>) -> Result<(), NoMemory> {
        if self.buckets.items.at(bucket).entries.len() <= FULL {
            return Ok(());
        }
        let entries = std::mem::take(&mut self.buckets.items.at_mut(bucket).entries);
        let mut members = Vec::new();
        members.try_reserve_exact(entries.len())?;
        members.extend(entries.into_iter().map(|number| Member { window: 0, number }));
        let mut heaps = Vec::new();
        heaps.try_reserve(1)?;
        heaps.push(Heap { bucket, range: 0..members.len(), at, seen: 0 });
        while let Some(mut heap) = heaps.pop() {
            let Some(members) = members.get_mut(heap.range.clone()) else { continue };
            if members.len() <= FULL {
                self.buckets.items.at_mut(heap.bucket).entries.try_reserve_exact(members.len())?;
                for member in members {
                    self.put(heap.bucket, member.number)?;
                }
                continue;
            }
            let label = heap.take_common(members, spell)?;
            let Bucket { parent, .. } = self.buckets.drop(heap.bucket);
            let branch = self.branches.add(Branch { parent, label, edges: Vec::new() })?;
            self.replace(parent, Child::Bucket(heap.bucket), Child::Branch(branch));
            let mut from = heap.range.start;
            for part in members.chunk_by(|one, next| one.byte() == next.byte()) {
                let byte = part.first().map_or(0, Member::byte);
                let bucket = self.buckets.add(Bucket { parent: branch, entries: Vec::new() })?;
                self.add_edge(branch, byte, Child::Bucket(bucket))?;
                heaps.try_reserve(1)?;
                heaps.push(Heap { bucket, range: from..from + part.len(), at: heap.at + 1, seen: heap.seen - 1 });
                from += part.len();
            }
            for member in members {
                member.skip(1);
            }
        }
        Ok(())
    }

    /// Takes an empty bucket away, and the branch above it if that has but one child left.
    fn drop_bucket(&mut self, bucket: u32) {
        let parent = self.buckets.items.at(bucket).parent;
        if parent == NONE {
            return;
        }
        self.buckets.drop(bucket);
        let branch = self.branches.items.at_mut(parent);
        branch.edges.retain(|edge| edge.1 != Child::Bucket(bucket));
        let [(byte, only)] = *branch.edges.as_slice() else { return };
        if let Child::Branch(below) = only {
            // Without memory for the longer label the branch stays as it is, with one edge.
            let more = self.branches.items.at(below).label.len() + 1;
            if self.branches.items.at_mut(parent).label.try_reserve(more).is_err() {
                return;
            }
        }
        let gone = self.branches.drop(parent);
        match only {
            Child::Bucket(bucket) => self.buckets.items.at_mut(bucket).parent = gone.parent,
            Child::Branch(below) => {
                let below = self.branches.items.at_mut(below);
                below.parent = gone.parent;
                let mut label = gone.label;
                label.push(byte);
                label.append(&mut below.label);
                below.label = label;
            }
        }
        self.replace(gone.parent, Child::Branch(parent), only);
    }
}

/// An entry that is being sorted into buckets, with the next few bytes of its spelling: a key is read once for eight bytes, not once
/// for each.
#[derive(Clone, Copy)]
struct Member {
    window: u64,
    number: u32,
}

impl Member {
    fn byte(&self) -> u8 {
        self.window.to_be_bytes()[0]
    }

    fn skip(&mut self, bytes: u32) {
        self.window = self.window.checked_shl(bytes * 8).unwrap_or(0);
    }
}

/// A run of members that is to become one bucket, or a branch over several. They agree in the first `at` bytes; their windows hold
/// `seen` bytes from there on, and they are in order of them.
struct Heap {
    bucket: u32,
    range: std::ops::Range<usize>,
    at: usize,
    seen: u32,
}

const WINDOW: u32 = 8;

impl Heap {
    /// The bytes from `at` on in which all agree; moves `at` behind them. At least one more byte is seen then.
    fn take_common<'a>(
        &mut self,
        members: &mut [Member],
        spell: &impl Fn(u32) -> Spelling<'a>,
    ) -> Result<Vec<u8>, NoMemory> {
        let mut label = Vec::new();
        loop {
            if self.seen == 0 {
                for member in &mut *members {
                    member.window = spell(member.number).window(self.at);
                }
                members.sort_unstable_by_key(|member| member.window);
                self.seen = WINDOW;
            }
            let (first, last) =
                members.first().zip(members.last()).map_or((0, 0), |(first, last)| (first.window, last.window));
            let agree = ((first ^ last).leading_zeros() / 8).min(self.seen);
            label.try_reserve(agree as usize)?;
            label.extend(first.to_be_bytes().iter().take(agree as usize));
            for member in &mut *members {
                member.skip(agree);
            }
            self.at += agree as usize;
            self.seen -= agree;
            if self.seen > 0 {
                return Ok(label);
            }
            // Eight bytes were common to all: more text may be, and is compared without windows.
            let Some((first, others)) = members.split_first() else { return Ok(label) };
            let text = spell(first.number).text_from(self.at);
            let common = others.iter().fold(text.len(), |common, other| {
                let both = text.iter().zip(spell(other.number).text_from(self.at)).take(common);
                both.take_while(|(one, other)| one == other).count()
            });
            label.try_reserve(common)?;
            label.extend(text.iter().take(common));
            self.at += common;
        }
    }
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
        tree.collect(sought, |number| spelling(&keys[&number]), &mut found).unwrap();
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
        let mut tree = PrefixTree::build([].into_iter(), |_| spelling("")).unwrap();
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
                tree.insert(number, |number| spelling(&keys[&number])).unwrap();
            }
            if random(50) == 0 {
                for prefix in ["", "a", "ab", "x:", "x:y:a", "é", "1", "12", "1499", "zz"] {
                    assert_eq!(sorted(&tree, &keys, prefix, false), naive(&keys, prefix, false), "{prefix}");
                    assert_eq!(sorted(&tree, &keys, prefix, true), naive(&keys, prefix, true), "{prefix}");
                }
                let built = PrefixTree::build(keys.keys().copied(), |number| spelling(&keys[&number])).unwrap();
                assert_eq!(sorted(&built, &keys, "a", false), naive(&keys, "a", false));
            }
        }
    }

    #[test]
    fn a_tree_that_was_emptied_keeps_no_branches() {
        let keys: BTreeMap<u32, String> =
            (0..20_000).map(|number| (number, format!("user:{number}:profile"))).collect();
        let mut tree = PrefixTree::build(keys.keys().copied(), |number| spelling(&keys[&number])).unwrap();
        assert!(tree.branches.items.len() > 100);
        for number in keys.keys() {
            tree.remove(*number);
            tree.remove(*number);
        }
        assert_eq!(tree.branches.free.len(), tree.branches.items.len());
        assert_eq!(tree.buckets.free.len() + 1, tree.buckets.items.len());
        assert!(matches!(tree.root, Child::Bucket(_)));
    }

    #[test]
    fn keys_that_are_the_same_text_in_two_places_are_told_apart_by_what_follows() {
        let spell = |number: u32| Spelling { head: 1, text: b"same", tail: number };
        let tree = PrefixTree::build(0..500, spell).unwrap();
        let count = |sought| {
            let mut found = Vec::new();
            tree.collect(sought, spell, &mut found).unwrap();
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
        let tree = PrefixTree::build(0..1_000_000, spell).unwrap();
        for (prefix, matches) in [("shop:0007:", 1_000), ("shop:0007:7123", 1), ("shop:04", 100_000), ("none", 0)] {
            let (spelled, mut found) = (std::cell::Cell::new(0), Vec::new());
            let counted = |number| {
                spelled.set(spelled.get() + 1);
                spell(number)
            };
            tree.collect(Sought { head: 7, text: prefix.as_bytes(), whole: false }, counted, &mut found).unwrap();
            assert_eq!(found.len(), matches, "{prefix}");
            assert!(spelled.get() <= FULL, "{prefix}: {} keys were looked at", spelled.get());
        }
    }
}
