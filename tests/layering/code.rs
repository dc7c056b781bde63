//! Rust text as words, and the paths those words spell. Far from a parser: it knows comments,
//! strings, `use` trees and inline modules, which is all that the rules ask for.

/// A path as it is written, `use` trees unfolded.
#[derive(Debug)]
pub(crate) struct Path {
    pub(crate) segments: Vec<String>,
    /// The inline modules (`mod x { … }`) around it.
    pub(crate) inside: Vec<String>,
    /// The name it gets here, when a `use` brought it.
    pub(crate) binds: Option<String>,
    /// A `use` that others can see.
    pub(crate) is_re_export: bool,
}

/// The words and marks of a text, without comments and literals.
#[derive(Debug)]
pub(crate) struct Words(Vec<String>);

impl Words {
    pub(crate) fn of(text: &str) -> Self {
        let mut reader = Reader { rest: text.chars().collect::<Vec<_>>().into_iter().rev().collect() };
        let mut words = Vec::new();
        while let Some(next) = reader.rest.pop() {
            words.extend(reader.word(next));
        }
        Self(words)
    }

    pub(crate) fn contains(&self, word: &str) -> bool {
        self.0.iter().any(|one| one == word)
    }

    /// Leaves out every item under `#[cfg(test)]`.
    pub(crate) fn without_tests(self) -> Self {
        let mut kept = Vec::new();
        let mut at = 0;
        while at < self.0.len() {
            if self.spells(at, "# [ cfg ( test ) ]") || self.spells(at, "# [ cfg ( all ( test ,") {
                at = self.end_of_item(at);
            } else {
                kept.push(self.0[at].clone());
                at += 1;
            }
        }
        Self(kept)
    }

    fn get(&self, at: usize) -> &str {
        self.0.get(at).map_or("", String::as_str)
    }

    fn before(&self, at: usize, back: usize) -> &str {
        at.checked_sub(back).map_or("", |at| self.get(at))
    }

    fn spells(&self, at: usize, words: &str) -> bool {
        let mut words = words.split(' ').enumerate();
        words.all(|(offset, word)| self.get(at + offset) == word)
    }

    /// Where the item ends that begins at `at`, with its attributes.
    fn end_of_item(&self, mut at: usize) -> usize {
        while self.get(at) == "#" {
            at = self.end_of_group(at + 1);
        }
        while at < self.0.len() {
            match self.get(at) {
                ";" => return at + 1,
                "{" => return self.end_of_group(at),
                "}" => return at,
                "(" | "[" => at = self.end_of_group(at),
                _ => at += 1,
            }
        }
        at
    }

    /// Just behind the bracket that closes the one at `at`.
    fn end_of_group(&self, mut at: usize) -> usize {
        let mut depth = 0_usize;
        while at < self.0.len() {
            match self.get(at) {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth = depth.saturating_sub(1),
                _ => {}
            }
            at += 1;
            if depth == 0 {
                break;
            }
        }
        at
    }

    /// Every path of two words or more.
    pub(crate) fn paths(&self) -> Vec<Path> {
        let mut paths = Vec::new();
        let mut modules: Vec<(String, usize)> = Vec::new();
        let (mut at, mut depth) = (0, 0_usize);
        while at < self.0.len() {
            let inside: Vec<String> = modules.iter().map(|(name, _)| name.clone()).collect();
            let found = paths.len();
            match self.get(at) {
                "{" => depth += 1,
                "}" => {
                    depth = depth.saturating_sub(1);
                    modules.retain(|(_, outside)| *outside < depth);
                }
                "mod" if self.get(at + 2) == "{" => {
                    modules.push((self.get(at + 1).to_owned(), depth));
                }
                "use" => {
                    let is_re_export = matches!(self.before(at, 1), "pub" | ")");
                    at = self.tree(at + 1, &[], &mut paths);
                    for path in &mut paths[found..] {
                        path.inside.clone_from(&inside);
                        path.is_re_export = is_re_export;
                    }
                    continue;
                }
                word if is_name(word) && self.get(at + 1) == "::" => {
                    let is_visibility = self.before(at, 1) == "in" && self.before(at, 2) == "(";
                    at = self.tree(at, &[], &mut paths);
                    if is_visibility {
                        paths.truncate(found); // `pub(in crate::engine)` needs nothing from there
                    }
                    for path in &mut paths[found..] {
                        path.inside.clone_from(&inside);
                        path.binds = None;
                    }
                    continue;
                }
                _ => {}
            }
            at += 1;
        }
        paths
    }

