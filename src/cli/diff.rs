//! `stub-builder diff`.

use std::path::PathBuf;

use clap::Args;

use super::Scope;
use crate::builder;
use crate::commands::diff::Options;
use crate::commands::imports;
use crate::problem::Problem;

#[derive(Debug, Args)]
pub struct Diff {
    /// What dependents were built with
    pub old: PathBuf,

    /// What they are to run with
    pub new: PathBuf,

    /// Of directories, compare nothing but the libraries
    #[arg(long)]
    pub only_libraries: bool,

    /// Only changes of what is imported count, as `imports --json` has written it
    ///
    /// Headers are compared all the same: imports don't show the layout of
    /// structures, nor inline functions.
    #[arg(long, value_name = "FILE")]
    pub imports: Option<PathBuf>,

    /// Print the changes in JSON
    #[arg(long)]
    pub json: bool,

    /// Write a page with both sides in full, for a browser
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,

    #[command(flatten)]
    pub scope: Scope,
}

impl Diff {
    pub fn options(self) -> Result<Options, Problem> {
        Ok(Options {
            imports: self.imports.as_deref().map(imports::read).transpose()?,
            old: self.old,
            new: self.new,
            only_libraries: self.only_libraries,
            include: Vec::new(),
            exclude: self.scope.exclude,
            library_path: self.scope.library_path,
            store_dir: builder::store_dir(),
            profile: self.scope.profile.into(),
            policy: self.scope.policy.into(),
            html: self.html,
        })
    }
}
