//! Where texts and numbers lie that cross between JavaScript and the engine.
//!
//! JavaScript writes texts as UTF-8 to the place that [`Desk::reserve`] names: a key of a known length, then, each with an end mark that no
//! UTF-8 contains, the partition and the tags. Numbers that an answer consists of are left in [`Desk::numbers`].

use crate::engine::Partition;

/// Ends a text behind the key. No byte of UTF-8 is this one.
const END: u8 = 0xff;
/// A partition named by the application, as against one of a credential.
const NAMED: u8 = b'=';
/// How many numbers an answer has at most.
pub(super) const NUMBERS: usize = 48;

/// Of how many entries JavaScript tells at once, at most, that it answered with them.
pub(super) const ASKED: usize = 512;

pub(super) struct Desk {
    texts: Vec<u8>,
    numbers: Box<[f64]>,
    asked: Box<[u32]>,
}

/// What lies on the desk: a key, whose it is, and tags.
pub(super) struct Texts<'a> {
    pub(super) key: &'a str,
    pub(super) partition: Partition<'a>,
    /// The tags, each with its end mark.
    tags: &'a [u8],
}

impl Desk {
    pub(super) fn new() -> Self {
        Self { texts: Vec::new(), numbers: Box::new([0.0; NUMBERS]), asked: Box::new([0; ASKED]) }
    }

    /// Makes room for so many bytes and tells where they lie; 0 if there is no memory for them.
    pub(super) fn reserve(&mut self, bytes: usize) -> usize {
        let more = bytes.saturating_sub(self.texts.len());
        if self.texts.try_reserve(more).is_err() {
            return 0;
        }
        self.texts.resize(self.texts.len() + more, 0);
        self.texts.as_ptr().addr()
    }

    /// Where the numbers of answers lie: always the same place.
    pub(super) fn numbers(&self) -> usize {
        self.numbers.as_ptr().addr()
    }

    /// Entries with which JavaScript answered by itself.
    pub(super) fn asked(&self) -> &[u32] {
        &self.asked
    }

    /// The texts that JavaScript has laid there: `all` bytes, the first `key` of them the key. Nothing if they are no texts, which the
    /// face never lets happen.
    #[inline]
    pub(super) fn read(&self, key: usize, all: usize) -> Option<Texts<'_>> {
        let (key, rest) = self.texts.get(..all)?.split_at_checked(key)?;
        let key = core::str::from_utf8(key).ok()?;
        if rest.is_empty() {
            return Some(Texts { key, partition: Partition::Shared, tags: rest });
        }
        let (partition, tags) = until_end(rest)?;
        let partition = match partition.split_first_chunk() {
            None => Partition::Shared,
            Some(([NAMED], name)) => Partition::Named(core::str::from_utf8(name).ok()?),
            Some((_, name)) => Partition::Credential(core::str::from_utf8(name).ok()?),
        };
        Some(Texts { key, partition, tags })
    }

    /// Leaves numbers for JavaScript, from a place on.
    pub(super) fn put(&mut self, from: usize, numbers: &[f64]) {
        for (place, number) in self.numbers.iter_mut().skip(from).zip(numbers) {
            *place = *number;
        }
    }

    /// Leaves one text for JavaScript, and tells its length; -1 if there is no memory for it.
    pub(super) fn lay_one(&mut self, text: &str) -> i32 {
        i32::try_from(self.lay(core::iter::once(text))).map_or(-1, |length| length - 1)
    }

    /// Leaves texts for JavaScript, each with an end mark, and tells how many bytes they are; 0 if there is no memory for them.
    pub(super) fn lay<'t>(&mut self, texts: impl Iterator<Item = &'t str>) -> usize {
        let mut length = 0;
        for text in texts {
            let end = length + text.len();
            if self.reserve(end + 1) == 0 {
                return 0;
            }
            if let Some(place) = self.texts.get_mut(length..end) {
                place.copy_from_slice(text.as_bytes());
            }
            if let Some(mark) = self.texts.get_mut(end) {
                *mark = END;
            }
            length = end + 1;
        }
        length
    }
}

impl<'a> Texts<'a> {
    /// The tags; nothing if there is no memory to list them.
    pub(super) fn tags(&self) -> Option<Vec<&'a str>> {
        let (mut tags, mut rest) = (Vec::new(), self.tags);
        while let Some((tag, after)) = until_end(rest) {
            tags.try_reserve(1).ok()?;
            tags.push(core::str::from_utf8(tag).ok()?);
            rest = after;
        }
        Some(tags)
    }
}

fn until_end(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == END)?;
    let (text, rest) = bytes.split_at_checked(end)?;
    Some((text, rest.get(1..)?))
}
