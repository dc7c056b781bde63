//! What a verb may have to install first. Each need is a step: it looks, installs what is missing,
//! and where it cannot, says in one sentence what the user must do. What is there costs nothing.

pub(crate) mod browsers;
pub(crate) mod npm;
pub(crate) mod rust;
pub(crate) mod wasm_tools;
