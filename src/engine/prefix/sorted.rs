//! A whole tree at once, about twice as fast as bucket by bucket: the entries are sorted by eight bytes of their keys at a time.
//!
//! To look at a key is to wait for memory, and here that happens once for eight bytes instead of twice for each.

use std::ops::Range;

use super::super::ranked::{Ranked, sort};
use super::{Edge, FULL, HEAD, NoMemory, PrefixTree, Spell, Spelling, collected, put};

/// How many bytes of a key are read at once.
const WINDOW: u32 = 8;

/// A run of entries, each ranked by a window of the next few bytes of its spelling, that is to become one bucket, or a branch over several. They agree in the first `at` bytes; their windows hold
/// `seen` bytes from there on, and they are in order of them.
struct Heap {
    node: u32,
    range: Range<usize>,
    at: usize,
    seen: u32,
}

impl PrefixTree {
    /// What `burst` does, for the bucket of a tree that is being built.
    pub(super) fn burst_sorted(&mut self, bucket: u32, spell: Spell<'_, '_>) -> Result<(), NoMemory> {
        let entries = std::mem::take(&mut self.nodes.at_mut(bucket).entries);
        let mut members = Vec::new();
        members.try_reserve_exact(entries.len())?;
        members.extend(entries.into_iter().map(|number| Ranked { rank: 0, number }));
        let mut heaps = Vec::new();
        put(&mut heaps, Heap { node: bucket, range: 0..members.len(), at: 0, seen: 0 })?;
        while let Some(mut heap) = heaps.pop() {
            let Some(members) = members.get_mut(heap.range.clone()) else { continue };
            if members.len() <= FULL {
                self.nodes.at_mut(heap.node).entries.try_reserve_exact(members.len())?;
                for member in members {
                    self.put(heap.node, member.number)?;
                }
                continue;
            }
            self.nodes.at_mut(heap.node).label = heap.take_common(members, spell)?;
            let mut from = heap.range.start;
            for part in members.chunk_by(|one, next| first_byte(one) == first_byte(next)) {
                let byte = part.first().map_or(0, first_byte);
                let node = self.add(heap.node)?;
                // They come in order, so this is their place.
                put(&mut self.nodes.at_mut(heap.node).edges, Edge { byte, node })?;
                put(&mut heaps, Heap { node, range: from..from + part.len(), at: heap.at + 1, seen: heap.seen - 1 })?;
                from += part.len();
            }
            for member in members {
                skip(member, 1);
            }
        }
        Ok(())
    }
}

impl Heap {
    /// The bytes from `at` on in which all agree; moves `at` behind them. At least one more byte is seen then.
    fn take_common(&mut self, members: &mut [Ranked], spell: Spell<'_, '_>) -> Result<Vec<u8>, NoMemory> {
        let Some(whole) = members.first().map(|member| spell(member.number)) else { return Ok(Vec::new()) };
        let from = self.at;
        loop {
            if self.seen == 0 {
                for member in &mut *members {
                    member.rank = spell(member.number).window(self.at);
                }
                sort(members);
                self.seen = WINDOW;
            }
            let (first, last) =
                members.first().zip(members.last()).map_or((0, 0), |(first, last)| (first.rank, last.rank));
            let agree = ((first ^ last).leading_zeros() / 8).min(self.seen);
            for member in &mut *members {
                skip(member, agree);
            }
            self.at += agree as usize;
            self.seen -= agree;
            if self.seen > 0 {
                return collected((from..self.at).map(|at| whole.byte(at)));
            }
            // All that was seen is common to all: more text may be, and is compared without windows.
            let text = whole.text_from(self.at);
            self.at += members.iter().fold(text.len(), |common, member| {
                let both = text.iter().zip(spell(member.number).text_from(self.at)).take(common);
                both.take_while(|(one, other)| one == other).count()
            });
        }
    }
}

/// The first byte of a window.
fn first_byte(member: &Ranked) -> u8 {
    member.rank.to_be_bytes()[0]
}

/// Goes on in its window.
fn skip(member: &mut Ranked, bytes: u32) {
    member.rank = member.rank.checked_shl(bytes * 8).unwrap_or(0);
}

impl<'a> Spelling<'a> {
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
