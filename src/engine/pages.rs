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

const SHIFT: u32 = 10;
const PAGE: usize = 1 << SHIFT;

/// Elements by number, in pages of 1 024. A number that was never given out reads the spare element, so that nothing can panic;
/// in debug builds it asserts, since it is always a mistake.
#[derive(Debug, Default)]
pub(super) struct Pages<T> {
    /// All but the last are full.
    parts: Vec<Vec<T>>,
    len: usize,
    spare: T,
}

impl<T: Default> Pages<T> {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Makes sure that the next `push` has a place to go.
    pub(super) fn reserve_one(&mut self) -> Result<(), NoMemory> {
        match self.parts.last_mut() {
            Some(last) if last.len() < PAGE => {
                if last.len() == last.capacity() {
                    // Only the first page starts small; a small cache should cost little.
                    let more = last.len().clamp(8, PAGE - last.len());
                    last.try_reserve_exact(more)?;
                }
            }
            _ => {
                let mut page = Vec::new();
                page.try_reserve_exact(if self.parts.is_empty() { 8 } else { PAGE })?;
                self.parts.try_reserve(1)?;
                self.parts.push(page);
            }
        }
        Ok(())
    }

    /// Appends default elements until there is one of this number.
    #[inline]
    pub(super) fn reach(&mut self, number: u32) -> Result<(), NoMemory> {
        while self.len <= number as usize {
            self.push(T::default())?;
        }
        Ok(())
    }

    /// Appends, and tells the number.
    pub(super) fn push(&mut self, element: T) -> Result<u32, NoMemory> {
        let number = u32::try_from(self.len()).map_err(|_| NoMemory)?;
        self.reserve_one()?;
        if let Some(last) = self.parts.last_mut() {
            last.push(element);
            self.len += 1;
        }
        Ok(number)
    }

    #[inline]
    pub(super) fn at(&self, number: u32) -> &T {
        let (page, place) = split(number);
        let found = self.parts.get(page).and_then(|page| page.get(place));
        debug_assert!(found.is_some(), "no element {number}");
        found.unwrap_or(&self.spare)
    }

    #[inline]
    pub(super) fn at_mut(&mut self, number: u32) -> &mut T {
        let (page, place) = split(number);
        let found = self.parts.get_mut(page).and_then(|page| page.get_mut(place));
        debug_assert!(found.is_some(), "no element {number}");
        found.unwrap_or(&mut self.spare)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (0..).zip(self.parts.iter().flatten())
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
            assert_eq!(pages.push(number * 3), Ok(u32::try_from(number).unwrap()));
        }
        assert_eq!(pages.len(), 5_000);
        assert!((0..5_000).all(|number| *pages.at(number) == u64::from(number) * 3));
        *pages.at_mut(4_999) = 7;
        assert_eq!(pages.iter().last(), Some((4_999, &7)));
    }
}
