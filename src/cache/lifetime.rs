//! Lengths of time as options take them.

use super::text::parse_span;
use crate::engine::Span;
use crate::error::{Code, Error};
use std::time::Duration;

/// A length of time as an option takes it: a [`Duration`], a [`Span`] or a text such as `"5m"`.
///
/// Use it through `Into`: `.ttl("5m")`, `.ttl(Duration::from_secs(300))`, `.ttl(Span::FOREVER)`.
///
/// ```
/// use fetchwell::{Lifetime, engine::Span};
/// use std::time::Duration;
///
/// assert_eq!(Lifetime::from("5m"), Duration::from_secs(300).into());
/// assert_eq!(Lifetime::from("1.5h").span(), Some(Span::mins(90)));
/// assert_eq!(Lifetime::from("5 minutes").span(), None);
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lifetime(Result<Span, Box<str>>);

impl Lifetime {
    /// The length, if it is one. Use it where there is no field to name; options report what is wrong by themselves.
    pub fn span(&self) -> Option<Span> {
        self.0.as_ref().ok().copied()
    }

    pub(crate) fn checked(self, field: &'static str) -> Result<Span, Error> {
        self.0.map_err(|text| {
            let message = format!("\"{text}\" is no duration; write a number and ms, s, m, h or d, such as \"5m\"");
            Error::about(field, Code::InvalidOption, message)
        })
    }
}

impl From<Span> for Lifetime {
    fn from(span: Span) -> Self {
        Self(Ok(span))
    }
}

impl From<Duration> for Lifetime {
    /// What is less than a millisecond is dropped.
    fn from(duration: Duration) -> Self {
        Self(Ok(Span::ms(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))))
    }
}

impl From<&str> for Lifetime {
    fn from(text: &str) -> Self {
        Self(parse_span(text).ok_or_else(|| text.into()))
    }
}

impl From<&String> for Lifetime {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<String> for Lifetime {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}
