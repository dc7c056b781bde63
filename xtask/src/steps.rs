//! The longer steps of `test`.

pub(crate) mod fuzz;
pub(crate) mod javascript;
pub(crate) mod miri;
pub(crate) mod oldest;
pub(crate) mod orders;
pub(crate) mod package;
pub(crate) mod size;
pub(crate) mod wasm;
