//! `stub-builder diff`.

use std::path::PathBuf;

use clap::Args;

use super::Scope;
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

    /// Print the changes in JSON
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub scope: Scope,
}

impl Diff {
    pub fn options(self) -> Options {
        Options {
            old: self.old,
            new: self.new,
            only_libraries: self.only_libraries,
            include: Vec::new(),
            exclude: self.scope.exclude,
            library_path: self.scope.library_path,
            store_dir: builder::store_dir(),
            profile: self.scope.profile.into(),
            policy: self.scope.policy.into(),
        }
    }
}
