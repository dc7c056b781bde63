//! A ticket desk: an axum server in front of a slow database, with fetchwell between them.
//!
//! Read in this order:
//!
//! | file | its one idea |
//! |---|---|
//! | `caches` | four typed caches as namespaces of one root, under one budget |
//! | `asking` | a value through its cache, and what the cache did for it |
//! | `status` | that as `X-Cache-Status` and as `Cache-Status` (RFC 9211) |
//! | `writes` | which entries a changed ticket takes with it |
//! | `app`, `handlers` | the routes, one file for each kind of thing |
//! | `input`, `problem` | what came in is checked at the door; what went wrong is said as JSON |
//! | `server` | on a port, until it is told to stop |
//! | `database`, `ticket`, `ids` | what is cached: rows, and how slowly and badly they come |
//! | `options` | the command line |
//! | `client`, `workload` | the other side, for the load test, the tour and the tests |

pub mod app;
pub mod asking;
pub mod caches;
pub mod client;
pub mod database;
mod handlers;
pub mod ids;
mod input;
pub mod options;
mod problem;
pub mod server;
pub mod status;
pub mod ticket;
pub mod workload;
pub mod writes;
