//! Arguments and environment into typed options.
//!
//! On a command line the options are flags. As a builder (`args = [ "stubs" ]`)
//! they are the derivation's attributes, from the environment or, with
//! `__structuredAttrs`, from `.attrs.json`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::builder::{self, Attributes};
use crate::commands::stubs::emit::Placement;
use crate::commands::stubs::{Options, Profile};

#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Turn the outputs of a package into its interface tree
    ///
    /// The last line of standard output is the tree's NAR hash. Without SRC, in
    /// a Nix build, everything is taken from the derivation's attributes: src,
    /// package, static, include, exclude, follow, libraryPath.
    Stubs(Box<Stubs>),
}

#[derive(Debug, Args)]
pub struct Stubs {
    /// The outputs of one package, or a shared library
    #[arg(value_name = "SRC")]
    pub sources: Vec<PathBuf>,

    /// Where to put the tree; must not exist
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// The package's name without version, for files that must name their own place
    ///
    /// Otherwise taken from the store path of SRC.
    #[arg(long, value_name = "NAME")]
    pub package: Option<String>,

    /// Keep static archives
    #[arg(long = "static")]
    pub archives: bool,

    /// Keep files that match, whatever they are
    #[arg(long, value_name = "GLOB")]
    pub include: Vec<String>,

    /// Leave out what matches, and don't look at it
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,

    /// Copy what links lead to below this directory
    #[arg(long, value_name = "DIR")]
    pub follow: Vec<PathBuf>,

    /// Look here for needed libraries that RUNPATH does not lead to
    #[arg(long, value_name = "DIR")]
    pub library_path: Vec<PathBuf>,

    /// What goes into a stub
    #[arg(long, value_enum, default_value_t)]
    pub profile: ProfileName,

    /// Print a summary in JSON instead of the hash
    #[arg(long)]
    pub json: bool,

    /// How many threads to use [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub enum ProfileName {
    /// What dependents can rely on
    #[default]
    Canonical,
    /// All that linkers see, whether or not it changes with the implementation
    Exact,
}

/// Why arguments cannot be carried out: a usage error.
pub type Usage = &'static str;

impl Stubs {
    /// What to do, `attributes` being those of the derivation that is built.
    pub fn options(self, attributes: Option<&Attributes>) -> Result<Options, Usage> {
        let from_attributes = attributes.filter(|_| self.sources.is_empty());
        let list = |name: &str| from_attributes.map_or(Vec::new(), |all| all.list(name));
        let paths = |name: &str| {
            list(name)
                .into_iter()
                .map(PathBuf::from)
                .collect::<Vec<_>>()
        };
        let string = |name: &str| from_attributes?.string(name);
        let flag = |name: &str| from_attributes.is_some_and(|all| all.flag(name));

        let sources = [self.sources, paths("src")].concat();
        if sources.is_empty() {
            return Err(match attributes {
                Some(_) => "the derivation has no attribute src",
                None => "no SRC given",
            });
        }
        let out = attributes.and_then(Attributes::out).map(PathBuf::from);
        let in_build = self.out.is_none() && out.is_some();
        let Some(out) = self.out.or(out) else {
            return Err("no --out given");
        };
        Ok(Options {
            sources,
            out,
            placement: if in_build {
                Placement::Direct
            } else {
                Placement::Atomic
            },
            package: self.package.or_else(|| string("package")),
            archives: self.archives || flag("static"),
            include: [self.include, list("include")].concat(),
            exclude: [self.exclude, list("exclude")].concat(),
            follow: [self.follow, paths("follow")].concat(),
            library_path: [self.library_path, paths("libraryPath")].concat(),
            store_dir: builder::store_dir(),
            profile: match self.profile {
                ProfileName::Canonical => Profile::Canonical,
                ProfileName::Exact => Profile::Exact,
            },
        })
    }
}
