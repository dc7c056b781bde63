//! Floor 0: the cache as a data structure. Pure: no clock, no I/O, no JavaScript, no thread, and nothing here panics.
//!
//! Start at [`Store`]. What stands around it:
//!
//! | file | its one idea |
//! |---|---|
//! | `store/` | where everything meets: look-ups, writes, room, invalidation, loads, snapshots |
//! | `config`, `scope`, `outcome`, `life`, `time` | the words: bounds, places, answers, lifetimes, moments |
//! | `key`, `glob`, `filter` | texts: keys of segments, patterns, hashes of filter objects |
//! | `entries`, `places`, `partitions`, `tags`, `prefix`, `loads` | who is there, where, under which tag and prefix, and who is on the way |
//! | `policy`, `queues`, `ghosts`, `expiry` | who has to go: for room, and because time is up |
//! | `stats` | what is counted |
//! | `snapshot` | the byte format |
//! | `table`, `pages`, `interner`, `hash`, `ranked` | the structures below: none of them ever moves a million elements at once, but the sort |
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::todo,
    clippy::indexing_slicing,
    clippy::string_slice
)]

mod config;
mod entries;
mod expiry;
mod filter;
mod ghosts;
mod glob;
mod hash;
mod interner;
mod key;
mod life;
mod loads;
mod outcome;
mod pages;
mod partitions;
mod places;
mod policy;
mod prefix;
mod queues;
mod ranked;
mod scope;
mod snapshot;
mod stats;
mod store;
mod table;
mod tags;
mod time;

pub use config::{Bounds, Config};
#[cfg(all(target_arch = "wasm32", feature = "bindings"))]
pub(crate) use filter::digest;
pub use filter::{FilterError, FilterValue, canonical, hash_key};
pub use glob::Glob;
pub use hash::Seed;
pub use key::{KeyError, Part, is_segment_prefix, join, join_texts};
pub use life::Terms;
pub use loads::Ticket;
pub use outcome::{Inserted, Lookup, MissReason, RejectReason, RemovalCause, Removed, Stale, Why};
pub use scope::{How, Namespace, Partition, Place, Scope, Selector};
pub use snapshot::{Record, SnapshotError, decode, encode};
pub use stats::{Stats, Window, Windows};
pub use store::{Counted, EntryInfo, Freshness, Insert, NamespaceDiffers, Restored, Snapshot, Store};
pub use tags::Tags;
pub use time::{Span, Timestamp};
