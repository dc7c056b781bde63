//! Bytes allocated per entry, counted by the allocator; `fetchwell-bench engine` starts this.

use std::alloc::System;

use cap::Cap;
use fetchwell_bench::engine::{Scale, memory};

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

fn main() {
    let quick = std::env::args().any(|argument| argument == "--quick");
    print!("{}", memory::table(Scale::of(quick).large, || ALLOCATOR.allocated()));
}
