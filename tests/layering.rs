//! Keeps the floors of `src/`, by reading the sources.
//!
//! Arrows point down only, there is no circle, JavaScript is for wasm alone, and nobody below the
//! top floor reads a clock. Each rule is a function from texts to complaints, and each has a test
//! here that shows it complaining: a rule that cannot fail keeps nothing.
#![cfg(not(target_arch = "wasm32"))]

#[path = "layering/code.rs"]
mod code;
#[path = "layering/tree.rs"]
mod tree;

use std::collections::{BTreeMap, BTreeSet};

use code::Words;
use tree::{Source, Tree};

/// What lies in `src/`, and how high. A file or folder that is not here fails the test: whoever
/// adds one decides its floor.
const FLOORS: &[(&str, i8)] = &[
    ("error", -1), // below all: it knows none of them
    ("engine", 0),
    ("http", 1),
    ("cache", 2),
    ("bindings", 3),
    ("native", 3),
];

/// Time is an argument here.
const WITHOUT_A_CLOCK: &[&str] = &["error", "engine", "http", "cache"];

/// Crates that only make sense beside JavaScript.
const JAVASCRIPT: &[&str] =
    &["js-sys", "serde-wasm-bindgen", "wasm-bindgen", "wasm-bindgen-futures", "wasm-bindgen-test", "web-sys"];

// ---- the rules, on what is really there

#[test]
fn everything_in_src_has_a_floor() {
    assert_eq!(without_a_floor(&tree::real()), [""; 0]);
}

#[test]
fn arrows_point_down_only() {
    assert_eq!(arrows_upward(&tree::real()), [""; 0]);
}

#[test]
fn the_files_of_a_floor_form_no_circle() {
    for (floor, _) in FLOORS {
        assert_eq!(circles(&tree::real(), floor), [""; 0]);
    }
}

#[test]
fn nobody_below_the_top_floor_reads_a_clock() {
    assert_eq!(clock_reads(&tree::real()), [""; 0]);
}

#[test]
fn unsafe_is_nowhere() {
    assert_eq!(unsafe_words(&tree::real()), [""; 0]);
}

#[test]
fn javascript_crates_are_for_wasm_alone() {
    let manifest = include_str!("../Cargo.toml");
    assert_eq!(javascript_elsewhere(manifest), [""; 0]);
}

// ---- the rules

fn floor_of(name: &str) -> Option<i8> {
    let (_, floor) = FLOORS.iter().find(|(known, _)| *known == name)?;
    Some(*floor)
}

fn without_a_floor(tree: &Tree) -> Vec<String> {
    let names: BTreeSet<&String> = tree.sources().filter_map(|s| s.module.first()).collect();
    names
        .into_iter()
        .filter(|name| floor_of(name).is_none())
        .map(|name| format!("src/{name} has no floor: give it one in tests/layering.rs"))
        .collect()
}

/// From one floor to a higher one, to a neighbour on the same floor, or to the front door
/// (`src/lib.rs`), which stands above all. Re-exports are followed to where a name really lives.
fn arrows_upward(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in tree.sources().filter(|source| !source.is_test) {
        let Some(from) = source.module.first() else {
            continue; // the front door may know everybody
        };
        for arrow in tree.arrows(source) {
            let complaint = match arrow.to.first() {
                None => "the front door, src/lib.rs",
                Some(to) if to == from || floor_of(to) < floor_of(from) => continue,
                Some(to) => to,
            };
            let (path, written) = (&source.path, arrow.written);
            complaints.push(format!("{path} points up to {complaint}: {written}"));
        }
    }
    complaints
}

/// Circles among the files of one folder. A front door (`mod.rs`) that only re-exports what lies
/// below it does not depend on it; one that uses it does.
fn circles(tree: &Tree, folder: &str) -> Vec<String> {
    let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in tree.sources().filter(|source| !source.is_test) {
        let inside = |module: &[String]| module.first().is_some_and(|name| name == folder);
        if !inside(&source.module) {
            continue;
        }
        let targets = tree.arrows(source).into_iter().filter(|arrow| {
            let shows_only = arrow.is_re_export && arrow.to.starts_with(&source.module);
            inside(&arrow.to) && arrow.to != source.module && !shows_only
        });
        let targets = targets.map(|arrow| arrow.to.join("::")).collect();
        graph.insert(source.module.join("::"), targets);
    }
    let mut complaints = Vec::new();
    let mut done = BTreeSet::new();
    for start in graph.keys() {
        let mut way = Vec::new();
        complaints.extend(walk(&graph, start, &mut way, &mut done));
    }
    complaints
}

