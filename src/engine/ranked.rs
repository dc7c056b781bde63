//! Numbers in the order of something else. One sort serves all who need one: it is some kilobytes of WebAssembly each time it is compiled.

/// A number, and what it is sorted by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Ranked {
    pub(super) rank: u64,
    pub(super) number: u32,
}

/// The least first; those that are equal in the order of their numbers.
pub(super) fn sort(list: &mut [Ranked]) {
    list.sort_unstable();
}
