//! The orders in which threads can meet: `tests/orders.rs`, in a build where a scheduler stands in for the locks.

use crate::report::Outcome;
use crate::{process, project, tally};

/// Builds in a folder of its own: other flags would make every other step build anew.
pub(crate) fn orders(size: &str) -> Result<Outcome, String> {
    let mut command = project::cargo(["test", "--locked", "--test", "orders", "--target-dir", "target/orders"]);
    command.env("RUSTFLAGS", "--cfg fetchwell_shuttle -D warnings").env("FETCHWELL_TEST", size);
    let tally = tally::count(&process::captured(&mut command)?);
    if tally.passed == 0 {
        return Err("no test ran: is the flag still the one that tests/orders.rs asks for?".into());
    }
    Ok(Outcome::Tests(tally))
}
