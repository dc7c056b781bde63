//! Floor 3, for JavaScript: the one door between the engine and the TypeScript face in `js/`.
//!
//! Every export is synchronous and takes and gives numbers; texts cross in a piece of memory that both sides know (`desk`). No export
//! calls into JavaScript, so no code of a user ever runs while the engine is at work. What JavaScript hands in was checked by the face;
//! here it is checked once more only as far as memory and text are concerned.
//!
//! | file | its one idea |
//! |---|---|
//! | `engine` | the engines of this instance, one for each cache; what a call leaves behind for JavaScript to fetch |
//! | `desk` | where texts and numbers lie that cross: keys, partitions, tags, answers |
//! | `read`, `write`, `load`, `invalidate`, `list`, `persist`, `stats` | what can be done, a theme each |
//! | `text` | keys of parts, digests |
//! | `inject`, `points` | traps on purpose, in test builds; how they are asked for |

#[cfg(feature = "allocator")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

mod desk;
mod engine;
mod inject;
mod invalidate;
mod list;
mod load;
mod persist;
#[cfg(feature = "inject")]
mod points;
mod read;
mod stats;
mod text;
mod write;

pub use engine::{close, gone, gone_all, gone_key, name, namespace, numbers, open, space_names, texts};
pub use invalidate::{drop_partition, fence, invalidate};
pub use list::{end_listed, info, key_at, list, list_room};
pub use load::{abandon, begin, complete, may_join};
pub use persist::{decode, restore, snapshot, stage, unstage};
#[cfg(feature = "inject")]
pub use points::{arm, point, points};
pub use read::{asked, count, entry, get, look, peek, tell_asked};
pub use stats::{reset_stats, size, stats};
pub use text::{digest, escape_part};
pub use write::{prune, remove, set, touch};
