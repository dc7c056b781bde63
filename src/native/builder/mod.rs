//! How a cache and its namespaces are set up.
//!
//! | file | what it is |
//! |---|---|
//! | `root`, `namespace` | the two builders |
//! | `setup`, `size` | what both are told, and the words for it |
//! | `made` | a namespace on its way into the cache |

mod made;
mod namespace;
mod root;
mod setup;
mod size;

pub use namespace::NamespaceBuilder;
pub use root::Builder;
pub use size::Size;
