//! `stub-builder mask`.

use std::path::PathBuf;

use clap::Args;

use crate::builder;
use crate::commands::mask::Options;
use crate::store::{self, HASH_LENGTH};

#[derive(Debug, Args)]
pub struct Mask {
    /// Trees to change in place; their own store paths stay as they are
    #[arg(value_name = "TREE", required = true)]
    pub trees: Vec<PathBuf>,

    /// A store path that stays as it is, too
    #[arg(long, value_name = "PATH")]
    pub keep: Vec<String>,

    /// Put OTHER, a store path of the same name, in the place of PATH
    #[arg(long, value_name = "PATH=OTHER", value_parser = same_name)]
    pub instead: Vec<(String, String)>,
}

impl Mask {
    pub fn options(self) -> Options {
        Options {
            trees: self.trees,
            keep: self.keep,
            instead: self.instead,
            store_dir: builder::store_dir(),
        }
    }
}

/// Two store paths whose names are the same: putting the one in the other's
/// place moves nothing. A stand-in's name may itself hold `=`.
fn same_name(text: &str) -> Result<(String, String), String> {
    let store_dir = builder::store_dir();
    let name = |path: &str| {
        store::hash_part(path, &store_dir)?;
        Some(path[store_dir.len() + 1 + HASH_LENGTH..].to_owned())
    };
    text.match_indices('=')
        .map(|(at, _)| (&text[..at], &text[at + 1..]))
        .find(|(path, other)| name(path).is_some() && name(path) == name(other))
        .map(|(path, other)| (path.to_owned(), other.to_owned()))
        .ok_or_else(|| "two store paths of one name, PATH=OTHER".to_owned())
}