/// Depth first: a name that is met again on the way closes a circle.
fn walk<'a>(
    graph: &'a BTreeMap<String, BTreeSet<String>>,
    here: &'a String,
    way: &mut Vec<&'a str>,
    done: &mut BTreeSet<&'a str>,
) -> Option<String> {
    if let Some(first) = way.iter().position(|name| name == here) {
        let mut circle = way.split_off(first);
        circle.push(here);
        return Some(format!("a circle: {}", circle.join(" → ")));
    }
    if !done.insert(here) {
        return None; // everything that can be reached from here has been walked
    }
    way.push(here);
    let found = graph.get(here).into_iter().flatten().find_map(|next| walk(graph, next, way, done));
    way.pop();
    found
}

fn clock_reads(tree: &Tree) -> Vec<String> {
    let clocks = ["Instant", "SystemTime"];
    let is_clock = |word: &String| clocks.contains(&word.as_str());
    let mut complaints = Vec::new();
    for source in tree.sources().filter(|source| !source.is_test) {
        let pure = |name: &String| WITHOUT_A_CLOCK.contains(&name.as_str());
        if !source.module.first().is_some_and(pure) {
            continue;
        }
        let words = Words::of(&source.text).without_tests();
        let read = words.paths().into_iter().find(|path| {
            let path = &path.segments;
            path.windows(2).any(|w| is_clock(&w[0]) && w[1] == "now")
                || (path.starts_with(&["std".into(), "time".into()]) && path.iter().any(is_clock))
        });
        if let Some(read) = read {
            let (path, read) = (&source.path, read.segments.join("::"));
            complaints.push(format!("{path} reads a clock: {read}"));
        }
    }
    complaints
}

fn unsafe_words(tree: &Tree) -> Vec<String> {
    tree.sources()
        .filter(|source| Words::of(&source.text).contains("unsafe"))
        .map(|source| format!("{} says unsafe", source.path))
        .collect()
}

/// Dependencies on JavaScript crates anywhere but where only wasm32 sees them.
fn javascript_elsewhere(manifest: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut table = Vec::new();
    for line in manifest.lines().map(str::trim) {
        let entry = match line.strip_prefix('[') {
            Some(header) => {
                let header = header.trim_start_matches('[');
                table = keys(header.split(']').next().unwrap_or(header));
                table.clone()
            }
            None => [table.clone(), keys(line.split('=').next().unwrap_or(""))].concat(),
        };
        let Some(at) = entry.iter().position(|key| key.ends_with("dependencies")) else {
            continue;
        };
        let (place, name) = entry.split_at(at);
        let wasm_alone = place == ["target", "cfg(target_arch = \"wasm32\")"];
        let named = name.get(1).map(|name| name.replace('_', "-"));
        // `anything = { package = "js-sys" }` is js-sys all the same.
        let quoted = |name: &str| !line.starts_with('#') && line.contains(&format!("\"{name}\""));
        let is_javascript = |name: &&&str| named.as_deref() == Some(**name) || quoted(name);
        if let (false, Some(found)) = (wasm_alone, JAVASCRIPT.iter().find(is_javascript)) {
            complaints.push(format!("{found} is a dependency beyond wasm32"));
        }
    }
    complaints.dedup();
    complaints
}

/// The parts of `target.'cfg(x = "a.b")'.dependencies`, without their quotes.
fn keys(text: &str) -> Vec<String> {
    let (mut keys, mut quote) = (vec![String::new()], None);
    for c in text.trim().chars() {
        match (c, quote) {
            ('#', None) => break,
            ('.', None) => keys.push(String::new()),
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            (c, None) if c.is_whitespace() => {}
            (c, _) => keys.last_mut().expect("starts with one").push(c),
        }
    }
    keys
}

// ---- each rule complains

