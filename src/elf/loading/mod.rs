//! What the loader makes of an ELF file, and what spares it some of that.
//!
//! `needed`, `imports`, `exports`, `definitions` and `bonds` tell what ties objects
//! to one another, `loader_paths` and `string_users` where paths stand in them;
//! `load_list`, `needed_instead` and `own_functions` untie a few knots.

mod bonds;
mod definitions;
mod exports;
mod imports;
mod load_list;
mod loader_paths;
mod needed;
mod needed_instead;
mod own_functions;
mod string_users;

pub use bonds::{Bonds, bonds};
pub use definitions::{Defined, Definitions, Wanted};
pub use exports::Exports;
pub use imports::{Copy, Import, ImportKind, Imports, RequiredNode, imports, required_versions};
pub use load_list::load_list;
pub use loader_paths::loader_paths;
pub use needed::{Needed, needed};
pub use needed_instead::needed_instead;
pub use own_functions::{Bound, bind_own_functions, own_functions};
pub use string_users::{SearchPath, StringUsers};
