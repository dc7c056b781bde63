//! W-TinyLFU: a small LRU window, a segmented LRU behind it, a frequency sketch at the gate.

use super::{List, Policy, Sketch};

/// Where a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Home {
    Nowhere,
    Window,
    Probation,
    Protected,
}

/// Window 1 %; of the rest, 80 % protected.
#[derive(Debug)]
pub struct WTinyLfu {
    window_room: usize,
    main_room: usize,
    protected_room: usize,
    window: List,
    probation: List,
    protected: List,
    homes: Vec<Home>,
    sketch: Sketch,
}

impl WTinyLfu {
    /// A cache of `capacity` entries for the keys `0..universe`.
    pub fn new(capacity: usize, universe: u32) -> Self {
        let window_room = (capacity / 100).max(1);
        let main_room = capacity - window_room;
        Self {
            window_room,
            main_room,
            protected_room: main_room * 4 / 5,
            window: List::new(universe),
            probation: List::new(universe),
            protected: List::new(universe),
            homes: vec![Home::Nowhere; universe as usize],
            sketch: Sketch::new(capacity),
        }
    }

    /// A second hit protects; who is protected longest without a hit goes back to probation.
    fn protect(&mut self, key: u32) {
        self.probation.remove(key);
        self.protected.push(key);
        self.homes[key as usize] = Home::Protected;
        if self.protected.len() > self.protected_room
            && let Some(demoted) = self.protected.pop()
        {
            self.probation.push(demoted);
            self.homes[demoted as usize] = Home::Probation;
        }
    }

    /// The window's oldest enters the main space if there is room, or if it beats the victim there.
    fn leave_window(&mut self) {
        let Some(candidate) = self.window.pop() else {
            return;
        };
        self.homes[candidate as usize] = Home::Nowhere;
        if self.probation.len() + self.protected.len() >= self.main_room {
            let Some(victim) = self.probation.oldest().or(self.protected.oldest()) else {
                return;
            };
            if self.sketch.estimate(candidate) <= self.sketch.estimate(victim) {
                return;
            }
            match self.homes[victim as usize] {
                Home::Protected => self.protected.remove(victim),
                _ => self.probation.remove(victim),
            }
            self.homes[victim as usize] = Home::Nowhere;
        }
        self.probation.push(candidate);
        self.homes[candidate as usize] = Home::Probation;
    }
}

impl Policy for WTinyLfu {
    fn request(&mut self, key: u32) -> bool {
        self.sketch.add(key);
        match self.homes[key as usize] {
            Home::Window => self.window.refresh(key),
            Home::Probation => self.protect(key),
            Home::Protected => self.protected.refresh(key),
            Home::Nowhere => {
                self.window.push(key);
                self.homes[key as usize] = Home::Window;
                if self.window.len() > self.window_room {
                    self.leave_window();
                }
                return false;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policies::hits;

    #[test]
    fn the_more_frequent_of_newcomer_and_victim_stays() {
        // One place in the window, one protected, one on probation. 0 and 1 fill the main space and are
        // hit. 2 is turned away by 1 (one request each), comes back, is hit in the window (three
        // requests now) and so drives out 0 (two). 0 is missed then, 2 is not.
        let stream = [0, 1, 2, 0, 3, 1, 2, 2, 4, 0, 2];
        assert_eq!(hits(&mut WTinyLfu::new(3, 5), &stream), 4);
        assert_eq!(hits(&mut WTinyLfu::new(3, 5), &stream[..10]), 3, "0 was driven out, 2 stayed");
    }
}
