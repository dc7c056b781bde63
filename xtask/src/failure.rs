//! How a verb can fail.

/// Why a verb did not succeed, and so how the process ends.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The verb has already shown what is wrong.
    Said,
    /// One sentence, shown by `main`.
    Because(String),
    /// The command line was not understood; the list of verbs is shown with the sentence.
    Usage(String),
}
