//! The rules about other people's code: a licence we can live with, and no version that was taken
//! back. Everything is learned through cargo and npm, so it works wherever a registry does.

mod allowed;
mod crates;
mod expression;
mod npm;
mod yanked;

use crate::report::{Outcome, Report, plural};

/// Licences of crates, yanked crates, licences and deprecation of npm packages.
pub(crate) fn steps(report: &mut Report) {
    let mut locked = Vec::new();
    report.step("licences of crates", || match crates::locked() {
        Ok(found) => {
            locked = found;
            verdict(&crates::complaints(&locked), locked.len(), "crate")
        }
        Err(output) if is_unreachable(&output) => Ok(unreachable()),
        Err(output) => Err(output),
    });
    report.step("yanked crates", || {
        if locked.is_empty() {
            return Ok(Outcome::Skipped("what is locked could not be learned".into()));
        }
        let taken_back = match yanked::among(&locked) {
            Ok(found) => found,
            Err(output) if is_unreachable(&output) => return Ok(unreachable()),
            Err(output) => return Err(output),
        };
        let number = locked.iter().filter(|one| one.from_registry).count();
        verdict(&taken_back, number, "version")
    });
    report.step("licences of npm packages", || {
        let packages = npm::locked()?;
        if packages.is_empty() {
            return Ok(Outcome::Skipped("package-lock.json names none yet".into()));
        }
        verdict(&npm::complaints(&packages), packages.len(), "package")
    });
}

fn verdict(complaints: &[String], number: usize, what: &str) -> Result<Outcome, String> {
    if complaints.is_empty() {
        let number = u64::try_from(number).unwrap_or(u64::MAX);
        Ok(Outcome::Passed(plural(number, what)))
    } else {
        Err(complaints.join("\n"))
    }
}

fn unreachable() -> Outcome {
    Outcome::Skipped("the registry cannot be reached".into())
}

/// Whether this is cargo saying that it could not ask, rather than what the answer was.
fn is_unreachable(output: &str) -> bool {
    [
        "Could not connect",
        "Could not resolve",
        "spurious network error",
        "failed to download",
        "download of config.json failed",
        "--offline was specified",
        "using offline mode",
        "Timeout was reached",
    ]
    .iter()
    .any(|sign| output.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_answer_is_not_an_answer() {
        let no_answer = "Caused by:\n  [7] Could not connect to server (Failed to connect)";
        assert!(is_unreachable(no_answer));
        let answer = "error: failed to select a version for the requirement `a = \"=1.0.0\"`";
        assert!(!is_unreachable(answer));
    }
}
