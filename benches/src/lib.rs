//! Hit ratios and speed of fetchwell's engine, beside its peers. Nothing here is part of the package.
//!
//! `cargo xtask bench hit-ratio` and `cargo xtask bench engine` print what is measured here.
//! Figures are printed, never asserted: a slow machine is not a broken build.

pub mod engine;
pub mod from_moka;
pub mod hit_ratio;
pub mod policies;
pub mod table;
pub mod threads;
pub mod trace;
pub mod workload;