fn tree(files: &[(&str, &str)]) -> Tree {
    Tree::new(files.iter().map(|(path, text)| Source::new(path, text)))
}

#[test]
fn a_folder_without_a_floor_is_named() {
    let tree = tree(&[("src/lib.rs", ""), ("src/attic/box.rs", "")]);
    let complaint = "src/attic has no floor: give it one in tests/layering.rs";
    assert_eq!(without_a_floor(&tree), [complaint]);
}

#[test]
fn an_arrow_upward_is_found_however_it_is_written() {
    for text in [
        "use crate::http::key::Key;",
        "use crate::{error::Error, http::{key, vary::Vary}};",
        "pub(crate) use crate::http::key;",
        "fn f() -> crate::http::Key { todo!() }",
        "use super::super::http::key;",
        "use super::super::{error::Error, http};",
        "mod inner { use super::super::super::http::key; }",
        "macro_rules! m { () => { $crate::http::key() } }",
        "use crate::http as web;",
        "use crate::http::*;",
        "use crate::Page;",
    ] {
        let tree = tree(&[
            ("src/lib.rs", "pub use http::Page;"),
            ("src/error.rs", ""),
            ("src/http/mod.rs", "pub struct Page;"),
            ("src/engine/store.rs", text),
        ]);
        let complaints = arrows_upward(&tree);
        assert!(!complaints.is_empty(), "not found: {text}");
        assert!(complaints[0].starts_with("src/engine/store.rs points up to http: "));
    }
}

#[test]
fn an_arrow_sideways_or_to_the_front_door_is_one_upward() {
    let tree = tree(&[
        ("src/lib.rs", "pub const VERSION: &str = \"1\";"),
        ("src/error.rs", "use crate::engine::Key;"),
        ("src/engine/mod.rs", "pub struct Key;"),
        ("src/native/mod.rs", "use crate::bindings::Fetch;"),
        ("src/bindings/mod.rs", "use crate::VERSION;"),
    ]);
    let mut complaints = arrows_upward(&tree);
    complaints.sort();
    assert_eq!(
        complaints,
        [
            "src/bindings/mod.rs points up to the front door, src/lib.rs: crate::VERSION",
            "src/error.rs points up to engine: crate::engine::Key",
            "src/native/mod.rs points up to bindings: crate::bindings::Fetch",
        ]
    );
}

#[test]
fn arrows_downward_and_inside_a_folder_are_fine() {
    let tree = tree(&[
        ("src/lib.rs", "mod cache; pub use engine::Store; pub use crate::error::Error;"),
        ("src/error.rs", "use core::fmt; use std::error::Error as _;"),
        ("src/engine/mod.rs", "mod store; pub use store::Store;"),
        ("src/engine/store.rs", "pub(in crate::engine) struct Store; use crate::Error;"),
        (
            "src/cache/mod.rs",
            "use crate::engine::Store; /* crate::bindings::x */ // crate::native\n\
             const S: &str = \"crate::bindings::x\"; const R: &str = r#\"\"crate::native::x\"#;\n\
             fn f<'a>(c: char) -> bool { c == '\"' || c == '\\'' } \
             #[cfg(test)] mod tests { use crate::bindings::x; }",
        ),
        ("src/cache/begin.rs", "use super::Cache; use crate::Store;"),
        ("src/cache/begin/tests.rs", "use crate::native::Cache;"),
    ]);
    assert_eq!(arrows_upward(&tree), [""; 0]);
}

#[test]
fn a_circle_among_files_is_named() {
    let tree = tree(&[
        ("src/engine/mod.rs", "mod a; mod b; mod c; mod d;"),
        ("src/engine/a.rs", "use super::b::B;"),
        ("src/engine/b.rs", "fn f() { crate::engine::c::g() }"),
        ("src/engine/c.rs", "use super::{d::D, a::A};"),
        ("src/engine/d.rs", ""),
    ]);
    let complaint = "a circle: engine::a → engine::b → engine::c → engine::a";
    assert_eq!(circles(&tree, "engine"), [complaint]);
}

