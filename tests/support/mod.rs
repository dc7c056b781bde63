//! What the tests of the engine share: a source of repeatable chance, and how much work a run is asked to do.
#![allow(dead_code, reason = "each test file uses its own part of this")]

pub(crate) mod model;
pub(crate) mod program;

/// A small generator whose whole state is its seed, so that a printed number repeats a run.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let n = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        n ^ (n >> 31)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    pub(crate) fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.below(from.len() as u64)).unwrap()]
    }
}

/// The seed of this run: `FETCHWELL_SEED`, or a fixed one.
pub(crate) fn seed() -> u64 {
    let given =
        std::env::var("FETCHWELL_SEED").ok().map(|text| text.trim().parse().expect("FETCHWELL_SEED is a number"));
    given.unwrap_or(20_261_121)
}

/// How much work a run does: `FETCHWELL_TEST` says quick, full or long.
pub(crate) fn scaled(full: u64) -> u64 {
    match std::env::var("FETCHWELL_TEST").as_deref() {
        Ok("quick") => full / 10,
        Ok("long") => full * 20,
        _ => full,
    }
}
