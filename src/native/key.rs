//! Keys as callers write them: a text, a number, or parts.

use crate::engine::{Part, Selector, join};
use crate::error::{Code, Error};
use std::borrow::Cow;

/// A key: a text, a number, or a list of parts.
///
/// Use it through `Into`: `"books:7"`, `format!("books:{id}")`, `7`, `("books", 7)`, `["books", "7"]`. Parts are escaped, so that lists
/// which differ give keys that differ; a text is taken as it is. For a type of your own, implement `From<YourId> for Key<'_>`.
///
/// ```
/// use fetchwell::{Cache, Key};
///
/// struct Isbn(u64);
/// impl From<Isbn> for Key<'_> {
///     fn from(isbn: Isbn) -> Self {
///         ("isbn", isbn.0).into()
///     }
/// }
///
/// let books = Cache::<String>::builder().build()?;
/// books.insert(Isbn(9780141439587), "Emma".to_string());
/// assert_eq!(books.get("isbn:9780141439587").as_deref(), Some("Emma"));
/// # Ok::<(), fetchwell::Error>(())
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct Key<'a>(Spelt<'a>);

#[derive(Clone, PartialEq, Debug)]
enum Spelt<'a> {
    Text(Cow<'a, str>),
    /// Never empty, and without numbers that are none.
    Parts(Vec<Part<'a>>),
}

impl<'a> Key<'a> {
    /// A key of parts whose number is not known beforehand, or that are floating-point numbers. No parts are no key, nor is a number that
    /// is not finite. Use it for paths; a tuple or an array does otherwise.
    ///
    /// ```
    /// use fetchwell::{Cache, Code, Key};
    ///
    /// let files = Cache::<u32>::builder().separator("/").build()?;
    /// let path = Key::of_parts("books/emma/1".split('/').map(Into::into).collect())?;
    /// files.insert(&path, 1);
    /// assert_eq!(files.invalidate_prefix(("books", "emma")), 1);
    /// assert_eq!(Key::of_parts(vec![f64::NAN.into()]).unwrap_err().code(), Code::InvalidKey);
    /// # Ok::<(), fetchwell::Error>(())
    /// ```
    pub fn of_parts(parts: Vec<Part<'a>>) -> Result<Self, Error> {
        join(&parts, ":").map_err(|error| Error::about("key", Code::InvalidKey, error.to_string()))?;
        Ok(Self(Spelt::Parts(parts)))
    }

    /// What it selects as a prefix, spelt as `text`: made of parts it ends where a part ends.
    pub(super) fn as_prefix<'t>(&self, text: &'t str) -> Selector<'t> {
        match self.0 {
            Spelt::Text(_) => Selector::Prefix(text),
            Spelt::Parts(_) => Selector::Segment(text),
        }
    }

    /// The text it is stored under.
    pub(super) fn text(&self, separator: &str) -> Cow<'_, str> {
        match &self.0 {
            Spelt::Text(text) => Cow::Borrowed(text),
            // Parts were looked at when the key was made, and a cache has no empty separator.
            Spelt::Parts(parts) => Cow::Owned(join(parts, separator).unwrap_or_default()),
        }
    }
}

/// One part of a key: a text, or an integer of up to 64 bits.
///
/// Use it as a bound in functions that build keys; floating-point numbers go through [`Key::of_parts`], which can refuse them.
///
/// ```
/// use fetchwell::{Cache, Key, KeyPart};
///
/// fn profile<'a>(id: impl KeyPart<'a>) -> Key<'a> {
///     ("user", id, "profile").into()
/// }
///
/// let profiles = Cache::<&str>::builder().build()?;
/// profiles.insert(profile(7), "Ada");
/// profiles.insert(profile("7:profile"), "somebody who would be her");
/// assert_eq!(profiles.get("user:7:profile"), Some("Ada"));
/// # Ok::<(), fetchwell::Error>(())
/// ```
pub trait KeyPart<'a>: sealed::Sealed + Into<Part<'a>> {}

