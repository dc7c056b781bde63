//! What came in, checked at the door: each field by its name, and nothing that nobody knows.

use crate::problem::Problem;
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// The fields of a query or of a JSON body that nobody has taken yet.
#[derive(Debug)]
pub(crate) struct Fields(BTreeMap<String, Value>);

impl Fields {
    pub(crate) fn of_query(query: BTreeMap<String, String>) -> Self {
        Self(query.into_iter().map(|(field, text)| (field, Value::String(text))).collect())
    }

    pub(crate) fn of_json(body: &[u8]) -> Result<Self, Problem> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => Ok(Self(fields.into_iter().collect())),
            Ok(_) => Err(Problem::in_field("body", "must be a JSON object")),
            Err(error) => Err(Problem::in_field("body", format_args!("is no JSON: {error}"))),
        }
    }

    /// A text that is not blank.
    pub(crate) fn text(&mut self, field: &str, longest: usize) -> Result<Option<String>, Problem> {
        match self.0.remove(field) {
            None => Ok(None),
            Some(Value::String(text)) if text.trim().is_empty() => Err(Problem::in_field(field, "must not be empty")),
            Some(Value::String(text)) if text.chars().count() > longest => {
                Err(Problem::in_field(field, format_args!("must not be longer than {longest} letters")))
            }
            Some(Value::String(text)) => Ok(Some(text.trim().into())),
            Some(_) => Err(Problem::in_field(field, "must be a text")),
        }
    }

    /// A text that must be there.
    pub(crate) fn needed_text(&mut self, field: &str, longest: usize) -> Result<String, Problem> {
        self.text(field, longest)?.ok_or_else(|| Problem::in_field(field, "is missing"))
    }

    /// A whole number, written in a query.
    pub(crate) fn number(&mut self, field: &str, range: RangeInclusive<u32>) -> Result<Option<u32>, Problem> {
        let Some(text) = self.text(field, 20)? else { return Ok(None) };
        let number = text.parse().ok().filter(|number| range.contains(number));
        let wrong =
            || Problem::in_field(field, format_args!("must be a number from {} to {}", range.start(), range.end()));
        number.ok_or_else(wrong).map(Some)
    }

    /// One of these words.
    pub(crate) fn one_of<T: Copy>(&mut self, field: &str, words: &[(&str, T)]) -> Result<Option<T>, Problem> {
        let Some(text) = self.text(field, 40)? else { return Ok(None) };
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, meant)| *meant);
        let all = || words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        found.ok_or_else(|| Problem::in_field(field, format_args!("must be one of {}", all()))).map(Some)
    }

    /// Nothing else may be there: a field that is misspelt is better refused than ignored.
    pub(crate) fn end(self) -> Result<(), Problem> {
        match self.0.into_keys().next() {
            None => Ok(()),
            Some(field) => Err(Problem::in_field(&field, "is no field here")),
        }
    }
}

/// An id from a path.
pub(crate) fn id<T: FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|error| Problem::in_field("id", error))
}
