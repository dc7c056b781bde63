//! The fence: after an invalidation, a newer value or a drop, no later reader gets a value whose load began before it; and a load that
//! nothing concerned is stored.
//!
//! `FETCHWELL_SEED=7 cargo test --test fence` draws other programs; `FETCHWELL_TEST=long` makes them longer, and more.
#![cfg(not(target_arch = "wasm32"))]

#[path = "fence/one_key.rs"]
mod one_key;
#[path = "fence/step.rs"]
mod step;
#[path = "fence/stories.rs"]
mod stories;
mod support;
#[path = "fence/two_keys.rs"]
mod two_keys;
#[path = "fence/world.rs"]
mod world;
