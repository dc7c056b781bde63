//! Floor 2: the whole cache minus the I/O. Every decision is a value that pure code returns; whoever stands above carries it out.
//!
//! | file | its one idea |
//! |---|---|
//! | `policy` | the lifetime rules of a cache, a namespace and a call: the nearest wins |
//! | `next` | what a caller does who wants a value, loaded if need be |
//! | `flights` | the loads in flight, and who may join one |
//! | `retry`, `early` | when to try again, and when to refresh before it is due |
//! | `text`, `lifetime` | durations and sizes as people write them, and as options take them |
//! | `describe`, `metrics` | statistics in words, and as OpenMetrics |
#![cfg_attr(
    all(target_arch = "wasm32", not(test)),
    expect(
        dead_code,
        unused_imports,
        reason = "in JavaScript flights, retries and texts are the face's own affair: what promises do by themselves, and what numbers need not cross for"
    )
)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::todo,
    clippy::indexing_slicing,
    clippy::string_slice
)]

mod describe;
mod early;
mod flights;
mod lifetime;
mod metrics;
mod next;
mod policy;
mod retry;
mod text;

pub use describe::{Description, Rating, describe};
#[cfg(all(target_arch = "wasm32", feature = "bindings"))]
pub(crate) use early::is_due;
pub(crate) use early::is_early;
pub(crate) use flights::{FlightId, Flights};
pub use lifetime::Lifetime;
pub use metrics::{MetricNames, open_metrics};
pub(crate) use next::{Next, next};
pub use policy::Policy;
pub(crate) use policy::Rules;
pub use retry::Retry;
pub use text::{parse_bytes, parse_span};
