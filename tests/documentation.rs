//! Keeps the rule of the house for names, by reading the sources: every public name says *when to use it*, and an example
//! that runs shows it.
//!
//! Public is what is written `pub` and nothing narrower: functions, types, traits, constants, and what `pub use` shows; not what
//! stands inside a private `mod … { }` that nothing shows again. Where a macro makes items of names, the name counts that it is
//! given: a line with nothing else, below a comment. Fields, variants and the methods of traits say what they mean, which the
//! compiler asks for (`missing_docs`). The sources are read line by line, as `rustfmt` writes them. Each rule is a function from texts to complaints, and each has a test here that shows it
//! complaining: a rule that cannot fail keeps nothing.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What makes a comment say when to use a thing: one of these, outside its examples.
const INSTRUCTIONS: &[&str] = &["Use ", "use it", "use this"];

/// What may stand behind the three ticks of an example that runs.
const RUNS: &[&str] = &["", "rust", "should_panic", "edition2024"];

// ---- the rules, on what is really there

#[test]
fn every_public_name_says_when_to_use_it() {
    assert_eq!(without_a_use(&Read::real()), [""; 0]);
}

#[test]
fn every_public_name_is_shown_by_an_example_that_runs() {
    assert_eq!(without_an_example(&Read::real()), [""; 0]);
}

// ---- the rules

fn without_a_use(read: &Read) -> Vec<String> {
    let ours: BTreeSet<&str> = read.names.iter().filter(|name| !name.is_shown).map(|name| name.word.as_str()).collect();
    let tells = |name: &Name| {
        // What `pub use` shows is documented where it is written, unless that is in another crate.
        let elsewhere = name.is_shown && ours.contains(name.word.as_str());
        elsewhere || INSTRUCTIONS.iter().any(|words| name.comment.contains(words))
    };
    let silent = read.names.iter().filter(|name| !tells(name));
    silent.map(|name| format!("{}: {} does not say when to use it", name.place, name.word)).collect()
}

fn without_an_example(read: &Read) -> Vec<String> {
    let unseen = read.names.iter().filter(|name| !name.is_shown && !name.is_in(&read.examples));
    unseen.map(|name| format!("{}: {} is in no example that runs", name.place, name.word)).collect()
}

// ---- reading

/// A public name.
#[derive(Debug)]
struct Name {
    /// `src/engine/key.rs:38`
    place: String,
    word: String,
    /// It belongs to a type, and is reached through it.
    is_member: bool,
    is_function: bool,
    /// It stands in a `pub use`.
    is_shown: bool,
    /// The comment above it, without its examples.
    comment: String,
}

impl Name {
    /// Members as `.name(`, `.name::<` or `::name`; the rest as a word.
    fn is_in(&self, examples: &str) -> bool {
        examples.match_indices(&self.word).any(|(at, word)| {
            let (before, behind) = (&examples[..at], &examples[at + word.len()..]);
            let is_word = !before.ends_with(in_a_name) && !behind.starts_with(in_a_name);
            let is_called =
                self.is_function && before.ends_with('.') && (behind.starts_with('(') || behind.starts_with("::<"));
            is_word && (!self.is_member || is_called || before.ends_with("::"))
        })
    }
}

/// What some sources say.
#[derive(Debug, Default)]
struct Read {
    names: Vec<Name>,
    /// The code of all examples that run.
    examples: String,
}

