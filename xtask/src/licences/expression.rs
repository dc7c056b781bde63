//! Licence expressions, as SPDX writes them: `(MIT OR Apache-2.0) AND Unicode-3.0`.
//!
//! ```text
//! any    = all  { ("OR" | "/") all }       the slash is how it was written before
//! all    = one  { "AND" one }
//! one    = "(" any ")" | name [ "WITH" name ]
//! ```

/// Whether the terms of `expression` can be met by somebody who can meet exactly those licences for
/// which `allowed` is true. A licence with an exception is asked for as `name WITH exception`.
pub(super) fn is_met(expression: &str, allowed: impl Fn(&str) -> bool) -> Result<bool, String> {
    let words = words(expression);
    let mut parser = Parser { words: &words, allowed };
    let met = parser.any()?;
    match parser.words.first() {
        None => Ok(met),
        Some(word) => Err(format!("\"{word}\" is one word too many")),
    }
}

fn words(expression: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for word in expression.split_whitespace() {
        let mut rest = word;
        while let Some(at) = rest.find(['(', ')', '/']) {
            let (name, from_mark) = rest.split_at(at);
            let (mark, after) = from_mark.split_at(1); // the three marks are one byte each
            words.extend([name, mark].into_iter().filter(|word| !word.is_empty()));
            rest = after;
        }
        if !rest.is_empty() {
            words.push(rest);
        }
    }
    words
}

struct Parser<'a, A> {
    words: &'a [&'a str],
    allowed: A,
}

impl<'a, A: Fn(&str) -> bool> Parser<'a, A> {
    fn any(&mut self) -> Result<bool, String> {
        let mut met = self.all()?;
        while self.take("OR") || self.take("/") {
            met |= self.all()?;
        }
        Ok(met)
    }

    fn all(&mut self) -> Result<bool, String> {
        let mut met = self.one()?;
        while self.take("AND") {
            met &= self.one()?;
        }
        Ok(met)
    }

    fn one(&mut self) -> Result<bool, String> {
        if self.take("(") {
            let met = self.any()?;
            return if self.take(")") { Ok(met) } else { Err("a parenthesis is not closed".into()) };
        }
        let name = self.name()?;
        if self.take("WITH") {
            let exception = self.name()?;
            return Ok((self.allowed)(&format!("{name} WITH {exception}")));
        }
        Ok((self.allowed)(name))
    }

    fn name(&mut self) -> Result<&'a str, String> {
        let Some((word, rest)) = self.words.split_first() else {
            return Err("a licence is missing at the end".into());
        };
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '+' | ':');
        if matches!(*word, "AND" | "OR" | "WITH") || !word.chars().all(is_name) {
            return Err(format!("\"{word}\" stands where a licence should"));
        }
        self.words = rest;
        Ok(word)
    }

    fn take(&mut self, word: &str) -> bool {
        match self.words.split_first() {
            Some((first, rest)) if *first == word => {
                self.words = rest;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// For one who can meet `A`, `B` and `C WITH x`.
    fn met(expression: &str) -> Result<bool, String> {
        is_met(expression, |one| ["A", "B", "C WITH x"].contains(&one))
    }

    #[test]
    fn one_licence_is_allowed_or_not() {
        assert_eq!(met("A"), Ok(true));
        assert_eq!(met("Z"), Ok(false));
    }

    #[test]
    fn of_alternatives_one_is_enough() {
        assert_eq!(met("Z OR A"), Ok(true));
        assert_eq!(met("Z/A"), Ok(true));
        assert_eq!(met("Z OR Y"), Ok(false));
    }

    #[test]
    fn terms_that_add_up_must_all_be_met() {
        assert_eq!(met("A AND B"), Ok(true));
        assert_eq!(met("A AND Z"), Ok(false));
    }

    #[test]
    fn and_binds_closer_than_or_unless_parentheses_say_otherwise() {
        assert_eq!(met("A OR B AND Z"), Ok(true));
        assert_eq!(met("(A OR B) AND Z"), Ok(false));
        assert_eq!(met("((Z OR (A)) AND (B OR Z))"), Ok(true));
    }

    #[test]
    fn an_exception_belongs_to_its_licence() {
        assert_eq!(met("C WITH x"), Ok(true));
        assert_eq!(met("C"), Ok(false));
        assert_eq!(met("A WITH x"), Ok(false));
        assert_eq!(met("Z OR C WITH x AND A"), Ok(true));
    }

    #[test]
    fn what_is_no_expression_is_refused_with_a_reason() {
        for (expression, reason) in [
            ("", "missing at the end"),
            ("A OR", "missing at the end"),
            ("OR A", "\"OR\" stands"),
            ("A B", "\"B\" is one word too many"),
            ("(A", "not closed"),
            ("A)", "\")\" is one word too many"),
            ("()", "\")\" stands"),
            ("A WITH", "missing at the end"),
            ("A AND (B OR)", "\")\" stands"),
            ("SEE LICENSE", "one word too many"),
            ("A,B", "\"A,B\" stands"),
        ] {
            let error = met(expression).expect_err(expression);
            assert!(error.contains(reason), "{expression}: {error}");
        }
    }
}
