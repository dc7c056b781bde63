//! A growing array that never moves what it holds: it grows a page at a time, so no `push` copies a million elements.

/// Memory could not be had. The call that met it changes nothing and says so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct NoMemory;

impl From<std::collections::TryReserveError> for NoMemory {
    fn from(_: std::collections::TryReserveError) -> Self {
        Self
    }
}

/// A copy of a text, if there is memory for it.
pub(super) fn copied(text: &str) -> Result<Box<str>, NoMemory> {
    let mut copy = String::new();
    copy.try_reserve_exact(text.len())?;
    copy.push_str(text);
    Ok(copy.into_boxed_str())
}

/// All that an iterator gives, if there is memory for it.
pub(super) fn collected<T>(from: impl Iterator<Item = T>) -> Result<Vec<T>, NoMemory> {
    let mut all = Vec::new();
    for one in from {
        all.try_reserve(1)?;
        all.push(one);
    }
    Ok(all)
}

/// Appends to a list, if there is memory for it.
pub(super) fn put<T>(list: &mut Vec<T>, one: T) -> Result<(), NoMemory> {
    list.try_reserve(1)?;
    list.push(one);
    Ok(())
}

/// Puts something before what stands at a place in a list, if there is memory for it.
pub(super) fn put_at<T>(list: &mut Vec<T>, at: usize, mut one: T) -> Result<(), NoMemory> {
    list.try_reserve(1)?;
    for next in list.iter_mut().skip(at) {
        std::mem::swap(next, &mut one);
    }
    list.push(one);
    Ok(())
}

/// Takes out what stands at a place in a list; the last takes its place. Tells what stands there then.
pub(super) fn take_at<T: Copy>(list: &mut Vec<T>, at: usize) -> Option<T> {
    if at >= list.len() {
        return None;
    }
    let (last, place) = (list.pop()?, list.get_mut(at)?);
    *place = last;
    Some(last)
}

const SHIFT: u32 = 7;
const PAGE: usize = 1 << SHIFT;

/// Elements by number, in pages of 128. A number that was never given out reads the spare element, so that nothing can panic;
/// in debug builds it asserts, since it is always a mistake.
#[derive(Debug, Default)]
pub(super) struct Pages<T> {
    /// Whole pages; the last elements may not be given out yet.
    parts: Vec<Vec<T>>,
    len: usize,
    spare: T,
}

impl<T: Default> Pages<T> {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Makes sure that there is an element of this number.
    #[inline]
    pub(super) fn reach(&mut self, number: u32) -> Result<(), NoMemory> {
        if number as usize >= self.len { self.grow(number) } else { Ok(()) }
    }

    /// Appends a default element, and tells its number.
    pub(super) fn add(&mut self) -> Result<u32, NoMemory> {
        let number = u32::try_from(self.len).map_err(|_| NoMemory)?;
        self.grow(number)?;
        Ok(number)
    }

    #[inline(never)]
    fn grow(&mut self, number: u32) -> Result<(), NoMemory> {
        while self.parts.len() <= split(number).0 {
            let mut page = Vec::new();
            page.try_reserve_exact(PAGE)?;
            page.resize_with(PAGE, T::default);
            put(&mut self.parts, page)?;
        }
        self.len = number as usize + 1;
        Ok(())
    }

    #[inline]
    pub(super) fn at(&self, number: u32) -> &T {
        let (page, place) = split(number);
        let found = self.parts.get(page).and_then(|page| page.get(place));
        debug_assert!((number as usize) < self.len, "no element {number}");
        found.unwrap_or(&self.spare)
    }

    #[inline]
    pub(super) fn at_mut(&mut self, number: u32) -> &mut T {
        let (page, place) = split(number);
        let found = self.parts.get_mut(page).and_then(|page| page.get_mut(place));
        debug_assert!((number as usize) < self.len, "no element {number}");
        found.unwrap_or(&mut self.spare)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (0..).zip(self.parts.iter().flatten().take(self.len))
    }
}

#[inline]
fn split(number: u32) -> (usize, usize) {
    ((number >> SHIFT) as usize, number as usize & (PAGE - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_keep_their_numbers_across_pages() {
        let mut pages = Pages::<u64>::default();
        for number in 0..5_000_u64 {
            let added = pages.add().unwrap();
            assert_eq!(u64::from(added), number);
            *pages.at_mut(added) = number * 3;
        }
        assert_eq!(pages.len(), 5_000);
        assert!((0..5_000).all(|number| *pages.at(number) == u64::from(number) * 3));
        *pages.at_mut(4_999) = 7;
        assert_eq!(pages.iter().last(), Some((4_999, &7)));
    }
}
