//! The errors a user can meet: what was wrong, where, and a stable code to tell them apart by.

use std::borrow::Cow;
use std::fmt;

/// What a [`struct@Error`] is about. The text of each, [`Code::text`], is stable across versions.
///
/// Use it to tell errors apart in code; show the error itself to people.
///
/// ```
/// use fetchwell::{Cache, Code};
///
/// let refused = Cache::<String>::builder().ttl("5 minutes").build().unwrap_err();
/// assert_eq!((refused.code(), refused.field()), (Code::InvalidOption, Some("ttl")));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Code {
    /// An option's value is not one it can have; the field says which.
    InvalidOption,
    /// An option needs a runtime, and none was given; the field says which.
    NeedsRuntime,
    /// A namespace was asked for again with other options or another type of values.
    NamespaceDiffers,
    /// A list of parts is no key.
    InvalidKey,
    /// Another version of the format wrote the snapshot.
    SnapshotVersion,
    /// The snapshot is not as it was written.
    SnapshotDamaged,
    /// There is no memory to write or to read the snapshot.
    SnapshotNoMemory,
    /// Values of this cache cannot be written as bytes: it was built without a codec.
    NeedsCodec,
    /// A file could not be read or written.
    Io,
    /// A loader took longer than it may.
    Timeout,
    /// A loader failed.
    LoadFailed,
    /// A loader panicked.
    LoadPanicked,
    /// A listener panicked.
    ListenerPanicked,
}

impl Code {
    /// All of them, in the order of the table in the documentation. Use it to list them.
    pub const ALL: [Self; 13] = [
        Self::InvalidOption,
        Self::NeedsRuntime,
        Self::NamespaceDiffers,
        Self::InvalidKey,
        Self::SnapshotVersion,
        Self::SnapshotDamaged,
        Self::SnapshotNoMemory,
        Self::NeedsCodec,
        Self::Io,
        Self::Timeout,
        Self::LoadFailed,
        Self::LoadPanicked,
        Self::ListenerPanicked,
    ];

    /// The code as text, the same in Rust, JavaScript and logs. Use it where codes leave the process.
    pub const fn text(self) -> &'static str {
        match self {
            Self::InvalidOption => "invalid-option",
            Self::NeedsRuntime => "needs-runtime",
            Self::NamespaceDiffers => "namespace-differs",
            Self::InvalidKey => "invalid-key",
            Self::SnapshotVersion => "snapshot-version",
            Self::SnapshotDamaged => "snapshot-damaged",
            Self::SnapshotNoMemory => "snapshot-no-memory",
            Self::NeedsCodec => "needs-codec",
            Self::Io => "io",
            Self::Timeout => "timeout",
            Self::LoadFailed => "load-failed",
            Self::LoadPanicked => "load-panicked",
            Self::ListenerPanicked => "listener-panicked",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.text())
    }
}

/// Something that was asked of a cache and refused. What is refused changes nothing.
///
/// Use [`Error::code`] to tell errors apart and [`Error::field`] to point at the option; the text is for people. What a *loader* ended
/// with is a `LoadError`.
///
/// ```
/// use fetchwell::{Code, Error};
///
/// let error = Error::about("ttl", Code::InvalidOption, "an hour at most, on this server");
/// assert_eq!(error.to_string(), "ttl: an hour at most, on this server");
/// assert_eq!(error.code().text(), "invalid-option");
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Error {
    code: Code,
    field: Option<Cow<'static, str>>,
    message: Box<str>,
}

impl Error {
    /// An error of this kind. Use it for what concerns no option.
    pub fn new(code: Code, message: impl Into<Box<str>>) -> Self {
        Self { code, field: None, message: message.into() }
    }

    /// An error about one option. Use it at the door, where options are checked.
    pub fn about(field: impl Into<Cow<'static, str>>, code: Code, message: impl Into<Box<str>>) -> Self {
        Self { code, field: Some(field.into()), message: message.into() }
    }

    /// Which kind of error this is. Use it to decide what to do.
    pub fn code(&self) -> Code {
        self.code
    }

    /// The option that is wrong, by its name. Use it to point at the line of a configuration.
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) => write!(out, "{field}: {}", self.message),
            None => out.write_str(&self.message),
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_text_of_its_own() {
        let texts: std::collections::HashSet<_> = Code::ALL.iter().map(|code| code.text()).collect();
        assert_eq!(texts.len(), Code::ALL.len());
        assert!(texts.iter().all(|text| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')));
    }

    #[test]
    fn every_code_has_a_line_in_the_table_for_users() {
        let table = include_str!("../docs/errors.md");
        for code in Code::ALL {
            assert!(table.contains(&format!("\n| `{code}` |")), "{code} is not in docs/errors.md");
        }
    }

    #[test]
    fn an_error_names_its_field_first() {
        let error = Error::about("ttl", Code::InvalidOption, "\"5 minutes\" is no duration");
        assert_eq!(error.to_string(), "ttl: \"5 minutes\" is no duration");
        assert_eq!(Error::new(Code::Io, "no such file").to_string(), "no such file");
    }
}
