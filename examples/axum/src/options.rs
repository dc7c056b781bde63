//! The command line.

use crate::caches::Settings;
use std::path::PathBuf;
use std::time::Duration;

/// What `--help` says.
pub const HELP: &str = "\
ticket-desk: an axum server in front of a slow database, with fetchwell between them

  --port N            where it listens; 0 is any free port (default: 3000)
  --no-cache          every request goes to the database
  --max-bytes SIZE    the budget of all caches together (default: 16mb)
  --latency MS        how long the database takes (default: 50)
  --errors N          how many of a thousand database calls fail (default: 0)
  --warm N            how many popular tickets are loaded before the first request (default: 0)
  --snapshot FILE     restored at the start, written at the stop
  --trace             every event of the caches on standard error

Stop it with Ctrl-C: what is in flight is answered first.";

/// What the command line said.
#[derive(Clone)]
pub struct Options {
    /// Where it listens.
    pub port: u16,
    /// How the caches are set up.
    pub settings: Settings,
    /// How long the database takes.
    pub latency: Duration,
    /// How many of a thousand database calls fail.
    pub errors_per_thousand: u64,
    /// How many popular tickets are loaded before the first request.
    pub warm: u32,
    /// Where the caches are kept between runs.
    pub snapshot: Option<PathBuf>,
}

impl Options {
    /// Reads it; `None` is a question for help.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Option<Self>, String> {
        let mut options = Self {
            port: 3000,
            settings: Settings::default(),
            latency: Duration::from_millis(50),
            errors_per_thousand: 0,
            warm: 0,
            snapshot: None,
        };
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
            match &*argument {
                "-h" | "--help" => return Ok(None),
                "--no-cache" => options.settings.enabled = false,
                "--trace" => options.settings.trace = true,
                "--port" => options.port = number(&argument, &value()?)?,
                "--max-bytes" => options.settings.max_bytes = value()?.into(),
                "--latency" => options.latency = Duration::from_millis(number(&argument, &value()?)?),
                "--errors" => options.errors_per_thousand = number(&argument, &value()?)?,
                "--warm" => options.warm = number(&argument, &value()?)?,
                "--snapshot" => options.snapshot = Some(value()?.into()),
                _ => return Err(format!("{argument} is no option; --help lists them")),
            }
        }
        Ok(Some(options))
    }
}

/// The number after an option.
pub fn number<T: std::str::FromStr>(option: &str, text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{option} needs a number, and \"{text}\" is none it can have"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Option<Options>, String> {
        Options::parse(line.split_whitespace().map(String::from))
    }

    #[test]
    fn what_the_command_line_says_is_taken_and_what_it_gets_wrong_is_named() {
        let options = parse("--port 0 --no-cache --latency 5 --snapshot desk.snap").unwrap().unwrap();
        assert_eq!((options.port, options.settings.enabled, options.latency.as_millis()), (0, false, 5));
        assert!(parse("--help").unwrap().is_none());
        for (line, named) in [("--port", "--port"), ("--port 70000", "70000"), ("--cache off", "--cache")] {
            let error = parse(line).err().unwrap();
            assert!(error.contains(named), "{error}");
        }
    }
}
