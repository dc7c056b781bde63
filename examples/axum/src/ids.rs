//! Ids of tickets and templates, and how they become keys of a cache.

use fetchwell::Key;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A text that is no id; it says what one looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotAnId(&'static str);

impl fmt::Display for NotAnId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "must look like {}", self.0)
    }
}

impl std::error::Error for NotAnId {}

/// A ticket's id, such as `PROJ-123`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct TicketId {
    /// The project: 2 to 10 capital letters.
    pub project: Box<str>,
    /// Its number there, from 1.
    pub number: u32,
}

impl fmt::Display for TicketId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}-{}", self.project, self.number)
    }
}

impl FromStr for TicketId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let wrong = NotAnId("PROJ-123");
        let (project, digits) = text.split_once('-').ok_or(wrong)?;
        let number: u32 = digits.parse().map_err(|_| wrong)?;
        // `+7` and `007` are numbers too, and would be other keys of the same ticket.
        if is_project(project) && number > 0 && digits == number.to_string() {
            Ok(Self { project: project.into(), number })
        } else {
            Err(wrong)
        }
    }
}

/// Is it the name of a project, as it stands in ids?
pub fn is_project(text: &str) -> bool {
    (2..=10).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

impl TryFrom<String> for TicketId {
    type Error = NotAnId;

    fn try_from(text: String) -> Result<Self, NotAnId> {
        text.parse()
    }
}

impl From<TicketId> for String {
    fn from(id: TicketId) -> Self {
        id.to_string()
    }
}

impl From<&TicketId> for Key<'_> {
    fn from(id: &TicketId) -> Self {
        id.to_string().into()
    }
}

/// A workflow template's id: a UUID.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct TemplateId(pub u128);

const DASHES: [usize; 4] = [8, 13, 18, 23];

impl fmt::Display for TemplateId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, digit) in format!("{:032x}", self.0).char_indices() {
            let dash = if [8, 12, 16, 20].contains(&at) { "-" } else { "" };
            write!(out, "{dash}{digit}")?;
        }
        Ok(())
    }
}

impl FromStr for TemplateId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let wrong = NotAnId("a UUID, 123e4567-e89b-12d3-a456-426614174000");
        let is_dash = |(at, byte): (usize, u8)| DASHES.contains(&at) == (byte == b'-');
        let in_shape = text.len() == 36 && text.bytes().enumerate().all(is_dash) && !text.contains('+');
        let digits = text.replace('-', "");
        // 32 digits of four bits: whatever can be read fits.
        in_shape.then(|| u128::from_str_radix(&digits, 16).ok()).flatten().map(Self).ok_or(wrong)
    }
}

impl TryFrom<String> for TemplateId {
    type Error = NotAnId;

    fn try_from(text: String) -> Result<Self, NotAnId> {
        text.parse()
    }
}

impl From<TemplateId> for String {
    fn from(id: TemplateId) -> Self {
        id.to_string()
    }
}

impl From<TemplateId> for Key<'_> {
    fn from(id: TemplateId) -> Self {
        id.to_string().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_spelling_and_nothing_else_is_one() {
        assert_eq!("PROJ-123".parse::<TicketId>().unwrap().to_string(), "PROJ-123");
        for text in
            ["", "PROJ", "PROJ-", "PROJ-0", "PROJ-+7", "PROJ-007", "proj-7", "P-7", "PROJ-7-8", "PROJ-5000000000"]
        {
            assert!(text.parse::<TicketId>().is_err(), "{text}");
        }
        let uuid = "123e4567-e89b-12d3-a456-426614174000";
        assert_eq!(uuid.parse::<TemplateId>().unwrap().to_string(), uuid);
        assert_eq!(uuid.to_uppercase().parse::<TemplateId>().unwrap().to_string(), uuid);
        for text in [
            "",
            "123e4567e89b12d3a456426614174000",
            "123e4567-e89b-12d3-a456-42661417400g",
            "+23e4567-e89b-12d3-a456-426614174000",
        ] {
            assert!(text.parse::<TemplateId>().is_err(), "{text}");
        }
    }
}
