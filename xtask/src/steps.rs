//! The longer steps of `test`.

pub(crate) mod fuzz;
pub(crate) mod miri;
pub(crate) mod package;
