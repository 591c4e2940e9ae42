//! Arguments and environment into typed options.
//!
//! On a command line the options are flags. As a builder (`args = [ "stubs" ]`)
//! they are the derivation's attributes, from the environment or, with
//! `__structuredAttrs`, from `.attrs.json`.

mod check;
mod diff;
mod imports;
mod interface;
mod manual;
mod mask;
mod plan;
mod relink;
mod set;
mod stubs;
mod update;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::commands::stubs::Profile;
use crate::interface::Policy;

pub use check::Check;
pub use diff::Diff;
pub use imports::Imports;
pub use interface::Interface;
pub use manual::{Completions, Man};
pub use mask::Mask;
pub use plan::Plan;
pub use relink::Relink;
pub use stubs::Stubs;
pub use update::Update;

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
    /// package, static, include, exclude, follow, libraryPath, dropPrivate,
    /// dropForeignTemplates, keepUndefined.
    Stubs(Box<Stubs>),

    /// Print the interfaces of libraries as text
    ///
    /// The text is LLVM's IFS with fields of our own. `stubs` and `diff` take it
    /// in place of a library.
    Interface(Box<Interface>),

    /// Tell what an update does to those who use a library
    ///
    /// OLD and NEW are libraries, their interfaces as text, or directories, of
    /// which all that goes into an interface tree is compared. The last line of
    /// standard output is the verdict, and the exit status tells it too: 0
    /// identical, 4 compatible (there is only more), 12 incompatible; 1 means
    /// that something could not be read, 2 wrong arguments.
    Diff(Box<Diff>),

    /// Put the real libraries in place of interface trees
    ///
    /// Copies what a package's compilation has left to the final outputs, with
    /// the real libraries' paths in place of the interface trees', and proves
    /// that they fit. In a Nix build, all is taken from the derivation's
    /// attribute `manifest`.
    Relink(Box<Relink>),

    /// Mask the store paths in trees, in place
    ///
    /// One digit of each path's hash becomes a letter that Nix's base32 doesn't
    /// have, so that the trees refer to nothing but themselves. `relink` takes
    /// masked paths for what they were.
    Mask(Mask),

    /// Prove that real libraries fit what was linked against their interfaces
    ///
    /// Every import of every program and library in TREE must be provided by
    /// what it will load, found as the loader finds it. If TREE holds stubs or
    /// interfaces as text, and nothing that could run, the libraries in
    /// --against must provide all of these. The last line of standard output
    /// says how much there was; the exit status is 1 if something doesn't fit.
    Check(Box<Check>),

    /// List what programs and libraries import
    ///
    /// A line for each: the library that is to supply it, and symbol@version; `*`
    /// stands for whichever library has a symbol without a version. As a builder
    /// it takes TREE from the attribute src, and writes JSON to the output.
    Imports(Imports),

    /// Bring the lock file of interface trees up to date
    ///
    /// Builds the interface tree of each library and compares it with the one
    /// in force. That stays in force as long as the library provides all of it,
    /// so that nothing compiles again (docs/pins.md). The lock file is written
    /// once, at the end. Exit status 1 means that there were problems, or, with
    /// --check, that the file is out of date.
    UpdateStubHashes(Box<Update>),

    /// Tell what an update of a package set would build, before it is made
    ///
    /// Both sets are evaluated and compared. To see what has become of the
    /// interfaces of changed libraries, these are built or fetched, and nothing
    /// else; which ones is said before (docs/plan.md). Whatever is above a changed
    /// interface has bounds. Exit status 1 means that there were problems.
    Plan(Box<Plan>),

    /// Print a shell's completions of these commands
    #[command(hide = true)]
    Completions(Completions),

    /// Write manual pages of these commands
    #[command(hide = true)]
    Man(Man),
}

/// How strict the proof is that libraries fit.
#[derive(Debug, Default, Args)]
pub struct Proof {
    /// Prove nothing of files that match
    #[arg(long, value_name = "GLOB")]
    pub exempt: Vec<String>,

    /// Let nothing stay unresolved, not even what already was when compiled
    #[arg(long)]
    pub strict: bool,
}

/// What of the libraries is looked at, alike for every command.
#[derive(Debug, Default, Args)]
pub struct Scope {
    /// Leave out what matches, and don't look at it
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,

    /// Look here for needed libraries that RUNPATH does not lead to
    #[arg(long, value_name = "DIR")]
    pub library_path: Vec<PathBuf>,

    /// How much of an interface counts
    #[arg(long, value_enum, default_value_t)]
    pub profile: ProfileName,

    #[command(flatten)]
    pub policy: PolicyFlags,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub enum ProfileName {
    /// What dependents can rely on
    #[default]
    Canonical,
    /// All that linkers see, whether or not it changes with the implementation
    Exact,
}

impl From<ProfileName> for Profile {
    fn from(name: ProfileName) -> Profile {
        match name {
            ProfileName::Canonical => Profile::Canonical,
            ProfileName::Exact => Profile::Exact,
        }
    }
}

/// Policies; docs/policies.md tells what each may cost.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Policies")]
pub struct PolicyFlags {
    /// Leave out version nodes that match, and what is defined in them
    #[arg(long, value_name = "GLOB")]
    pub drop_private: Vec<String>,

    /// Leave out weak C++ symbols of namespaces in which the library has no others
    #[arg(long)]
    pub drop_foreign_templates: bool,

    /// Keep undefined symbols and needed libraries
    #[arg(long)]
    pub keep_undefined: bool,
}

impl From<PolicyFlags> for Policy {
    fn from(flags: PolicyFlags) -> Policy {
        let given = Policy {
            drop_private: flags.drop_private,
            drop_foreign_templates: flags.drop_foreign_templates,
            keep_undefined: flags.keep_undefined,
        };
        // In one order, each once.
        given.union(&Policy::default())
    }
}

/// Why arguments cannot be carried out: a usage error.
pub type Usage = &'static str;