impl Read {
    /// Everything in `src/`, and the front page, whose examples run as those of the crate.
    fn real() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut read = Self::default();
        read.folder(root, "src");
        let page = fs::read_to_string(root.join("README.md")).expect("the front page");
        read.file("README.md", &format!("//! {}", page.replace('\n', "\n//! ")));
        assert!(read.names.iter().any(|name| name.word == "Store"), "the sources were not found");
        read
    }

    fn folder(&mut self, root: &Path, folder: &str) {
        for entry in fs::read_dir(root.join(folder)).expect("a folder of ours") {
            let entry = entry.expect("a folder of ours");
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{folder}/{name}");
            if name.trim_end_matches(".rs").ends_with("tests") {
                continue; // tests, which nobody else sees
            }
            if path == "src/bindings" {
                continue; // exports for the face in `js/` alone; what users call is documented in `js/api.d.ts`
            }
            if entry.path().is_dir() {
                self.folder(root, &path);
            } else if Path::new(&name).extension().is_some_and(|end| end == "rs") {
                self.file(&path, &fs::read_to_string(entry.path()).expect("a source of ours"));
            }
        }
    }

    fn file(&mut self, path: &str, text: &str) {
        let mut comment = String::new();
        // In an example: does it run?
        let mut example: Option<bool> = None;
        // In a private module, written inside this file: how far to the right it begins.
        let mut private: Option<usize> = None;
        let mut lines = (1..).zip(text.lines());
        while let Some((number, line)) = lines.next() {
            let code = line.trim_start();
            let indent = line.len() - code.len();
            if let Some(said) = code.strip_prefix("///").or(code.strip_prefix("//!")) {
                match (said.trim_start().strip_prefix("```"), example) {
                    (Some(_), Some(_)) => example = None,
                    (Some(about), None) => example = Some(about.split(',').all(|word| RUNS.contains(&word.trim()))),
                    (None, Some(true)) => self.examples.extend([said, "\n"]),
                    (None, Some(false)) => {}
                    (None, None) => comment.extend([said, " "]),
                }
            } else if code.starts_with("#[cfg(test)]") || code.starts_with("#[cfg(all(test,") {
                // To the end of the item, which is as far to the right as its beginning.
                let is_end =
                    |line: &str| line.len() - line.trim_start().len() == indent && line.ends_with([';', '}', ',']);
                lines.by_ref().find(|(_, line)| is_end(line));
                comment.clear();
            } else if code.starts_with("#[") {
                if !code.ends_with(']') {
                    lines.by_ref().find(|(_, line)| line.ends_with(']'));
                }
            } else if !code.starts_with("//") {
                let place = format!("{path}:{number}");
                let said = std::mem::take(&mut comment);
                let module = code.strip_prefix("mod ").and_then(|code| code.strip_suffix(" {"));
                if private.is_some() {
                    private = private.filter(|left| code != "}" || indent != *left);
                } else if module.is_some_and(|name| !text.contains(&format!("pub use {name}::"))) {
                    private = Some(indent);
                } else if let Some(tree) = code.strip_prefix("pub use ") {
                    let mut tree = tree.to_owned();
                    while !tree.ends_with(';') {
                        tree += lines.next().map_or(";", |(_, line)| line);
                    }
                    self.names.extend(leaves(&tree).map(|word| Name {
                        place: place.clone(),
                        word,
                        is_member: false,
                        is_function: false,
                        is_shown: true,
                        comment: said.clone(),
                    }));
                } else if let Some((kind, word)) = item(code).or_else(|| given_to_a_macro(code, &said)) {
                    let (is_member, is_function) = (indent > 0, kind == "fn");
                    self.names.push(Name { place, word, is_member, is_function, is_shown: false, comment: said });
                }
            }
        }
    }
}

/// A documented name that stands alone: a macro makes a function of it.
fn given_to_a_macro(code: &str, comment: &str) -> Option<(&'static str, String)> {
    (!comment.is_empty() && !code.is_empty() && code.chars().all(in_a_name)).then(|| ("fn", code.to_owned()))
}

/// The kind and the name of the public item that begins with this line, if one does. In a macro the name may come later (`$name`).
fn item(code: &str) -> Option<(&str, String)> {
    let mut words = code.strip_prefix("pub ")?.split_whitespace().peekable();
    loop {
        let kind = words.next()?;
        let next = *words.peek()?;
        let is_kind = match kind {
            "const" => !["fn", "async", "unsafe", "extern"].contains(&next),
            "fn" | "struct" | "enum" | "union" | "static" | "trait" | "type" => true,
            "async" | "unsafe" | "extern" | "\"C\"" => false,
            _ => return None, // a field, or a module, which tells at the head of its file what it is
        };
        if is_kind && !next.starts_with('$') {
            return Some((kind, next.chars().take_while(|c| in_a_name(*c)).collect()));
        }
    }
}

/// The names that a `use` tree shows, as they are called where they come from; `*` is one that nobody documents.
fn leaves(tree: &str) -> impl Iterator<Item = String> {
    let tree = tree.trim_end_matches(';').replace(['{', '}'], ",").replace("::,", ":: ,");
    let leaves: Vec<String> = tree.split(',').map(|path| path.rsplit("::").next().unwrap_or(path).to_owned()).collect();
    leaves.into_iter().filter_map(|leaf| leaf.split_whitespace().next().map(String::from)).filter(|leaf| leaf != "self")
}

