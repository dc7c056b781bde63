//! Running other programs: watched by the user, captured with a sign of life, or quietly asked.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use crate::stopwatch::Stopwatch;

/// A program that says nothing for the user to see is said to be alive this often.
const SIGN_OF_LIFE: Duration = Duration::from_secs(20);

/// Runs it with its output going straight to the user.
pub(crate) fn watched(command: &mut Command) -> Result<(), String> {
    let status = command.status().map_err(|error| no_start(command, &error))?;
    if status.success() { Ok(()) } else { Err(format!("{} ended with {status}", line(command))) }
}

/// Runs it with its output kept: all of it is the result, or the error.
pub(crate) fn captured(command: &mut Command) -> Result<String, String> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| no_start(command, &error))?;
    let (sender, lines) = mpsc::channel();
    let readers = [
        child.stdout.take().map(|pipe| read(pipe, sender.clone())),
        child.stderr.take().map(|pipe| read(pipe, sender.clone())),
    ];
    drop(sender); // the channel closes when both readers are done

    let watch = Stopwatch::start();
    let mut next_sign = SIGN_OF_LIFE;
    let mut output = String::new();
    loop {
        match lines.recv_timeout(next_sign.saturating_sub(watch.read())) {
            Ok(line) => output.push_str(&line),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if watch.read() >= next_sign {
            println!("  … {watch}: {}", last_line(&output));
            next_sign = watch.read() + SIGN_OF_LIFE;
        }
    }
    for reader in readers.into_iter().flatten() {
        let _ = reader.join(); // it only reads; the child's status says how things went
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    if status.success() { Ok(output) } else { Err(format!("{output}{} ended with {status}", line(command))) }
}

/// Runs it quietly: its standard output, or what it had to say against it.
pub(crate) fn answer(command: &mut Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| no_start(command, &error))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

fn read(pipe: impl Read + Send + 'static, sender: Sender<String>) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        let mut bytes = Vec::new();
        while matches!(pipe.read_until(b'\n', &mut bytes), Ok(1..)) {
            if sender.send(String::from_utf8_lossy(&bytes).into_owned()).is_err() {
                return;
            }
            bytes.clear();
        }
    })
}

fn last_line(output: &str) -> String {
    // What programs tell each other in JSON is no sign of life to people.
    let line = output.lines().rev().find(|line| !line.trim().is_empty() && !line.starts_with("{\""));
    line.unwrap_or("it has said nothing yet").trim().chars().take(100).collect()
}

fn line(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let name = program.file_stem().unwrap_or(command.get_program());
    let mut words = vec![name.to_string_lossy()];
    words.extend(command.get_args().map(|word| word.to_string_lossy()));
    format!("`{}`", words.join(" "))
}

fn no_start(command: &Command, error: &std::io::Error) -> String {
    format!("{} could not be started: {error}", line(command))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project;

    #[test]
    fn what_a_program_says_is_captured_from_both_streams() {
        let version = captured(&mut project::cargo(["--version"])).unwrap();
        assert!(version.starts_with("cargo "));
        let refusal = captured(&mut project::cargo(["no-such-verb"])).unwrap_err();
        assert!(refusal.contains("no-such-verb"));
        assert!(refusal.contains("`cargo no-such-verb` ended with exit")); // status or, on Windows, code
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let reason = answer(&mut Command::new("fetchwell-no-such-program")).unwrap_err();
        assert!(reason.contains("`fetchwell-no-such-program` could not be started"));
    }
}
