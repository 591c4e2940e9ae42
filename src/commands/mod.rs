//! One module for each subcommand: the only place that reads and writes files.

pub mod files;
pub mod stubs;
