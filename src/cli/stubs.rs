//! `stub-builder stubs`.

use std::path::PathBuf;

use clap::Args;

use super::{Scope, Usage};
use crate::builder::{self, Attributes};
use crate::commands::placement::Placement;
use crate::commands::stubs::{Input, Options};
use crate::interface::Policy;

#[derive(Debug, Args)]
pub struct Stubs {
    /// The outputs of one package, or shared libraries, or their interfaces as text
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

    /// Let programs in bin and sbin be found: as scripts that only say what they are
    #[arg(long)]
    pub programs: bool,

    /// Keep files that match, whatever they are
    #[arg(long, value_name = "GLOB")]
    pub include: Vec<String>,

    /// SRC is a tree that update-stub-hashes has recorded: make it again as it was
    #[arg(long)]
    pub recorded: bool,

    /// Copy what links lead to below this directory
    #[arg(long, value_name = "DIR")]
    pub follow: Vec<PathBuf>,

    /// Print a summary in JSON instead of the hash
    #[arg(long)]
    pub json: bool,

    /// How many threads to use [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,

    #[command(flatten)]
    pub scope: Scope,
}

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
        let input = Input {
            sources,
            package: self.package.or_else(|| string("package")),
            archives: self.archives || flag("static"),
            programs: self.programs || flag("programs"),
            include: [self.include, list("include")].concat(),
            exclude: [self.scope.exclude, list("exclude")].concat(),
            follow: [self.follow, paths("follow")].concat(),
            library_path: [self.scope.library_path, paths("libraryPath")].concat(),
            store_dir: builder::store_dir(),
            profile: self.scope.profile.into(),
            policy: Policy::from(self.scope.policy).union(&Policy {
                drop_private: list("dropPrivate"),
                drop_foreign_templates: flag("dropForeignTemplates"),
                keep_undefined: flag("keepUndefined"),
            }),
            only_libraries: false,
        };
        Ok(Options {
            input,
            out,
            recorded: self.recorded || flag("recorded"),
            // Of a fixed-output derivation; one in another form is Nix's matter.
            pinned: string("outputHash").filter(|hash| in_build && hash.starts_with("sha256-")),
            placement: if in_build {
                Placement::Direct
            } else {
                Placement::Atomic
            },
        })
    }
}
