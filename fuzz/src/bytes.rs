//! Choices out of bytes: what the fuzzer changes a little, changes the case a little.

/// Bytes that are used up from the front; when they end, all is nothing.
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

impl<'a> Bytes<'a> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.array::<1>()[0]
    }

    pub(crate) fn below(&mut self, limit: u8) -> u8 {
        self.byte() % limit.max(1)
    }

    pub(crate) fn number(&mut self) -> u64 {
        // Mostly small, and of every size, the ends included.
        match self.below(6) {
            0 => u64::MAX - u64::from(self.byte()),
            1 => u64::from_le_bytes(self.array()),
            2 => 1 << self.below(64),
            3 => u64::from(u16::from_le_bytes(self.array())),
            _ => u64::from(self.byte()),
        }
    }

    pub(crate) fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut array = [0; N];
        let taken = self.take(N);
        array[..taken.len()].copy_from_slice(taken);
        array
    }

    pub(crate) fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// A text of at most so many pieces.
    pub(crate) fn text(&mut self, pieces: &[&str], most: u8) -> String {
        (0..self.below(most + 1)).map(|_| pieces[usize::from(self.byte()) % pieces.len()]).collect()
    }
}
