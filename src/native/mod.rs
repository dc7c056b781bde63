//! Floor 3, for everything that is not a browser: the thread-safe cache for Rust servers, over the same engine.
//!
//! Start at [`Cache`]. What stands around it:
//!
//! | file | its one idea |
//! |---|---|
//! | `cache/` | what one can do with a cache: reads, writes, invalidation, loading, looking on, snapshots |
//! | `builder` | how a cache and its namespaces are set up |
//! | `key`, `form` | the words of a call: keys of text or parts; values cloned or shared |
//! | `body` | what all handles of one cache share, and its one lock |
//! | `space` | what belongs to one namespace |
//! | `flight`, `landing`, `shared` | one run of a loader, from its first poll to its landing; what it ends with; the future that its callers share |
//! | `load`, `attempts` | what a loader is told and may say, how a load can end; loaders of any type |
//! | `events`, `trace` | listeners and subscriptions, outside every lock; spans for `tracing` |
//! | `runtime`, `clock` | what the host lends: a spawner and a timer; the time |
//! | `codec`, `file` | values as bytes; files that are whole or not there |
//! | `tally`, `sync` | counters that readers do not fight over; the locks |
//! | `block`, `timer` | waiting for a future, and for a time, without an executor |

mod attempts;
mod block;
mod body;
mod builder;
mod cache;
mod clock;
mod codec;
mod events;
mod file;
mod flight;
mod form;
mod key;
mod landing;
mod load;
mod runtime;
mod shared;
mod space;
mod sync;
mod tally;
#[cfg(feature = "tokio")]
mod timer;
mod trace;

pub use builder::{Builder, NamespaceBuilder, Size};
pub use cache::{Cache, Entry, Invalidating};
pub use clock::{Clock, ManualClock};
pub use codec::Codec;
#[cfg(feature = "serde")]
pub use codec::Json;
pub use events::{Event, InvalidatedBy, Subscription, What};
pub use form::{Cloned, Form, Shared};
pub use key::{Key, KeyPart};
pub use load::{Answer, Load, LoadError, Served};
#[cfg(feature = "tokio")]
pub use runtime::Tokio;
pub use runtime::{Functions, Runtime, Task};
