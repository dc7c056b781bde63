//! The one list of verbs. To add a verb: a file in `verbs/`, a line in [`VERBS`].

mod bench;
mod build;
mod check;
mod demo;
mod licences;
mod setup;
mod size;
mod test;
mod tour;

use crate::failure::Failure;

struct Verb {
    usage: &'static str,
    what: &'static str,
    run: fn(&[String]) -> Result<(), Failure>,
}

impl Verb {
    fn name(&self) -> &'static str {
        self.usage.split(' ').next().unwrap_or(self.usage)
    }
}

const VERBS: &[Verb] = &[
    Verb { usage: "setup", what: "install whatever any verb needs and this machine lacks", run: setup::run },
    Verb {
        usage: "check",
        what: "format, lint, tests at a tenth of their size, docs, the package in Node: before each commit",
        run: check::run,
    },
    Verb {
        usage: "test [--long] [--seed N]",
        what: "everything: check at full size, the package on every host, licences, packages, demo, fuzz, Miri",
        run: test::run,
    },
    Verb {
        usage: "bench [what] [args…]", what: "measure; without a name, list what can be measured", run: bench::run
    },
    Verb { usage: "demo", what: "the package in a page and the crate in a server, to try by hand", run: demo::run },
    Verb { usage: "tour", what: "two short tours in the terminal: of the engine, and of a server", run: tour::run },
    Verb {
        usage: "licences",
        what: "licences and yanked versions of everything that is locked (a part of test)",
        run: licences::run,
    },
    Verb {
        usage: "build [--inject]",
        what: "the npm package into pkg/ (or one with points for traps)",
        run: build::run,
    },
    Verb {
        usage: "size [--json]",
        what: "what the package weighs, and whether that is within its budget",
        run: size::run,
    },
];

/// Runs the verb that `words` begins with; no word, or a call for help, prints the list.
pub(crate) fn run(words: &[String]) -> Result<(), Failure> {
    let Some((name, rest)) = words.split_first() else {
        println!("{}", list());
        return Ok(());
    };
    let asks = |word: &String| matches!(word.as_str(), "help" | "--help" | "-h");
    if asks(name) || rest.first().is_some_and(asks) {
        println!("{}", list());
        return Ok(());
    }
    match VERBS.iter().find(|verb| verb.name() == name) {
        Some(verb) => (verb.run)(rest),
        None => Err(Failure::Usage(format!("there is no verb \"{name}\""))),
    }
}

/// One line for each verb.
pub(crate) fn list() -> String {
    let width = VERBS.iter().map(|verb| verb.usage.chars().count()).max().unwrap_or(0);
    let lines: Vec<String> = VERBS.iter().map(|verb| format!("  {:width$}  {}", verb.usage, verb.what)).collect();
    format!("cargo xtask <verb>\n\n{}", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(String::from).collect()
    }

    #[test]
    fn the_list_has_one_line_for_each_verb() {
        let list = list();
        for verb in VERBS {
            let lines = list.lines().filter(|line| line.trim_start().starts_with(verb.usage));
            assert_eq!(lines.count(), 1, "{}", verb.usage);
        }
    }

    #[test]
    fn a_wrong_verb_is_named() {
        let Err(Failure::Usage(reason)) = run(&words("tset")) else {
            panic!("accepted");
        };
        assert!(reason.contains("\"tset\""));
    }

    #[test]
    fn a_verb_that_takes_nothing_refuses_an_argument() {
        let Err(Failure::Usage(reason)) = run(&words("check --fast")) else {
            panic!("accepted");
        };
        assert!(reason.contains("\"--fast\""));
    }
}
