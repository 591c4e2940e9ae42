//! `stub-builder interface`.

use std::path::PathBuf;

use clap::Args;

use super::Scope;
use crate::builder;
use crate::commands::interface::{Options, Output};
use crate::commands::stubs::Input;

#[derive(Debug, Args)]
pub struct Interface {
    /// Shared libraries, their interfaces as text, or directories with some
    #[arg(value_name = "SRC", required = true)]
    pub sources: Vec<PathBuf>,

    /// Write to this file instead of standard output
    #[arg(short, value_name = "FILE", conflicts_with = "out")]
    pub output: Option<PathBuf>,

    /// Write one file for each library into this directory; it must not exist
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    #[command(flatten)]
    pub scope: Scope,
}

impl Interface {
    pub fn options(self) -> Options {
        Options {
            input: Input {
                sources: self.sources,
                exclude: self.scope.exclude,
                library_path: self.scope.library_path,
                store_dir: builder::store_dir(),
                profile: self.scope.profile.into(),
                policy: self.scope.policy.into(),
                only_libraries: true,
                ..Input::default()
            },
            output: match (self.output, self.out) {
                (Some(file), _) => Output::File(file),
                (None, Some(directory)) => Output::Directory(directory),
                (None, None) => Output::Standard,
            },
        }
    }
}
