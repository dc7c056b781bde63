//! The files of `src/` as modules, and the arrows between them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::code::{self, Words};

/// One file.
#[derive(Debug)]
pub(crate) struct Source {
    /// `src/engine/key.rs`
    pub(crate) path: String,
    /// `engine`, `key`; empty for `src/lib.rs`
    pub(crate) module: Vec<String>,
    /// A file of tests, which may reach anywhere.
    pub(crate) is_test: bool,
    pub(crate) text: String,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let inner = path.trim_start_matches("src/").trim_end_matches(".rs");
        let mut module: Vec<String> = inner.split('/').map(String::from).collect();
        if module == ["lib"] || module.last().is_some_and(|name| name == "mod") {
            module.pop();
        }
        Self {
            path: path.to_owned(),
            is_test: module.iter().any(|name| name == "tests"),
            module,
            text: text.to_owned(),
        }
    }
}

/// From the file that says it to the module where the thing lives.
#[derive(Debug)]
pub(crate) struct Arrow {
    pub(crate) to: Vec<String>,
    /// As it stands in the text.
    pub(crate) written: String,
    pub(crate) is_re_export: bool,
}

/// All files, by module.
#[derive(Debug)]
pub(crate) struct Tree {
    sources: Vec<Source>,
    /// What each module's `use` lines bring, by the name they bring it under.
    names: BTreeMap<(Vec<String>, String), Vec<String>>,
}

impl Tree {
    pub(crate) fn new(sources: impl IntoIterator<Item = Source>) -> Self {
        let mut tree = Self { sources: sources.into_iter().collect(), names: BTreeMap::new() };
        let mut names = BTreeMap::new();
        for source in &tree.sources {
            for path in Words::of(&source.text).without_tests().paths() {
                let place = tree.place(source, &path);
                if let (Some(name), true, Some(place)) = (path.binds, path.inside.is_empty(), place) {
                    names.insert((source.module.clone(), name), place);
                }
            }
        }
        tree.names = names;
        tree
    }

    pub(crate) fn sources(&self) -> impl Iterator<Item = &Source> {
        self.sources.iter()
    }

    /// Everything in this crate that a file names by path, its tests left out.
    pub(crate) fn arrows(&self, source: &Source) -> Vec<Arrow> {
        let paths = Words::of(&source.text).without_tests().paths();
        let arrows = paths.into_iter().filter_map(|path| {
            Some(Arrow {
                to: self.home(self.place(source, &path)?),
                written: path.segments.join("::"),
                is_re_export: path.is_re_export,
            })
        });
        arrows.collect()
    }

    /// The path from the root of the crate; `None` for what lies in another crate.
    fn place(&self, source: &Source, path: &code::Path) -> Option<Vec<String>> {
        let mut place = [source.module.as_slice(), &path.inside].concat();
        let mut segments = path.segments.as_slice();
        match segments.first()?.as_str() {
            "crate" => place.clear(),
            "self" => {}
            "super" => {
                while let Some("super") = segments.get(1).map(String::as_str) {
                    place.pop();
                    segments = &segments[1..];
                }
                place.pop();
            }
            child => {
                place.push(child.to_owned());
                if !self.is_module(&place) {
                    return None;
                }
            }
        }
        place.extend_from_slice(&segments[1..]);
        Some(place)
    }

    /// The module in which the thing at this path lives, re-exports followed.
    fn home(&self, mut place: Vec<String>) -> Vec<String> {
        for _ in 0..16 {
            let known =
                (0..=place.len()).rev().find(|length| *length == 0 || self.is_module(&place[..*length])).unwrap_or(0);
            let rest = place.split_off(known);
            let Some(name) = rest.first() else {
                return place;
            };
            match self.names.get(&(place.clone(), name.clone())) {
                Some(elsewhere) => place = [elsewhere.as_slice(), &rest[1..]].concat(),
                None => return place,
            }
        }
        place
    }

    /// A folder is a module too, whether or not its `mod.rs` is among the files.
    fn is_module(&self, place: &[String]) -> bool {
        self.sources.iter().any(|s| s.module.starts_with(place))
    }
}

/// What is really there.
pub(crate) fn real() -> Tree {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Vec::new();
    read(root, "src", &mut sources);
    assert!(sources.iter().any(|source| source.path == "src/lib.rs"), "the sources were not found");
    Tree::new(sources)
}

fn read(root: &Path, folder: &str, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(root.join(folder)).expect("a folder of ours") {
        let entry = entry.expect("a folder of ours");
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            read(root, &path, sources);
        } else if entry.path().extension().is_some_and(|end| end == "rs") {
            let text = fs::read_to_string(entry.path()).expect("a source of ours");
            sources.push(Source::new(&path, &text));
        }
    }
}
