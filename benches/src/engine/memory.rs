//! Bytes allocated per entry. Runs in a program of its own, whose allocator counts: counting costs
//! every contestant some time, and a program of its own starts with an empty heap.

use std::process::Command;

use super::contestants::{Contestant, HOUR, Ours, Plain, Visitor, each_peer};
use crate::table::Table;
use crate::workload::api_keys;

/// The program that [`run_apart`] starts.
pub const PROGRAM: &str = "fetchwell-bench-memory";

/// The table; `allocated` tells the bytes allocated now.
pub fn table(count: u32, allocated: fn() -> usize) -> Table {
    let keys = api_keys(3 * count);
    let payload = keys[0].len() + size_of::<u64>();
    let columns = ["", "filled", "less key and value", "after churn", "less key and value", "held"];
    let title = format!("bytes allocated per entry, {count} entries ({payload} are key and value)");
    let table = Table::new(title, &columns);
    let mut bench = Memory { keys, count: count as usize, payload, allocated, table };
    bench.visit::<Ours>();
    each_peer(&mut bench);
    bench.visit::<Plain>();
    bench.table
}

struct Memory {
    keys: Vec<String>,
    count: usize,
    payload: usize,
    allocated: fn() -> usize,
    table: Table,
}

impl Visitor for Memory {
    fn visit<C: Contestant>(&mut self) {
        let before = (self.allocated)();
        let mut cache = C::new(self.count, HOUR);
        let (first, more) = self.keys.split_at(self.count);
        super::insert::write(&mut cache, first, 0);
        let filled = self.each(before, cache.len());
        // A map without a bound would only grow.
        let churned = C::NAME != Plain::NAME;
        if churned {
            super::insert::write(&mut cache, more, self.count);
        }
        let held = cache.len();
        let after = self.each(before, held);
        let [churn, above] = if churned {
            [format!("{after:.0}"), format!("{:.0}", after - self.payload())]
        } else {
            ["-".to_owned(), "-".to_owned()]
        };
        let cells = [format!("{filled:.0}"), format!("{:.0}", filled - self.payload())];
        self.table.row(C::NAME, cells.into_iter().chain([churn, above, held.to_string()]));
    }
}

#[expect(clippy::cast_precision_loss, reason = "bytes of a process")]
impl Memory {
    fn each(&self, before: usize, entries: usize) -> f64 {
        (self.allocated)().saturating_sub(before) as f64 / entries.max(1) as f64
    }

    fn payload(&self) -> f64 {
        self.payload as f64
    }
}

/// Has cargo build (if need be) and run the program that counts; says so where that cannot be.
pub fn run_apart(quick: bool) {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["run", "--release", "--quiet", "--manifest-path"]);
    command.args([concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"), "--bin", PROGRAM, "--"]);
    command.args(quick.then_some("--quick"));
    match command.status() {
        Ok(status) if status.success() => {}
        Ok(status) => println!("\nbytes per entry: {PROGRAM} ended with {status}"),
        Err(why) => println!("\nbytes per entry: skipped, cargo cannot be started: {why}"),
    }
}
