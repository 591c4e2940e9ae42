//! `stub-builder update-stub-hashes`.

use std::path::PathBuf;

use clap::Args;

use super::Usage;
use super::set::Arguments;
use crate::commands::nix::Expression;
use crate::commands::update::{Mode, Options, Wishes};
use crate::lock;

#[derive(Debug, Args)]
pub struct Update {
    /// Only these libraries, by their names or attributes [default: all]
    #[arg(value_name = "LIBRARY")]
    pub names: Vec<String>,

    /// The Nix file in which the libraries are [default: default.nix]
    #[arg(long, short, value_name = "FILE", conflicts_with = "flake")]
    pub file: Option<PathBuf>,

    #[command(flatten)]
    pub arguments: Arguments,

    /// The attribute of a flake that holds them, instead: .#stubs
    #[arg(long, value_name = "FLAKE")]
    pub flake: Option<String>,

    /// The lock file
    #[arg(long, value_name = "FILE", default_value = lock::FILE_NAME)]
    pub lock: PathBuf,

    /// The headers of this library may differ from those in force
    ///
    /// Programs that are compiled already stay as they are: with the old
    /// structures and inline functions. Read the changes first.
    #[arg(long, value_name = "LIBRARY")]
    pub accept: Vec<String>,

    /// What this library is now comes into force; what uses it compiles again
    #[arg(long, value_name = "LIBRARY")]
    pub renew: Vec<String>,

    /// Interfaces that stay in force are those of this revision of the set
    ///
    /// Otherwise they are recorded beside the lock file, as text.
    #[arg(long, value_name = "REVISION")]
    pub revision: Option<String>,

    /// Write nothing; exit with 1 if there were something to write
    #[arg(long, conflicts_with_all = ["dry_run", "suggest"])]
    pub check: bool,

    /// Build each library once more, elsewhere, and compare the trees
    #[arg(long)]
    pub check_reproducible: bool,

    /// Build and write nothing; say what would be built
    #[arg(long, conflicts_with = "suggest")]
    pub dry_run: bool,

    /// Write nothing; say what newer libraries have, and who could use it
    #[arg(long)]
    pub suggest: bool,

    /// How many libraries to look at at once [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,

    /// Arguments for `nix eval` of a flake, such as --override-input
    #[arg(last = true, value_name = "ARGUMENT")]
    pub nix_arguments: Vec<String>,
}

impl Update {
    pub fn options(self) -> Result<Options, Usage> {
        let expression = match self.flake {
            Some(reference) => Expression::Flake {
                reference,
                arguments: self.nix_arguments,
            },
            None => {
                let file = self.file.unwrap_or_else(|| PathBuf::from("default.nix"));
                self.arguments.of_file(file)?
            }
        };
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Options {
            expression,
            lock: self.lock,
            names: self.names,
            wishes: Wishes {
                accept: self.accept,
                renew: self.renew,
                revision: self.revision,
                reproducible: self.check_reproducible,
            },
            mode: match (self.check, self.dry_run, self.suggest) {
                (true, _, _) => Mode::Check,
                (_, true, _) => Mode::DryRun,
                (_, _, true) => Mode::Suggest,
                _ => Mode::Write,
            },
            jobs: self.jobs.map_or_else(cores, usize::from),
        })
    }
}
