#![cfg_attr(not(all(doctest, target_arch = "wasm32")), doc = include_str!("../README.md"))]
#![forbid(unsafe_code)]
// The examples are run natively. `wasm-pack test` would try them in wasm as well, where half of what they show is not.
#![cfg(not(all(doctest, target_arch = "wasm32")))]

#[cfg(all(target_arch = "wasm32", feature = "bindings"))]
pub mod bindings;
pub mod cache;
pub mod engine;
mod error;
#[cfg(not(target_arch = "wasm32"))]
pub mod native;

pub use cache::{Description, Lifetime, MetricNames, Policy, Rating, Retry};
pub use error::{Code, Error};
#[cfg(feature = "serde")]
#[cfg(not(target_arch = "wasm32"))]
pub use native::Json;
#[cfg(feature = "tokio")]
#[cfg(not(target_arch = "wasm32"))]
pub use native::Tokio;
#[cfg(not(target_arch = "wasm32"))]
pub use native::{
    Answer, Builder, Cache, Clock, Cloned, Codec, Entry, Event, Form, Functions, InvalidatedBy, Invalidating, Key,
    KeyPart, Load, LoadError, ManualClock, NamespaceBuilder, Runtime, Served, Shared, Size, Subscription, Task, What,
};

#[cfg(all(doc, not(doctest), not(target_arch = "wasm32")))]
#[doc = include_str!("../docs/from-moka.md")]
pub mod from_moka {}