    /// Reads a path or a `use` tree, and says where it ends.
    fn tree(&self, mut at: usize, before: &[String], paths: &mut Vec<Path>) -> usize {
        let mut segments = before.to_vec();
        loop {
            match self.get(at) {
                "::" => at += 1,
                "{" => {
                    at += 1;
                    while !matches!(self.get(at), "}" | "") {
                        at = self.tree(at, &segments, paths);
                        at += usize::from(self.get(at) == ",");
                    }
                    return at + 1;
                }
                word if word == "*" || is_name(word) => {
                    segments.push(word.to_owned());
                    at += 1;
                    let next = self.get(at + 1);
                    if self.get(at) == "::" && (is_name(next) || matches!(next, "*" | "{")) {
                        continue;
                    }
                    break;
                }
                _ => return at + 1, // not a path after all
            }
        }
        if segments.last().is_some_and(|last| last == "self") {
            segments.pop();
        }
        let mut binds = segments.last().cloned();
        if self.get(at) == "as" {
            binds = Some(self.get(at + 1).to_owned());
            at += 2;
        }
        paths.push(Path { segments, inside: Vec::new(), binds, is_re_export: false });
        at
    }
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c == '_' || c.is_alphabetic())
}

/// The characters still to be read, the next one last.
struct Reader {
    rest: Vec<char>,
}

impl Reader {
    fn peek(&self, ahead: usize) -> char {
        let at = self.rest.len().checked_sub(ahead + 1);
        at.map_or('\0', |at| self.rest[at])
    }

    fn skip(&mut self, number: usize) {
        self.rest.truncate(self.rest.len().saturating_sub(number));
    }

    /// The word that begins with `next`, if it begins one.
    fn word(&mut self, next: char) -> Option<String> {
        match (next, self.peek(0)) {
            ('/', '/') => {
                while !matches!(self.peek(0), '\n' | '\0') {
                    self.skip(1);
                }
                None
            }
            ('/', '*') => {
                self.block_comment();
                None
            }
            ('"', _) => {
                self.text_until('"');
                None
            }
            ('\'', first) => {
                // `'a'` and `'\n'` are characters, `'a` is a lifetime.
                if first == '\\' || self.peek(1) == '\'' {
                    self.text_until('\'');
                }
                None
            }
            (':', ':') => {
                self.skip(1);
                Some("::".into())
            }
            (c, _) if c == '_' || c.is_alphanumeric() => self.name(c),
            (c, _) if c.is_whitespace() => None,
            (mark, _) => Some(mark.into()),
        }
    }

    /// A name, or the text that one of `r`, `b`, `br`, `c`, `cr` introduces.
    fn name(&mut self, first: char) -> Option<String> {
        let mut name = String::from(first);
        while self.peek(0) == '_' || self.peek(0).is_alphanumeric() {
            name.push(self.peek(0));
            self.skip(1);
        }
        let mut hashes = 0;
        while self.peek(hashes) == '#' {
            hashes += 1;
        }
        match name.as_str() {
            "r" | "br" | "cr" if self.peek(hashes) == '"' => {
                self.skip(hashes + 1);
                while !self.rest.is_empty() && !self.closes(hashes) {
                    self.skip(1);
                }
                self.skip(hashes + 1);
                None
            }
            "r" if hashes == 1 => {
                self.skip(1); // `r#type`: the name is what follows
                None
            }
            _ => Some(name), // `b"…"`, `c"…"`: the text comes next, by itself
        }
    }

    fn closes(&self, hashes: usize) -> bool {
        self.peek(0) == '"' && (1..=hashes).all(|ahead| self.peek(ahead) == '#')
    }

    fn text_until(&mut self, end: char) {
        while let Some(c) = self.rest.pop() {
            match c {
                '\\' => self.skip(1),
                c if c == end => return,
                _ => {}
            }
        }
    }

    /// Block comments nest.
    fn block_comment(&mut self) {
        self.skip(1);
        let mut depth = 1;
        while depth > 0 && !self.rest.is_empty() {
            match (self.peek(0), self.peek(1)) {
                ('/', '*') => depth += 1,
                ('*', '/') => depth -= 1,
                _ => {
                    self.skip(1);
                    continue;
                }
            }
            self.skip(2);
        }
    }
}

#[test]
fn comments_and_literals_are_no_words() {
    let text = "a /* b /* c */ d */ e // f\n\"g \\\" h\" r#\"i \" j\"# b'k' 'l' '\\'' m::r#type b\"n\"";
    assert_eq!(Words::of(text).0, ["a", "e", "b", "m", "::", "type", "b"]);
}

#[test]
fn use_trees_are_unfolded() {
    let words = Words::of("pub use a::{b::{self, c as d}, e::*}; fn f() { g::h::<i::J>() }");
    let paths: Vec<String> = words.paths().iter().map(|p| p.segments.join("::")).collect();
    assert_eq!(paths, ["a::b", "a::b::c", "a::e::*", "g::h", "i::J"]);
    let names: Vec<_> = words.paths().into_iter().map(|p| p.binds).collect();
    let name = |name: &str| Some(name.to_owned());
    assert_eq!(names, [name("b"), name("d"), name("*"), None, None]);
}
