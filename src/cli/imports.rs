//! `stub-builder imports`.

use std::path::PathBuf;

use clap::Args;

use super::Usage;
use crate::builder::Attributes;
use crate::commands::imports::Options;

#[derive(Debug, Args)]
pub struct Imports {
    /// Programs and libraries, or directories with some
    #[arg(value_name = "TREE")]
    pub trees: Vec<PathBuf>,

    /// Print them in JSON, which `diff --imports` takes
    #[arg(long)]
    pub json: bool,
}

impl Imports {
    /// What to do, `attributes` being those of the derivation that is built.
    pub fn options(self, attributes: Option<&Attributes>) -> Result<Options, Usage> {
        let of_build = attributes.filter(|_| self.trees.is_empty());
        let trees = of_build.map_or(Vec::new(), |all| all.list("src"));
        let trees = [self.trees, trees.into_iter().map(PathBuf::from).collect()].concat();
        if trees.is_empty() {
            return Err("no TREE given");
        }
        Ok(Options {
            trees,
            out: of_build.and_then(Attributes::out).map(PathBuf::from),
        })
    }
}
