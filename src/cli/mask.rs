//! `stub-builder mask`.

use std::path::PathBuf;

use clap::Args;

use crate::builder;
use crate::commands::mask::Options;

#[derive(Debug, Args)]
pub struct Mask {
    /// Trees to change in place; their own store paths stay as they are
    #[arg(value_name = "TREE", required = true)]
    pub trees: Vec<PathBuf>,

    /// A store path that stays as it is, too
    #[arg(long, value_name = "PATH")]
    pub keep: Vec<String>,
}

impl Mask {
    pub fn options(self) -> Options {
        Options {
            trees: self.trees,
            keep: self.keep,
            store_dir: builder::store_dir(),
        }
    }
}
