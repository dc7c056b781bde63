//! System 4 of the scenarios this project must serve: caches in a Rust API. The rows are named by their numbers, 4.1 to 4.19.
//!
//! Nothing here sleeps or measures: time is a clock moved by hand, or tokio's, which is paused. `bin/load` prints what is fast.

mod errors;
mod headers;
mod lifetimes;
mod metrics;
mod process;
mod server;
mod support;
mod traffic;
mod writes;
