//! The names that the package shows: the types are written by hand, so somebody has to see that they name what is there.

use std::collections::BTreeSet;

/// Complains about a name that the types promise and the code lacks, and the other way round.
pub(super) fn agree(code: &[String], types: &str) -> Result<(), String> {
    let code: BTreeSet<&str> = code.iter().map(String::as_str).collect();
    let types = values(types);
    let missing = types.difference(&code).map(|name| format!("js/api.d.ts declares {name}, and js/index.ts lacks it"));
    let untold = code.difference(&types).map(|name| format!("js/index.ts exports {name}, and js/api.d.ts lacks it"));
    let complaints: Vec<String> = missing.chain(untold).collect();
    if complaints.is_empty() { Ok(()) } else { Err(complaints.join("\n")) }
}

/// What exists when the code runs: functions, classes and constants.
fn values(types: &str) -> BTreeSet<&str> {
    let declared = types.lines().filter_map(|line| line.strip_prefix("export declare "));
    let values =
        declared.filter_map(|rest| ["function ", "class ", "const "].iter().find_map(|kind| rest.strip_prefix(kind)));
    values.filter_map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPES: &str = "\
/** One. */
export declare class FetchwellError extends Error { readonly code: string }
export declare function createCache<V = unknown>(options?: CacheOptions<V>): Cache<V>;
export interface Cache<V> {
  get(key: Key): V;
}
export declare type Key = string;
";

    #[test]
    fn code_and_types_that_name_the_same_agree() {
        assert_eq!(agree(&["FetchwellError".into(), "createCache".into()], TYPES), Ok(()));
    }

    #[test]
    fn a_name_that_is_on_one_side_alone_is_told() {
        let complaints = agree(&["createCache".into(), "secret".into()], TYPES).expect_err("accepted");
        assert!(complaints.contains("declares FetchwellError, and"), "{complaints}");
        assert!(complaints.contains("exports secret, and"), "{complaints}");
    }
}
