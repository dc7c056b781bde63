//! `hit-ratio`: the engine that users get, beside the policies it has to beat.

pub mod bytes;
pub mod cells;
pub mod contender;
pub mod objects;
pub mod scans;

use crate::trace::{self, Trace};

/// Prints all tables. `quick` leaves out the runs at double size and the largest zipf stream.
///
/// Without the traces it says so in one line and that is no failure.
pub fn run(quick: bool) -> Result<(), String> {
    let folder = trace::folder();
    if let Some(name) = trace::OPEN.iter().find(|name| !trace::file(&folder, name).is_file()) {
        println!(
            "hit-ratio: skipped, no trace {name} in {} (set {} to the folder of the traces)",
            folder.display(),
            trace::FOLDER_VARIABLE
        );
        return Ok(());
    }
    println!("Open traces from {}", folder.display());
    println!("(* fewer than {} entries, so {0}: left out of the means over cells)", cells::LEAST);
    let mut all = Vec::new();
    for name in trace::OPEN {
        let trace: Trace = trace::read(&folder, name).map_err(|why| format!("trace {name}: {why}"))?;
        let objects = objects::Objects::run(&trace, !quick);
        print!("{}", objects.table());
        if let Some(table) = bytes::table(&trace) {
            print!("{table}");
        }
        all.push(objects);
    }
    print!("{}", objects::summary(&all));
    if !quick {
        print!("{}", objects::what_if(&all));
    }
    print!("{}", scans::table(quick));
    Ok(())
}
