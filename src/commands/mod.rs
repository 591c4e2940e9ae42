//! One module for each subcommand: the only place that reads and writes files.

pub mod check;
mod debuglinks;
pub mod diff;
pub mod files;
pub mod imports;
pub mod interface;
pub mod loader;
pub mod manual;
mod mapping;
pub mod mask;
pub mod nix;
mod page;
pub mod placement;
pub mod plan;
pub mod recorded;
pub mod relink;
mod room;
pub mod stubs;
pub mod trees;
pub mod update;
