//! Sizes as options take them.

use crate::cache::parse_bytes;
use crate::error::{Code, Error};

/// A size as an option takes it: a number of bytes or a text such as `"16mb"`.
///
/// Use it through `Into`: `.max_bytes("64mb")`, `.max_bytes(64 << 20)`.
///
/// ```
/// use fetchwell::{Cache, Size};
///
/// assert_eq!(Size::from("1.5kb"), 1_536.into());
/// let refused = Cache::<String>::builder().max_bytes("16 megabytes").build().unwrap_err();
/// assert_eq!(refused.field(), Some("max_bytes"));
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Size(Result<u64, Box<str>>);

impl From<&str> for Size {
    fn from(text: &str) -> Self {
        Self(parse_bytes(text).ok_or_else(|| text.into()))
    }
}

impl From<String> for Size {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

macro_rules! sizes {
    ($($number:ty)*) => {
        $(impl From<$number> for Size {
            fn from(bytes: $number) -> Self {
                Self(u64::try_from(bytes).map_err(|_| bytes.to_string().into()))
            }
        })*
    };
}

sizes!(u32 i32 u64 usize);

impl Size {
    pub(super) fn checked(self, field: &'static str) -> Result<u64, Error> {
        self.0.map_err(|text| {
            let message = format!("\"{text}\" is no size; write a number and b, kb, mb or gb, such as \"16mb\"");
            Error::about(field, Code::InvalidOption, message)
        })
    }
}
