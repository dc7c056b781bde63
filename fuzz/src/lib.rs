//! What the fuzz targets do with their bytes. Plain functions, so that `tests/fuzz_smoke.rs` runs them on stable Rust, too.
//!
//! Each panics when something that must always hold does not.

mod bytes;
mod extremes;
mod glob;
mod keys;
mod operations;
mod snapshot;
#[path = "../../tests/support/mod.rs"]
pub(crate) mod support;

pub use glob::glob;
pub use keys::keys;
pub use operations::operations;
pub use snapshot::snapshot;
