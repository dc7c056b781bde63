//! The examples of `docs/from-moka.md`, run: they need both caches, and this crate has both.
#![doc = ""]
#![doc = include_str!("../../docs/from-moka.md")]
