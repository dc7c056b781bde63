//! The one list of verbs. To add a verb: a file in `verbs/`, a line in [`VERBS`].

mod bench;
mod check;
mod demo;
mod later;
mod licences;
mod setup;
mod test;

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
        what: "format, lint, native tests at a tenth of their size, docs: before each commit",
        run: check::run,
    },
    Verb {
        usage: "test [--long] [--seed N]",
        what: "everything: check at full size, doc tests, wasm, licences, package, tour, fuzz, Miri",
        run: test::run,
    },
    Verb {
        usage: "bench [what] [args…]", what: "measure; without a name, list what can be measured", run: bench::run
    },
    Verb { usage: "demo", what: "a short tour, in the terminal, of what the engine does", run: demo::run },
    Verb {
        usage: "licences",
        what: "licences and yanked versions of everything that is locked (a part of test)",
        run: licences::run,
    },
    Verb { usage: "build", what: "the npm package into pkg/ (not there yet)", run: later::build },
    Verb { usage: "size", what: "what the package weighs (not there yet)", run: later::size },
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

    #[test]
    fn a_verb_whose_part_is_not_there_fails_and_says_so() {
        for verb in ["build", "size"] {
            let Err(Failure::Because(reason)) = run(&words(verb)) else {
                panic!("accepted");
            };
            assert!(reason.contains(verb) && reason.contains("not there yet"));
        }
    }
}