#[test]
fn a_circle_through_the_front_door_of_a_folder_is_named() {
    // By a re-export: both names live elsewhere.
    let files = [
        ("src/engine/mod.rs", "pub use self::{a::A, b::B};"),
        ("src/engine/a.rs", "use super::B;"),
        ("src/engine/b.rs", "use crate::engine::A;"),
    ];
    let complaint = "a circle: engine::a → engine::b → engine::a";
    assert_eq!(circles(&tree(&files), "engine"), [complaint]);
    // By use: the front door is a module like any other.
    let files = [("src/engine/mod.rs", "mod a; pub struct Top(a::A);"), ("src/engine/a.rs", "use super::Top;")];
    let complaint = "a circle: engine → engine::a → engine";
    assert_eq!(circles(&tree(&files), "engine"), [complaint]);
}

#[test]
fn re_exports_diamonds_and_tests_are_no_circles() {
    let tree = tree(&[
        ("src/engine/mod.rs", "mod a; mod b; pub use a::A; pub use b::B;"),
        ("src/engine/a.rs", "use super::b::B; use super::c::C;"),
        ("src/engine/b.rs", "use super::c::C; #[cfg(test)] #[allow(x)] mod tests { use super::super::a::A; }"),
        ("src/engine/c.rs", "#[cfg(test)] use super::a; fn f() {} #[cfg(test)] mod tests;"),
        ("src/engine/c/tests.rs", "use super::super::a::A;"),
    ]);
    assert_eq!(circles(&tree, "engine"), [""; 0]);
}

#[test]
fn a_clock_read_below_the_top_floor_is_found() {
    for text in [
        "fn f() { let t = std::time::Instant::now(); }",
        "fn f() { let t = Instant::now(); }",
        "fn f() { SystemTime :: now() }",
        "use std::time::{Duration, Instant as Clock};",
    ] {
        let pure = tree(&[("src/cache/begin.rs", text)]);
        assert_eq!(clock_reads(&pure).len(), 1, "not found: {text}");
        let top = tree(&[("src/native/mod.rs", text)]);
        assert_eq!(clock_reads(&top), [""; 0]);
    }
    let fine = "use std::time::Duration; /// `Instant::now()`\nstruct Instant;";
    assert_eq!(clock_reads(&tree(&[("src/engine/time.rs", fine)])), [""; 0]);
}

#[test]
fn unsafe_is_found_as_code_and_not_as_a_word_in_a_comment() {
    let files =
        [("src/engine/a.rs", "fn f() { unsafe { g() } }"), ("src/engine/b.rs", "#![forbid(unsafe_code)] // no unsafe")];
    assert_eq!(unsafe_words(&tree(&files)), ["src/engine/a.rs says unsafe"]);
}

#[test]
fn a_javascript_crate_beyond_wasm_is_found() {
    for manifest in [
        "[dependencies]\njs-sys = \"0.3\"",
        "[dependencies]\nwasm_bindgen.workspace = true",
        "[dependencies.web-sys]\nversion = \"0.3\"",
        "[dev-dependencies]\nwasm-bindgen-test = \"0.3\"",
        "[target.'cfg(unix)'.dependencies]\nweb-sys = \"0.3\"",
        "[target.'cfg(any(unix, target_arch = \"wasm32\"))'.dependencies]\njs-sys = \"0.3\"",
        "[dependencies]\nweb = { package = \"web-sys\", version = \"0.3\" }",
        "[dependencies.web]\npackage = \"web-sys\"",
        "[package]\nname = \"x\"\n[build-dependencies]\n\"serde-wasm-bindgen\" = \"0.6\"",
    ] {
        assert_eq!(javascript_elsewhere(manifest).len(), 1, "not found: {manifest}");
    }
    for manifest in [
        "[target.'cfg(target_arch = \"wasm32\")'.dependencies]\njs-sys = \"0.3\" # JavaScript",
        "[target.'cfg(target_arch = \"wasm32\")'.dependencies.web-sys]\nversion = \"0.3\"",
        "[target.'cfg(target_arch = \"wasm32\")'.dev-dependencies]\nwasm-bindgen-test = \"0.3\"",
        "[dependencies]\n# js-sys = \"0.3\"\nsiphasher = \"1\"",
        "[features]\nbrowser = [\"web-sys\"]",
    ] {
        assert_eq!(javascript_elsewhere(manifest), [""; 0], "{manifest}");
    }
}
