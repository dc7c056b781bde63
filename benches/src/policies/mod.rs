//! Short own versions of the policies that the engine is compared with, over small key numbers.
//!
//! They are a measuring stick, not an engine: arrays as long as the key space, no values, no removal.
//! On the open traces they come within a few tenths of our first study.

mod list;
mod lru;
mod opt;
mod s3_fifo;
mod sketch;
mod w_tiny_lfu;

pub use list::List;
pub use lru::Lru;
pub use opt::Opt;
pub use s3_fifo::S3Fifo;
pub use sketch::Sketch;
pub use w_tiny_lfu::WTinyLfu;

/// A cache of keys without values.
pub trait Policy {
    /// Asks for `key`, and on a miss offers it to the cache. Whether it was there.
    fn request(&mut self, key: u32) -> bool;
}

/// How many requests of `stream` hit.
pub fn hits(policy: &mut (impl Policy + ?Sized), stream: &[u32]) -> usize {
    stream.iter().filter(|&&key| policy.request(key)).count()
}
