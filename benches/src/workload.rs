//! Made-up streams and keys: the same for every contestant, the same in every run.

/// Scrambles 64 bits (the finaliser of `SplitMix64`).
pub fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// `SplitMix64`: small, fast, and the same everywhere.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// A stream of numbers that depends on `seed` alone.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number in `0.0..1.0`.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number in `0..bound`.
    pub fn below(&mut self, bound: u32) -> u32 {
        ((u64::from(bound) * (self.bits() >> 32)) >> 32) as u32
    }

    /// The numbers `0..count` in random order.
    pub fn shuffled(&mut self, count: u32) -> Vec<u32> {
        let mut numbers: Vec<u32> = (0..count).collect();
        for last in (1..count).rev() {
            numbers.swap(last as usize, self.below(last + 1) as usize);
        }
        numbers
    }
}

/// The exponent of every zipf stream here: the popularity of rank `r` is `1 / r^0.99`.
const THETA: f64 = 0.99;

/// Ranks with zipf popularity, drawn as YCSB does (Gray et al., SIGMOD'94): no table, and a little
/// steeper than the exact law, by 0.3 to 0.9 points of hit ratio with LRU.
#[derive(Debug, Clone)]
pub struct Zipf {
    count: f64,
    zeta: f64,
    eta: f64,
}

impl Zipf {
    /// Ranks `0..count`.
    pub fn new(count: u32) -> Self {
        let zeta: f64 = (1..=count).map(|rank| f64::from(rank).powf(-THETA)).sum();
        let first_two = 1.0 + 0.5_f64.powf(THETA);
        let count = f64::from(count);
        let eta = (1.0 - (2.0 / count).powf(1.0 - THETA)) / (1.0 - first_two / zeta);
        Self { count, zeta, eta }
    }

    /// A rank; 0 is the most popular.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at least 0 and below `count`, which was a u32"
    )]
    pub fn rank(&self, random: &mut Random) -> u32 {
        let unit = random.unit();
        let share = unit * self.zeta;
        if share < 1.0 {
            0
        } else if share < 1.0 + 0.5_f64.powf(THETA) {
            1
        } else {
            let rank = self.count * (self.eta * unit - self.eta + 1.0).powf(1.0 / (1.0 - THETA));
            rank.min(self.count - 1.0) as u32
        }
    }

    /// An order of `requests` requests among the keys `0..count`, the popular ones strewn among the
    /// others, so that no contestant finds them side by side in memory.
    pub fn order(&self, count: u32, requests: usize, random: &mut Random) -> Vec<u32> {
        let places = random.shuffled(count);
        (0..requests).map(|_| places[self.rank(random) as usize]).collect()
    }
}

/// Books of one tenant, that is keys with one prefix.
pub const BOOKS: u32 = 1000;

/// Key number `number`: 57 characters, as an API cache sees them; a thousand share a tenant.
pub fn api_key(number: u32) -> String {
    format!("{}books/{:07}", api_prefix(number / BOOKS), number % BOOKS)
}

/// What all keys of one tenant begin with.
pub fn api_prefix(tenant: u32) -> String {
    format!("GET https://api.example.com/v2/tenants/{tenant:04}/")
}

/// The keys numbered `0..count`.
pub fn api_keys(count: u32) -> Vec<String> {
    (0..count).map(api_key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shuffle_loses_nothing() {
        let mut numbers = Random::new(7).shuffled(1000);
        assert_ne!(numbers[..5], [0, 1, 2, 3, 4]);
        numbers.sort_unstable();
        assert!(numbers.into_iter().eq(0..1000));
    }

    #[test]
    fn the_first_ranks_are_as_popular_as_the_law_says() {
        let (zipf, mut random) = (Zipf::new(1000), Random::new(1));
        let mut counts = [0_u32; 1000];
        (0..100_000).for_each(|_| counts[zipf.rank(&mut random) as usize] += 1);
        // 1 / zeta(1000) = 0.1302; half of it (2^-0.99) for the second.
        assert!((12_700..13_350).contains(&counts[0]), "{}", counts[0]);
        assert!((6_300..6_800).contains(&counts[1]), "{}", counts[1]);
        assert!(counts[999] < 60);
    }

    #[test]
    fn keys_have_the_prefix_of_their_tenant() {
        assert_eq!(api_key(42_123), "GET https://api.example.com/v2/tenants/0042/books/0000123");
        assert!(api_key(42_999).starts_with(&api_prefix(42)));
        assert!(!api_key(43_000).starts_with(&api_prefix(42)));
    }
}
