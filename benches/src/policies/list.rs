//! A doubly linked list over small key numbers: two arrays, no allocation per entry.

const NONE: u32 = u32::MAX;

/// An order of keys, oldest first. A key may be in one list at a time.
#[derive(Debug)]
pub struct List {
    /// For each key, the one that is a step older.
    older: Vec<u32>,
    /// For each key, the one that is a step newer.
    newer: Vec<u32>,
    oldest: u32,
    newest: u32,
    length: usize,
}

impl List {
    /// An empty list for the keys `0..universe`.
    pub fn new(universe: u32) -> Self {
        let links = vec![NONE; universe as usize];
        Self { older: links.clone(), newer: links, oldest: NONE, newest: NONE, length: 0 }
    }

    /// How many keys are in it.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The key that was appended longest ago.
    pub fn oldest(&self) -> Option<u32> {
        (self.oldest != NONE).then_some(self.oldest)
    }

    /// Appends `key` as the newest.
    pub fn push(&mut self, key: u32) {
        self.older[key as usize] = self.newest;
        self.newer[key as usize] = NONE;
        match self.newest {
            NONE => self.oldest = key,
            newest => self.newer[newest as usize] = key,
        }
        self.newest = key;
        self.length += 1;
    }

    /// Takes `key`, which must be in the list, out of it.
    pub fn remove(&mut self, key: u32) {
        let (older, newer) = (self.older[key as usize], self.newer[key as usize]);
        match older {
            NONE => self.oldest = newer,
            older => self.newer[older as usize] = newer,
        }
        match newer {
            NONE => self.newest = older,
            newer => self.older[newer as usize] = older,
        }
        self.length -= 1;
    }

    /// Takes the oldest key out.
    pub fn pop(&mut self) -> Option<u32> {
        let key = self.oldest()?;
        self.remove(key);
        Some(key)
    }

    /// Makes `key`, which must be in the list, the newest.
    pub fn refresh(&mut self, key: u32) {
        self.remove(key);
        self.push(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_leave_in_the_order_of_their_last_refresh() {
        let mut list = List::new(4);
        (0..4).for_each(|key| list.push(key));
        list.refresh(0);
        list.remove(2);
        assert_eq!(list.len(), 3);
        assert_eq!([list.pop(), list.pop(), list.pop(), list.pop()], [Some(1), Some(3), Some(0), None]);
        assert!(list.is_empty());
    }
}