fn in_a_name(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

// ---- each rule complains

fn read(text: &str) -> Read {
    let mut read = Read::default();
    read.file("src/a.rs", text);
    read
}

#[test]
fn a_name_that_does_not_say_when_to_use_it_is_named() {
    for text in [
        "pub struct A;",
        "/// It counts as use.\npub struct A;",
        "/// ```\n/// use it;\n/// Use me;\n/// ```\npub struct A;",
        "/// Use it.\n\npub struct A;",
        "/// Use it.\nmod b;\npub const A: u8 = 1;",
        "/// Use it.\npub fn b() {}\n\n/// Else.\n#[expect(\n    lint,\n    reason = \"it\"\n)]\npub const fn A() {}",
        "#[cfg(test)]\nmod tests {\n    pub fn b() {}\n}\npub trait A {}",
        "/// Use it.\npub enum B {}\npub use elsewhere::{self, deep::{B, A as C}};",
        "pub use elsewhere::A;\npub use self::B;\n/// Use it.\npub type B = u8;",
        "/// Use it.\nstruct B {\n    pub field: u8,\n}\n\nimpl B {\n    pub async fn A(self) {}\n}",
        "mod b {\n    pub fn c() {\n    }\n}\npub fn A() {}",
        "pub use b::A;\nmod b {\n    /// It.\n    pub trait A {}\n}\n/// Use it.\npub enum A {}",
        "impl B {\n    spans! {\n        /// It.\n        A\n    }\n}",
    ] {
        let complaints = without_a_use(&read(text));
        assert!(
            matches!(&complaints[..], [one] if one.ends_with(": A does not say when to use it")),
            "{text}: {complaints:?}"
        );
    }
    assert_eq!(without_a_use(&read("pub use elsewhere::*;")), ["src/a.rs:1: * does not say when to use it"]);
}

#[test]
fn what_says_so_or_is_not_public_is_fine() {
    for text in [
        "/// A thing. Use it\n/// there.\n// An aside.\n#[derive(Debug)]\npub struct A<T>(T);",
        "/// A thing;\n/// use it there.\npub const fn a() {}\n\npub(crate) fn b() {}\npub(in crate::engine) struct C;\npub mod d;",
        "pub use b::{A, c::B};\n/// Use `A`.\npub enum A {}\n/// Use this.\npub type B = A;\n",
        "/// Use it where theirs is wanted.\npub use elsewhere::A;",
        "impl A for B {\n    fn c() {}\n}",
        "mod sealed {\n    pub trait Sealed {}\n    impl Sealed for u8 {}\n}",
        "macro_rules! spans {\n    ($name:ident) => {\n        pub fn $name() {}\n    };\n}",
        "spans! {\n    /// Use it.\n    a\n    /// Use this.\n    b\n}",
        "#[cfg(test)]\nmod tests;\n#[cfg(test)]\nuse a::{\n    b,\n};\n#[cfg(test)]\npub fn b(\n    c: u8,\n) -> u8 {\n    c\n}",
    ] {
        assert_eq!(without_a_use(&read(text)), [""; 0], "{text}");
    }
}

#[test]
fn a_name_that_no_running_example_shows_is_named() {
    for text in [
        "pub fn seen() {}",
        "/// `seen()`\npub fn seen() {}",
        "/// ```ignore\n/// seen();\n/// ```\npub fn seen() {}",
        "/// ```text\n/// seen();\n/// ```\n/// ```\n/// unseen(foreseen);\n/// ```\npub fn seen() {}",
        "impl A {\n    /// ```\n    /// let seen = a.seen;\n    /// ```\n    pub fn seen(&self) {}\n}",
        "impl A {\n    /// ```\n    /// let seen = a.seen();\n    /// ```\n    pub const seen: u8 = 1;\n}",
        "impl A {\n    spans! {\n        /// It.\n        seen\n    }\n}",
    ] {
        let complaints = without_an_example(&read(text));
        assert!(matches!(&complaints[..], [one] if one.ends_with(": seen is in no example that runs")), "{text}");
    }
}

#[test]
fn an_example_anywhere_shows_a_name() {
    for text in [
        "/// ```\n/// seen();\n/// ```\nfn a() {}\npub fn seen() {}",
        "//! ```rust\n//! let a: crate::seen;\n//! ```\npub struct seen;",
        "impl A {\n    /// ```should_panic\n    /// a.seen()\n    /// ```\n    pub fn seen(&self) {}\n}",
        "impl A {\n    /// ```\n    /// a.seen::<u8>()\n    /// ```\n    pub fn seen<T>(&self) {}\n}",
        "impl A {\n    pub const seen: u8 = 1;\n    /// ```\n    /// A::seen;\n    /// ```\n    fn b() {}\n}",
    ] {
        assert_eq!(without_an_example(&read(text)), [""; 0], "{text}");
    }
}
