//! `stub-builder plan`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;

use super::Usage;
use super::set::Arguments;
use crate::commands::plan::{Options, Side};

#[derive(Debug, Args)]
pub struct Plan {
    /// The set as it is: a Nix file, or an attribute of a flake (.#packages)
    pub old: String,

    /// The set as it is to be [default: OLD, with --locks or --override]
    pub new: Option<String>,

    #[command(flatten)]
    pub arguments: Arguments,

    /// Lock files in place of the one that the set reads, for OLD and for NEW
    #[arg(long, num_args = 2, value_names = ["OLD", "NEW"])]
    pub locks: Vec<PathBuf>,

    /// This library is what lies at PATH: an output of it, built already
    ///
    /// The option can be repeated, for further outputs and other libraries.
    #[arg(long = "override", value_name = "LIBRARY=PATH", conflicts_with_all = ["new", "locks"])]
    pub overrides: Vec<String>,

    /// Build nothing: bounds alone
    #[arg(long)]
    pub no_build: bool,

    /// Print the plan in JSON
    #[arg(long)]
    pub json: bool,

    /// Write a page with the dependency graph, for a browser
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,

    /// Arguments for `nix eval` of a flake, such as --override-input
    #[arg(last = true, value_name = "ARGUMENT")]
    pub nix_arguments: Vec<String>,
}

impl Plan {
    pub fn options(self) -> Result<Options, Usage> {
        let mut replaced: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
        for given in &self.overrides {
            let Some((library, path)) = given.split_once('=').filter(|(_, path)| !path.is_empty())
            else {
                return Err("--override wants LIBRARY=PATH");
            };
            replaced
                .entry(library.to_owned())
                .or_default()
                .push(path.into());
        }
        if self.new.is_none() && self.locks.is_empty() && replaced.is_empty() {
            return Err("nothing to compare OLD with: give NEW, --locks or --override");
        }
        let locks: [Option<PathBuf>; 2] = match self.locks.as_slice() {
            [old, new] => {
                let absolute =
                    |path| std::path::absolute(path).map_err(|_| "there is no current directory");
                [Some(absolute(old)?), Some(absolute(new)?)]
            }
            _ => [None, None],
        };
        let [old_lock, new_lock] = locks;
        let side = |set: &str, lock: Option<PathBuf>| -> Result<Side, Usage> {
            Ok(Side {
                name: set.to_owned(),
                expression: self.arguments.expression_of(set, &self.nix_arguments)?,
                lock,
            })
        };
        Ok(Options {
            old: side(&self.old, old_lock)?,
            new: side(self.new.as_ref().unwrap_or(&self.old), new_lock)?,
            replaced,
            build: !self.no_build,
            html: self.html,
        })
    }
}
