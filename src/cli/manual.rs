//! `stub-builder completions` and `stub-builder man`: for whoever packages it.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

#[derive(Debug, Args)]
pub struct Completions {
    /// The shell that is to complete them
    pub shell: Shell,
}

#[derive(Debug, Args)]
pub struct Man {
    /// Where the pages go: share/man/man1
    pub directory: PathBuf,
}
