//! Starting faster: what relink knows about where libraries are, put where the
//! loader finds it without a search (docs/startup.md).

pub mod constructors;
pub mod links;
pub mod names;
pub mod order;
pub mod program;

use clap::ValueEnum;
use serde::Deserialize;

/// How programs are spared the search for their libraries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// A load list for each program: one file that names all libraries of the
    /// process by their paths.
    List,
    /// A directory of links for each file with a long search path.
    Links,
}

/// Bytes in place of as many others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    pub at: usize,
    pub bytes: Vec<u8>,
}
