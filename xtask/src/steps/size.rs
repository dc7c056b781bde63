//! What the package weighs: each file as it is, and as servers send it. The engine and its glue have a budget,
//! which only a commit that says why may raise.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::build::Flavour;
use crate::report::Outcome;
use crate::{process, project};

const BUDGET: &str = "size-budget.json";

/// What is weighed. The first two have the budget, since every user needs both.
const WEIGHED: [&str; 7] = ["fetchwell.wasm", "glue.js", "core.js", "index.js", "inline.js", "workerd.js", "url.js"];
const BUDGETED: usize = 2;

/// Compresses as hard as can be; Node has both ways.
const COMPRESS: &str = r"
const { readFileSync } = require('node:fs');
const { brotliCompressSync, gzipSync } = require('node:zlib');
const weigh = (bytes) => [bytes.length, gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes).length];
console.log(JSON.stringify(process.argv.slice(1).map((file) => weigh(readFileSync(file)))));
";

/// One file, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Weight {
    name: &'static str,
    raw: u64,
    gzip: u64,
    brotli: u64,
}

/// Prints the table and compares.
pub(crate) fn size() -> Result<Outcome, String> {
    let weights = weigh(&Flavour::Main.pkg())?;
    print!("{}", table(&weights));
    within(&weights).map(Outcome::Passed)
}

pub(crate) fn weigh(pkg: &Path) -> Result<Vec<Weight>, String> {
    let mut node = project::at_root("node", ["--eval", COMPRESS, "--"]);
    let told = process::answer(node.args(WEIGHED.map(|name| pkg.join(name))))?;
    read(&told)
}

fn read(told: &str) -> Result<Vec<Weight>, String> {
    let rows: Vec<[u64; 3]> = serde_json::from_str(told).map_err(|error| format!("{error}: {told}"))?;
    Ok(WEIGHED.iter().zip(rows).map(|(name, [raw, gzip, brotli])| Weight { name, raw, gzip, brotli }).collect())
}

/// What the engine and its glue may weigh together, with brotli.
pub(crate) fn budget() -> Result<u64, String> {
    let text = fs::read_to_string(project::root().join(BUDGET)).map_err(|error| format!("{BUDGET}: {error}"))?;
    let budget: Value = serde_json::from_str(&text).map_err(|error| format!("{BUDGET}: {error}"))?;
    budget["engine"].as_u64().ok_or_else(|| format!("{BUDGET} names no `engine`, in bytes"))
}

/// One sentence, good or bad.
pub(crate) fn within(weights: &[Weight]) -> Result<String, String> {
    verdict(engine(weights), budget()?)
}

fn verdict(engine: u64, budget: u64) -> Result<String, String> {
    if engine <= budget {
        return Ok(format!("engine and glue are {engine} bytes (brotli) of {budget}"));
    }
    Err(format!(
        "engine and glue are {engine} bytes (brotli), {} more than {BUDGET} allows: make them smaller, or raise it in a commit \
         that says why",
        engine - budget
    ))
}

fn engine(weights: &[Weight]) -> u64 {
    weights.iter().take(BUDGETED).map(|weight| weight.brotli).sum()
}

pub(crate) fn json(weights: &[Weight], budget: u64) -> Value {
    let files = weights.iter().map(|weight| {
        let Weight { name, raw, gzip, brotli } = weight;
        ((*name).to_owned(), json!({ "raw": raw, "gzip": gzip, "brotli": brotli }))
    });
    json!({ "files": files.collect::<serde_json::Map<_, _>>(), "engine": { "brotli": engine(weights), "budget": budget } })
}

fn table(weights: &[Weight]) -> String {
    let mut text = format!("  {:14} {:>8} {:>8} {:>8}\n", "", "raw", "gzip -9", "brotli 11");
    for Weight { name, raw, gzip, brotli } in weights {
        let _ = writeln!(text, "  {name:14} {raw:>8} {gzip:>8} {brotli:>8}"); // writing to a String cannot fail
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights() -> Vec<Weight> {
        read("[[9,5,4],[3,2,1],[100,50,40]]\n").unwrap()
    }

    #[test]
    fn the_engine_is_the_wasm_and_its_glue() {
        assert_eq!(engine(&weights()), 5);
        assert_eq!(weights()[2], Weight { name: "core.js", raw: 100, gzip: 50, brotli: 40 });
        let json = json(&weights(), 7);
        assert_eq!((&json["engine"]["brotli"], &json["files"]["glue.js"]["raw"]), (&json!(5), &json!(3)));
    }

    #[test]
    fn what_is_over_the_budget_is_told_by_how_much() {
        assert!(verdict(7, 7).is_ok());
        let complaint = verdict(9, 7).expect_err("accepted");
        assert!(complaint.contains("2 more than size-budget.json allows"), "{complaint}");
    }
}
