//! `stub-builder check`.

use std::path::PathBuf;

use clap::Args;

use super::Proof;
use crate::commands::check::command::Options;

#[derive(Debug, Args)]
pub struct Check {
    /// Programs and libraries, or interfaces, or directories with some
    #[arg(value_name = "TREE", required = true)]
    pub trees: Vec<PathBuf>,

    /// Look for libraries here, where neither RUNPATH nor RPATH leads to them
    #[arg(long, value_name = "DIR", required = true)]
    pub against: Vec<PathBuf>,

    /// What the files were linked against
    ///
    /// The libraries in --against have to provide all of it, and what a file
    /// imports of it must be there.
    #[arg(long = "interface", value_name = "DIR")]
    pub interfaces: Vec<PathBuf>,

    #[command(flatten)]
    pub proof: Proof,

    /// Print the report in JSON
    #[arg(long)]
    pub json: bool,

    /// How many threads to use [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
}

impl Check {
    pub fn options(self) -> Options {
        Options {
            trees: self.trees,
            against: self.against,
            interfaces: self.interfaces,
            exempt: self.proof.exempt,
            strict: self.proof.strict,
        }
    }
}
