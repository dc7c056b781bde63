//! The licences we can live with. All of them let anybody use the work for anything; none asks for
//! more than that its notice stays. Adding one is a decision: say why beside it.

use super::expression;

const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "BlueOak-1.0.0", // lru-cache and @isaacs/ttlcache, which only the benches run; permissive: its text or a link to it stays
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "NCSA", // libFuzzer, which only the fuzz targets contain
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Licences that one crate may have and no other: those that ask for more, of crates that are never part of what is given out.
const ONLY_FOR: &[(&str, &str)] = &[
    ("openmetrics-parser", "LGPL-3.0"), // reads our metrics, in tests alone
    ("lightningcss", "MPL-2.0"),        // a part of Vite, with which tests bundle the package
    ("caniuse-lite", "CC-BY-4.0"),      // a part of webpack, with which tests bundle the package
];

/// What is wrong with the licence of `who`, if anything is.
pub(super) fn complaint(who: &str, licence: Option<&str>) -> Option<String> {
    let Some(licence) = licence else {
        return Some(format!("{who} names no licence"));
    };
    let name = who.split(' ').next().unwrap_or(who);
    let only_for = |one: &str| ONLY_FOR.iter().any(|(whose, its)| *its == one && is_of(name, whose));
    match expression::is_met(licence, |one| ALLOWED.contains(&one) || only_for(one)) {
        Ok(true) => None,
        Ok(false) => Some(format!("{who} is under {licence}, which is not allowed")),
        Err(error) => Some(format!("{who} is under \"{licence}\": {error}")),
    }
}

/// npm has packages with programs in parts, one for each system: `lightningcss-linux-x64-gnu`.
fn is_of(name: &str, whose: &str) -> bool {
    name.strip_prefix(whose).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_crate_may_have_no_other_may() {
        assert_eq!(complaint("openmetrics-parser 0.4.4", Some("LGPL-3.0")), None);
        assert!(complaint("another 1.0.0", Some("LGPL-3.0")).is_some());
        assert_eq!(complaint("lightningcss-linux-x64-gnu 1.33.0", Some("MPL-2.0")), None);
        assert!(complaint("lightningcss2 1.0.0", Some("MPL-2.0")).is_some());
    }

    #[test]
    fn what_lets_us_choose_an_allowed_licence_is_allowed() {
        for licence in [
            "MIT",
            "MIT OR Apache-2.0",
            "MIT/Apache-2.0",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "GPL-3.0-only OR MIT",
            "Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT",
        ] {
            assert_eq!(complaint("a 1.0.0", Some(licence)), None, "{licence}");
        }
    }

    #[test]
    fn anything_else_is_named_with_its_package() {
        for licence in ["GPL-3.0-only", "MIT AND MPL-2.0", "SEE LICENSE IN x", ""] {
            let complaint = complaint("a 1.0.0", Some(licence)).expect("accepted");
            assert!(complaint.contains("a 1.0.0") && complaint.contains(licence));
        }
        let complaint = complaint("a 1.0.0", None);
        assert_eq!(complaint.as_deref(), Some("a 1.0.0 names no licence"));
    }
}
