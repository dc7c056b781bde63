//! Who carries a tag, at a cost that follows their number. Every membership knows its place in the tag's list, so taking an entry
//! out costs a swap and nothing ever has to be compacted.

use super::hash::KeyedHash;
use super::interner::Interner;
use super::pages::{NoMemory, Pages, copied, take_at};

/// What a tag costs an entry beside the tag's text.
pub(super) const TAG_BYTES: u64 = 16;
/// The realm of tag names among hashed texts.
const REALM: u64 = 1 << 40;

#[derive(Debug)]
struct Tag {
    name: Box<str>,
    members: Vec<Member>,
}

/// An entry in a tag's list: which it is, and which of its tags this is.
#[derive(Clone, Copy, Debug)]
struct Member {
    entry: u32,
    nth: u32,
}

/// A tag in an entry's list: which it is, and where in its list the entry stands.
#[derive(Clone, Copy, Debug)]
struct Link {
    tag: u32,
    at: u32,
}

/// All tags in use.
#[derive(Debug, Default)]
pub(super) struct TagIndex {
    tags: Interner<Tag>,
    /// By entry; holds nothing at all until a tag is used.
    links: Pages<Vec<Link>>,
}

impl TagIndex {
    /// Gives an entry its tags. An entry that carries one twice carries it once. If memory runs out, it has none.
    pub(super) fn attach(&mut self, entry: u32, names: &[&str], hash: KeyedHash) -> Result<(), NoMemory> {
        if names.is_empty() {
            return Ok(());
        }
        self.links.reach(entry)?;
        self.links.at_mut(entry).try_reserve_exact(names.len())?;
        for name in names {
            if let Err(no_memory) = self.attach_one(entry, name, hash) {
                self.detach(entry);
                return Err(no_memory);
            }
        }
        Ok(())
    }

    fn attach_one(&mut self, entry: u32, name: &str, hash: KeyedHash) -> Result<(), NoMemory> {
        let hash = hash.of(REALM, name.as_bytes());
        let make = || Ok(Tag { name: copied(name)?, members: Vec::new() });
        let tag = self.tags.take(hash, |tag| *tag.name == *name, make)?;
        // A tag named twice was just given: the entry is the last of its members.
        let again = self.tags.get(tag).and_then(|tag| tag.members.last()).is_some_and(|last| last.entry == entry);
        if again {
            self.tags.release(tag);
            return Ok(());
        }
        let links = self.links.at_mut(entry);
        let nth = u32::try_from(links.len()).map_err(|_| NoMemory)?;
        let Some(members) = self.tags.get_mut(tag).map(|tag| &mut tag.members) else { return Ok(()) };
        if members.try_reserve(1).is_err() {
            self.tags.release(tag);
            return Err(NoMemory);
        }
        let Ok(at) = u32::try_from(members.len()) else {
            self.tags.release(tag);
            return Err(NoMemory);
        };
        links.push(Link { tag, at });
        members.push(Member { entry, nth });
        Ok(())
    }

    /// Takes an entry out of all its tags.
    pub(super) fn detach(&mut self, entry: u32) {
        if entry as usize >= self.links.len() {
            return;
        }
        for Link { tag, at } in std::mem::take(self.links.at_mut(entry)) {
            if let Some(members) = self.tags.get_mut(tag).map(|tag| &mut tag.members)
                && let Some(moved) = take_at(members, at as usize)
                && let Some(link) = self.links.at_mut(moved.entry).get_mut(moved.nth as usize)
            {
                link.at = at;
            }
            self.tags.release(tag);
        }
    }

    /// The entries that carry a tag.
    pub(super) fn members(&self, name: &str, hash: KeyedHash) -> impl Iterator<Item = u32> {
        let tag = self.tags.find(hash.of(REALM, name.as_bytes()), |tag| *tag.name == *name);
        let members = tag.and_then(|tag| self.tags.get(tag)).map(|tag| tag.members.as_slice());
        members.unwrap_or_default().iter().map(|member| member.entry)
    }

    /// The tags of an entry.
    pub(super) fn of(&self, entry: u32) -> impl Iterator<Item = &str> {
        self.carried_by(entry).iter()
    }

