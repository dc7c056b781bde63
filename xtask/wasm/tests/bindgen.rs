//! The program as the build will call it, on a probe that is compiled for wasm here.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

#[test]
fn what_rust_answers_arrives_in_javascript() {
    let call = "console.log(greet('Ada'))";
    let given = "initSync({ module: readFileSync('glue_bg.wasm') })";
    for (target, kind, script) in [
        ("nodejs", "commonjs", format!("import {{ greet }} from './glue.js'; {call}")),
        ("experimental-nodejs-module", "module", format!("import {{ greet }} from './glue.js'; {call}")),
        (
            "web",
            "module",
            format!(
                "import {{ readFileSync }} from 'node:fs'; import {{ greet, initSync }} from './glue.js'; {given}; {call}"
            ),
        ),
    ] {
        let folder = made("answers", target, &[]);
        fs::write(folder.join("package.json"), format!(r#"{{"type": "{kind}"}}"#)).expect("not written");
        let mut node = Command::new("node");
        let output = node.args(["--input-type=module", "--eval", &script]).current_dir(&folder).output();
        let output = output.expect("node cannot be started: please install Node");
        assert_eq!(text(&output.stdout), "Hello, Ada!\n", "{target}: {}", text(&output.stderr));
    }
}

#[test]
fn each_target_gets_its_own_glue_beside_one_wasm() {
    for (target, sign) in [
        ("web", "export { initSync, __wbg_init as default }"),
        ("nodejs", "exports.greet = greet"),
        ("bundler", r#"from "./glue_bg.wasm""#),
        ("no-modules", "let wasm_bindgen ="),
        ("deno", "fetch(wasmUrl)"),
        ("experimental-nodejs-module", "import { readFileSync } from 'node:fs'"),
    ] {
        let folder = made("targets", target, &[]);
        let glue = fs::read_to_string(folder.join("glue.js")).expect("no glue");
        assert!(glue.contains(sign), "{target}: {glue}");
        let wasm = fs::read(folder.join("glue_bg.wasm")).expect("no wasm");
        assert!(wasm.starts_with(b"\0asm"), "{target}");
        let notes = b"__wasm_bindgen_unstable"; // what the compiler left for the maker of the glue
        assert!(!wasm.windows(notes.len()).any(|window| window == notes), "{target}");
    }
}

#[test]
fn types_are_written_where_they_are_asked_for() {
    let types = |folder: PathBuf| fs::read_to_string(folder.join("glue.d.ts"));
    assert!(types(made("types", "web", &[])).is_err());
    let types = types(made("types", "web", &["--typescript"])).expect("no types");
    assert!(types.contains("export function greet(name: string): string;"), "{types}");
}

#[test]
fn the_glue_for_the_web_leaves_the_place_of_the_wasm_to_whoever_loads_it() {
    let glue = fs::read_to_string(made("place", "web", &[]).join("glue.js")).expect("no glue");
    assert!(!glue.contains("import.meta.url"), "{glue}");
}

#[test]
fn an_instance_can_be_replaced_where_that_is_asked_for() {
    let glue = |more| fs::read_to_string(made("reset", "web", more).join("glue.js")).expect("no glue");
    assert!(!glue(&[]).contains("__wbg_reset_state"));
    assert!(glue(&["--reset-state"]).contains("export function __wbg_reset_state"));
}

#[test]
fn what_only_people_read_goes_where_that_is_asked_for() {
    let has = |more, section: &str| {
        let wasm = fs::read(made("strip", "web", more).join("glue_bg.wasm")).expect("no wasm");
        wasm.windows(section.len()).any(|window| window == section.as_bytes())
    };
    assert!(has(&[], "producers"));
    assert!(!has(&["--strip"], "producers") && !has(&["--strip"], "\u{4}name"));
}

#[test]
fn a_file_that_is_missing_or_not_wasm_is_named() {
    let folder = fresh("files", "wrong");
    let output = bindgen(&folder.join("absent.wasm"), "web", &folder, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("there is no file") && text(&output.stderr).contains("absent.wasm"));

    let file = folder.join("poem.wasm");
    fs::write(&file, "Roses are red").expect("not written");
    let output = bindgen(&file, "web", &folder, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("no glue for") && text(&output.stderr).contains("poem.wasm"));
    assert!(!folder.join("glue.js").exists());
}

#[test]
fn a_command_line_that_is_not_understood_shows_the_usage() {
    let folder = fresh("usage", "wrong");
    let output = bindgen(&folder.join("in.wasm"), "moon", &folder, &[]);
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(said.starts_with("✗ there is no target \"moon\"") && said.contains("--out-dir <dir>"), "{said}");
}

// ---- how

/// The glue for the probe, in a folder of its own.
fn made(test: &str, target: &str, more: &[&str]) -> PathBuf {
    let folder = fresh(test, target);
    let output = bindgen(probe(), target, &folder, more);
    assert!(output.status.success(), "{target}: {}", text(&output.stderr));
    folder
}

fn bindgen(input: &Path, target: &str, out_dir: &Path, more: &[&str]) -> Output {
    let options = ["--target", target, "--out-name", "glue", "--out-dir"].map(OsStr::new);
    let mut command = Command::new(env!("CARGO_BIN_EXE_fetchwell-wasm-tools"));
    command.arg("bindgen").arg(input).args(options).arg(out_dir).args(more);
    command.output().expect("not started")
}

/// The probe as wasm. Cargo compiles it once, as the lock file says.
fn probe() -> &'static Path {
    static PROBE: OnceLock<PathBuf> = OnceLock::new();
    PROBE.get_or_init(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("for-wasm");
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--locked", "--example", "probe", "--target", "wasm32-unknown-unknown", "--target-dir"]);
        cargo.arg(&target).current_dir(env!("CARGO_MANIFEST_DIR"));
        let output = cargo.output().expect("cargo cannot be started");
        assert!(output.status.success(), "{}", text(&output.stderr));
        target.join("wasm32-unknown-unknown/debug/examples/probe.wasm")
    })
}

/// An empty folder.
fn fresh(test: &str, name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bindgen").join(test).join(name);
    let _ = fs::remove_dir_all(&folder); // mostly not there
    fs::create_dir_all(&folder).expect("no folder");
    folder
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