mod sealed {
    pub trait Sealed {}
}

macro_rules! parts {
    ($($part:ty)*) => {
        $(impl<'a> sealed::Sealed for $part {}
        impl<'a> KeyPart<'a> for $part {})*
    };
}

parts!(&'a str &'a String String u8 u16 u32 u64 usize i8 i16 i32 i64 isize);

macro_rules! numbers {
    ($($number:ty)*) => {
        $(impl From<$number> for Key<'_> {
            fn from(number: $number) -> Self {
                Self(Spelt::Text(Cow::Owned(number.to_string())))
            }
        }

        impl From<&$number> for Key<'_> {
            fn from(number: &$number) -> Self {
                (*number).into()
            }
        })*
    };
}

numbers!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

impl<'a> From<&'a str> for Key<'a> {
    fn from(text: &'a str) -> Self {
        Self(Spelt::Text(Cow::Borrowed(text)))
    }
}

impl<'a> From<&'a String> for Key<'a> {
    fn from(text: &'a String) -> Self {
        text.as_str().into()
    }
}

macro_rules! texts {
    ($($text:ty)*) => {
        $(impl<'a> From<&'a $text> for Key<'a> {
            fn from(text: &'a $text) -> Self {
                Self(Spelt::Text(Cow::Borrowed(text)))
            }
        })*
    };
}

texts!(&str Box<str> std::sync::Arc<str> Cow<'_, str>);

impl From<Box<str>> for Key<'_> {
    fn from(text: Box<str>) -> Self {
        String::from(text).into()
    }
}

impl From<String> for Key<'_> {
    fn from(text: String) -> Self {
        Self(Spelt::Text(Cow::Owned(text)))
    }
}

impl<'a> From<Cow<'a, str>> for Key<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Self(Spelt::Text(text))
    }
}

impl<'a> From<&'a Self> for Key<'a> {
    fn from(key: &'a Self) -> Self {
        key.clone()
    }
}

impl<'a, P: KeyPart<'a>, const N: usize> From<[P; N]> for Key<'a> {
    fn from(parts: [P; N]) -> Self {
        const { assert!(N > 0, "a key needs at least one part") };
        Self(Spelt::Parts(parts.into_iter().map(Into::into).collect()))
    }
}

macro_rules! tuples {
    ($(($($name:ident)+))*) => {
        $(impl<'a, $($name: KeyPart<'a>),+> From<($($name,)+)> for Key<'a> {
            #[expect(non_snake_case, reason = "a type parameter and its value share a name here")]
            fn from(($($name,)+): ($($name,)+)) -> Self {
                Self(Spelt::Parts(vec![$($name.into()),+]))
            }
        })*
    };
}

tuples!((A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F));

#[cfg(test)]
mod tests {
    use super::*;

    fn text<'a>(key: impl Into<Key<'a>>) -> String {
        key.into().text(":").into_owned()
    }

    #[test]
    fn texts_are_taken_as_they_are_and_parts_are_escaped() {
        assert_eq!(text("user:7:admin"), "user:7:admin");
        assert_eq!(text(("user", "7:admin")), r"user:7\~\admin");
        assert_eq!(text(("user", 7, -1_i8, String::from("x"))), "user:7:-1:x");
        assert_eq!(text(["a", "b"]), "a:b");
        assert_eq!(text(7_u64), "7");
        assert_eq!(text(String::from("a")), "a");
    }

    #[test]
    fn no_parts_and_numbers_that_are_none_are_refused() {
        assert_eq!(Key::of_parts(vec![]).unwrap_err().code(), Code::InvalidKey);
        assert_eq!(Key::of_parts(vec![f64::NAN.into()]).unwrap_err().field(), Some("key"));
        assert_eq!(text(Key::of_parts(vec!["a".into(), 0.5.into()]).unwrap()), "a:0.5");
    }
}
