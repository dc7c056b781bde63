//! Verbs that are promised and not there yet. They fail, so that nobody takes silence for success.

use crate::failure::Failure;

pub(super) fn build(_: &[String]) -> Result<(), Failure> {
    Err(not_yet("build"))
}

pub(super) fn size(_: &[String]) -> Result<(), Failure> {
    Err(not_yet("size"))
}

fn not_yet(verb: &str) -> Failure {
    Failure::Because(format!("{verb} is not there yet: it comes with the JavaScript package"))
}