    pub(super) fn carried_by(&self, entry: u32) -> Tags<'_> {
        let links = if (entry as usize) < self.links.len() { self.links.at(entry).as_slice() } else { &[] };
        Tags { index: self, links }
    }

    /// How many different tags are in use.
    pub(super) fn len(&self) -> usize {
        self.tags.len()
    }

    /// How many memberships there are; an error says which is broken. For checks.
    pub(super) fn check(&self, is_live: impl Fn(u32) -> bool) -> Result<usize, String> {
        let mut count = 0;
        for (number, tag, uses) in self.tags.iter() {
            if tag.members.len() != uses as usize || tag.members.is_empty() {
                return Err(format!("tag {} has {} members and {uses} uses", tag.name, tag.members.len()));
            }
            for (at, member) in tag.members.iter().enumerate() {
                let link = self.links.at(member.entry).get(member.nth as usize);
                if !is_live(member.entry) || link.is_none_or(|link| link.tag != number || link.at as usize != at) {
                    return Err(format!("tag {} has a member it should not have: {}", tag.name, member.entry));
                }
                count += 1;
            }
        }
        Ok(count)
    }
}

/// The tags of one entry, in the order in which they were given, each once. Use it where the tags decide what to do with an entry;
/// it is a view and costs no memory.
///
/// ```
/// use fetchwell::engine::{Config, Insert, Place, Store, Tags, Timestamp};
///
/// let mut store = Store::new(Config::default());
/// let how = Insert { tags: &["novels", "classics"], ..Insert::default() };
/// let _ = store.insert(Place::ROOT, "books:7", "Emma", how, Timestamp(0));
/// let tags: Option<Tags<'_>> = store.entry(Place::ROOT, "books:7", Timestamp(1)).map(|entry| entry.tags);
/// assert!(tags.is_some_and(|tags| tags.iter().any(|tag| tag == "novels")));
/// ```
#[derive(Clone, Copy)]
pub struct Tags<'a> {
    index: &'a TagIndex,
    links: &'a [Link],
}

impl<'a> Tags<'a> {
    /// Each of them. Use it to look for one, or to list them.
    pub fn iter(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let index = self.index;
        self.links.iter().filter_map(|link| index.tags.get(link.tag)).map(|tag| &*tag.name)
    }
}

impl std::fmt::Debug for Tags<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_list().entries(self.iter()).finish()
    }
}

impl PartialEq for Tags<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<const N: usize> PartialEq<[&str; N]> for Tags<'_> {
    fn eq(&self, other: &[&str; N]) -> bool {
        self.iter().eq(other.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::hash::{Keys, Seed};

    fn hash() -> KeyedHash {
        Keys::new(Seed::Fixed(1, 2)).make()
    }

    fn members(index: &TagIndex, name: &str) -> Vec<u32> {
        let mut members: Vec<u32> = index.members(name, hash()).collect();
        members.sort_unstable();
        members
    }

    #[test]
    fn entries_are_found_by_tag_until_they_go() {
        let mut index = TagIndex::default();
        index.attach(0, &["red", "big"], hash()).unwrap();
        index.attach(5, &["red"], hash()).unwrap();
        index.attach(2, &["big", "red", "big"], hash()).unwrap();
        assert_eq!(members(&index, "red"), [0, 2, 5]);
        assert_eq!(index.of(2).collect::<Vec<_>>(), ["big", "red"]);
        index.detach(0);
        assert_eq!(members(&index, "red"), [2, 5]);
        assert_eq!(members(&index, "big"), [2]);
        assert_eq!(index.check(|_| true), Ok(3));
        index.detach(2);
        index.detach(5);
        assert_eq!((index.len(), members(&index, "red")), (0, vec![]));
    }

    #[test]
    fn a_million_one_off_tags_leave_nothing_behind() {
        let mut index = TagIndex::default();
        for number in 0..1_000_000_u32 {
            index.attach(3, &[&number.to_string(), "shared"], hash()).unwrap();
            index.detach(3);
        }
        assert_eq!((index.len(), index.of(3).count(), index.of(99).count()), (0, 0, 0));
    }
}
