//! The command line: one verb, `bindgen`, and what it needs to know.

use std::path::PathBuf;

/// Where the glue will run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Web,
    Nodejs,
    Bundler,
    NoModules,
    Deno,
    NodejsModule,
}

/// As wasm-bindgen's own program calls them.
const TARGETS: [(&str, Target); 6] = [
    ("web", Target::Web),
    ("nodejs", Target::Nodejs),
    ("bundler", Target::Bundler),
    ("no-modules", Target::NoModules),
    ("deno", Target::Deno),
    ("experimental-nodejs-module", Target::NodejsModule),
];

/// One wasm file, and the glue that is wanted for it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Job {
    pub(crate) input: PathBuf,
    pub(crate) target: Target,
    pub(crate) out_dir: PathBuf,
    pub(crate) out_name: String,
    /// Types as well.
    pub(crate) typescript: bool,
    /// With a function that puts a fresh instance in the place of one that trapped; for the web alone.
    pub(crate) reset_state: bool,
    /// Without the sections that only people read: names of functions, names of compilers.
    pub(crate) strip: bool,
}

pub(crate) fn usage() -> String {
    format!(
        "fetchwell-wasm-tools bindgen <in.wasm> --target <target> --out-dir <dir> --out-name <name> \
         [--typescript] [--reset-state] [--strip]\n\n\
         targets: {}",
        target_names()
    )
}

pub(crate) fn parse(words: &[String]) -> Result<Job, String> {
    let mut words = words.iter();
    match words.next().map(String::as_str) {
        Some("bindgen") => {}
        Some(other) => return Err(format!("there is no verb \"{other}\"")),
        None => return Err("a verb is missing".into()),
    }
    let (mut input, mut target, mut out_dir, mut out_name) = (None, None, None, None);
    let (mut typescript, mut reset_state, mut strip) = (false, false, false);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value after it"));
        match word.as_str() {
            "--target" => target = Some(named_target(value()?)?),
            "--out-dir" => out_dir = Some(PathBuf::from(value()?)),
            "--out-name" => out_name = Some(plain_name(value()?)?),
            "--typescript" => typescript = true,
            "--reset-state" => reset_state = true,
            "--strip" => strip = true,
            option if option.starts_with('-') => return Err(format!("bindgen does not know \"{option}\"")),
            file if input.is_none() => input = Some(PathBuf::from(file)),
            extra => return Err(format!("bindgen takes one wasm file, but got \"{extra}\" as well")),
        }
    }
    let input = input.ok_or("bindgen needs a wasm file")?;
    let target = target.ok_or("bindgen needs a --target")?;
    if reset_state && target != Target::Web {
        return Err("--reset-state goes with --target web alone".into());
    }
    Ok(Job {
        input,
        target,
        out_dir: out_dir.ok_or("bindgen needs an --out-dir")?,
        out_name: out_name.ok_or("bindgen needs an --out-name")?,
        typescript,
        reset_state,
        strip,
    })
}

fn named_target(name: &str) -> Result<Target, String> {
    let found = TARGETS.iter().find(|(known, _)| *known == name);
    found.map(|&(_, target)| target).ok_or_else(|| format!("there is no target \"{name}\", only {}", target_names()))
}

fn target_names() -> String {
    TARGETS.map(|(name, _)| name).join(", ")
}

/// File names are made of it, and a dot would be taken for the beginning of an ending.
fn plain_name(name: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if name.is_empty() || !name.chars().all(is_plain) {
        return Err(format!("--out-name takes letters, digits, - and _, but got \"{name}\""));
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Job, String> {
        let words: Vec<String> = line.split_whitespace().map(String::from).collect();
        super::parse(&words)
    }

    #[test]
    fn the_file_and_the_options_go_in_any_order() {
        let job = Job {
            input: "in.wasm".into(),
            target: Target::Web,
            out_dir: "pkg".into(),
            out_name: "glue".into(),
            typescript: true,
            reset_state: true,
            strip: true,
        };
        for line in [
            "bindgen in.wasm --target web --out-dir pkg --out-name glue --typescript --reset-state --strip",
            "bindgen --strip --typescript --reset-state --out-name glue --out-dir pkg --target web in.wasm",
        ] {
            assert_eq!(parse(line).as_ref(), Ok(&job));
        }
    }

    #[test]
    fn every_target_goes_by_its_name() {
        for (name, target) in TARGETS {
            let job = parse(&format!("bindgen in.wasm --target {name} --out-dir pkg --out-name glue"));
            assert_eq!(job.map(|job| (job.target, job.typescript)), Ok((target, false)));
            let reset = parse(&format!("bindgen in.wasm --target {name} --out-dir pkg --out-name glue --reset-state"));
            assert_eq!(reset.is_ok(), target == Target::Web, "{name}");
        }
    }

    #[test]
    fn what_is_missing_or_not_understood_is_named() {
        for (line, reason) in [
            ("", "a verb is missing"),
            ("bndgen", "there is no verb \"bndgen\""),
            ("bindgen", "a wasm file"),
            ("bindgen a.wasm b.wasm", "\"b.wasm\" as well"),
            ("bindgen a.wasm", "a --target"),
            ("bindgen a.wasm --target", "--target needs a value"),
            ("bindgen a.wasm --target moon", "no target \"moon\", only web, nodejs, bundler"),
            ("bindgen a.wasm --target deno --reset-state", "--target web alone"),
            ("bindgen a.wasm --target web", "an --out-dir"),
            ("bindgen a.wasm --target web --out-dir pkg", "an --out-name"),
            ("bindgen a.wasm --out-name a.b", "but got \"a.b\""),
            ("bindgen a.wasm --out-name ../a", "but got \"../a\""),
            ("bindgen a.wasm --typescirpt", "does not know \"--typescirpt\""),
        ] {
            let error = parse(line).expect_err(line);
            assert!(error.contains(reason), "{line}: {error}");
        }
    }
}
