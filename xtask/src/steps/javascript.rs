//! The tests of the npm package: its types, the suite on every host, and what Node alone is asked.

use std::fs;
use std::process::Command;

use crate::build::{self, Flavour};
use crate::report::{Outcome, Report};
use crate::steps::size;
use crate::{needs, process, project, tally};

/// Where the suite runs: what `run.mjs` calls it, and what a step does. The Node that is there comes first.
const HOSTS: [(&str, &str); 10] = [
    ("node", "Node"),
    ("node-22", "Node 22"),
    ("node-24", "Node 24"),
    ("node-26", "Node 26"),
    ("deno", "Deno"),
    ("bun", "Bun"),
    ("workerd", "workerd"),
    ("chromium", "Chromium"),
    ("firefox", "Firefox"),
    ("webkit", "WebKit"),
];

/// Of which size the long tests are, and their random choices.
#[derive(Clone, Copy)]
pub(crate) struct Work {
    pub(crate) size: &'static str,
    pub(crate) seed: Option<u64>,
}

impl Work {
    fn tell(self, command: &mut Command) -> &mut Command {
        command.env("FETCHWELL_TEST", self.size);
        if let Some(seed) = self.seed {
            command.env("FETCHWELL_SEED", seed.to_string());
        }
        command
    }
}

/// What is worth knowing before each commit: the package builds, its types hold, and the suite passes in the Node that is there.
pub(crate) fn quick(report: &mut Report, work: Work) {
    if !build::steps(report, Flavour::Main) {
        return;
    }
    report.step("types of the face", || types_hold("tsconfig.json"));
    report
        .step("unit tests of the face", || tests(work.tell(&mut project::at_root("node", ["tests/js/unit/run.mjs"]))));
    report.step("suite: Node", || on("node", "suite", Flavour::Main, work));
}

/// Everything else.
pub(crate) fn full(report: &mut Report, work: Work) {
    report.step("hosts that npm has", needs::npm::hosts);
    report.step("browsers", needs::browsers::browsers);
    for (host, name) in &HOSTS[1..] {
        report.step(&format!("suite: {name}"), || on(host, "suite", Flavour::Main, work));
    }
    for (list, name) in [("node", "Node alone"), ("scenario", "scenarios"), ("model", "model")] {
        report.step(name, || {
            tests(work.tell(&mut project::at_root("node", ["--expose-gc", "tests/js/hosts/here.mjs", list])))
        });
    }
    if build::again(report, Flavour::Inject) {
        for (host, name) in HOSTS {
            report.step(&format!("traps: {name}"), || on(host, "inject", Flavour::Inject, work));
        }
        report.step("suite, every hit asked of the engine", || on("node", "straight", Flavour::Inject, work));
    }
    report.step("types as users see them", users_types);
    report.step("bundlers", needs::npm::bundlers);
    report.step("packed package", || tests(&mut project::at_root("node", ["tests/js/packaging/run.mjs"])));
    report.step("packed package in pages", || {
        tests(&mut project::at_root("node", ["tests/js/packaging/run.mjs", "pages"]))
    });
    report.step("page of the demo", || tests(&mut project::at_root("node", ["tests/js/www/page.mjs"])));
    report.step("size", size::size);
}

/// A list of tests on one host, by `tests/js/hosts/run.mjs`.
fn on(host: &str, list: &str, flavour: Flavour, work: Work) -> Result<Outcome, String> {
    let mut command = project::at_root("node", ["tests/js/hosts/run.mjs", host, "--list", list, "--package"]);
    tests(work.tell(command.arg(flavour.root())))
}

/// What a program of tests came to; one that says what is absent could not run here.
pub(crate) fn tests(command: &mut Command) -> Result<Outcome, String> {
    match process::captured(command) {
        Ok(output) => Ok(Outcome::Tests(tally::count(&output))),
        Err(output) => absent(&output).map(Outcome::Skipped).ok_or(output),
    }
}

/// The sentence of a host that is not there.
fn absent(output: &str) -> Option<String> {
    output.lines().find_map(|line| line.strip_prefix("absent: ")).map(String::from)
}

fn types_hold(project_file: &str) -> Result<Outcome, String> {
    process::captured(project::npm_program("tsc").args(["--noEmit", "--project", project_file]))?;
    Ok(Outcome::passed())
}

/// Each `tests/js/types/tsconfig….json` is a project as users have it.
fn users_types() -> Result<Outcome, String> {
    let folder = project::root().join("tests").join("js").join("types");
    let entries = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let is_project =
        |name: &str| name.strip_prefix("tsconfig").is_some_and(|rest| rest.strip_suffix(".json").is_some());
    let mut projects: Vec<String> = names.filter(|name| is_project(name)).collect();
    projects.sort();
    if projects.is_empty() {
        return Err(format!("{} holds no tsconfig….json", folder.display()));
    }
    for name in &projects {
        types_hold(&format!("tests/js/types/{name}"))?;
    }
    Ok(Outcome::Passed(projects.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_is_absent_is_told_in_its_own_words() {
        let output = "absent: please install Firefox\n`node run.mjs` ended with exit status: 1";
        assert_eq!(absent(output).as_deref(), Some("please install Firefox"));
        assert_eq!(absent("✗ firefox: a test\n  got 1"), None);
    }

    #[test]
    fn the_node_that_is_there_comes_first() {
        assert_eq!(HOSTS[0].0, "node"); // `quick` takes it, and `full` the others
    }
}
