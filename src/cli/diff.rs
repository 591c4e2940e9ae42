//! `stub-builder diff`.

use std::path::PathBuf;

use clap::Args;

use super::{PolicyFlags, ProfileName};
use crate::builder;
use crate::commands::diff::Options;

#[derive(Debug, Args)]
pub struct Diff {
    /// What dependents were built with
    pub old: PathBuf,

    /// What they are to run with
    pub new: PathBuf,

    /// Of directories, compare nothing but the libraries
    #[arg(long)]
    pub only_libraries: bool,

    /// Don't look at what matches
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,

    /// Look here for needed libraries that RUNPATH does not lead to
    #[arg(long, value_name = "DIR")]
    pub library_path: Vec<PathBuf>,

    /// How much of the interfaces to compare
    #[arg(long, value_enum, default_value_t)]
    pub profile: ProfileName,

    /// Print the changes in JSON
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub policy: PolicyFlags,
}

impl Diff {
    pub fn options(self) -> Options {
        Options {
            old: self.old,
            new: self.new,
            only_libraries: self.only_libraries,
            exclude: self.exclude,
            library_path: self.library_path,
            store_dir: builder::store_dir(),
            profile: self.profile.into(),
            policy: self.policy.into(),
        }
    }
}
