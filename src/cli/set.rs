//! Where a package set is, alike for every command that asks Nix.

use std::path::PathBuf;

use clap::Args;

use super::Usage;
use crate::commands::nix::{self, Expression};

/// What is taken of a Nix file.
#[derive(Debug, Default, Args)]
pub struct Arguments {
    /// The attribute that holds stubs, or packages of a splitting stdenv
    #[arg(
        long,
        short = 'A',
        value_name = "ATTRIBUTE",
        default_value = "",
        hide_default_value = true
    )]
    pub attribute: String,

    /// An argument of the file's function, as nix-build has it
    #[arg(long, num_args = 2, value_names = ["NAME", "EXPRESSION"])]
    pub arg: Vec<String>,

    /// The same, a string
    #[arg(long, num_args = 2, value_names = ["NAME", "STRING"])]
    pub argstr: Vec<String>,
}

impl Arguments {
    pub fn of_file(&self, file: PathBuf) -> Result<Expression, Usage> {
        let file = std::path::absolute(file).map_err(|_| "there is no current directory")?;
        let pairs = |list: &[String]| -> Vec<(String, String)> {
            let pairs = list.chunks_exact(2);
            pairs
                .map(|pair| (pair[0].clone(), pair[1].clone()))
                .collect()
        };
        let strings = pairs(&self.argstr).into_iter();
        let strings = strings.map(|(name, text)| (name, nix::string(&text)));
        Ok(Expression::File {
            file,
            attribute: self.attribute.clone(),
            arguments: pairs(&self.arg).into_iter().chain(strings).collect(),
        })
    }

    /// A set that is given by one word: what has a `#` is of a flake.
    pub fn expression_of(&self, set: &str, nix_arguments: &[String]) -> Result<Expression, Usage> {
        match set.contains('#') {
            true => Ok(Expression::Flake {
                reference: set.to_owned(),
                arguments: nix_arguments.to_vec(),
            }),
            false => self.of_file(PathBuf::from(set)),
        }
    }
}
