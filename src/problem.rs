//! Everything that can be wrong with an input, each with a stable code.
//!
//! A [`Problem`] is one sentence for the reader of a build log: code, file,
//! what is wrong, what to do. Codes are never reused: SB01xx files and trees,
//! SB02xx ELF, SB03xx texts, SB04xx references to store paths, SB05xx the
//! environment of the builder, SB06xx interfaces as text and their comparison.

use std::fmt;

use thiserror::Error;

/// A [`Fault`] and the file it was found in.
///
/// Ordered by path, then by fault, so that a list of problems reads the same
/// whatever order the files were looked at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// As the user would name it: below SRC, with `/` between components.
    pub path: String,
    pub fault: Fault,
}

/// What can be wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Error)]
pub enum Fault {
    #[error("cannot {action}: {cause}")]
    Io { action: &'static str, cause: String },
    #[error("the name is not UTF-8")]
    NameNotUtf8,
    #[error("a link that leads nowhere: {target}")]
    BrokenLink { target: String },
    #[error("a link that leads back to itself: {target}")]
    LinkLoop { target: String },
    #[error("a link that leaves the package: {target}")]
    EscapingLink { target: String },
    #[error("two outputs hold different things under this name: {first} and {second}")]
    Conflict { first: String, second: String },
    #[error("neither file, directory nor link")]
    SpecialFile,
    #[error("a glob pattern that cannot be read: {cause}")]
    BadGlob { cause: String },

    #[error("truncated ELF file: {what} at {offset:#x} + {length:#x} is beyond the end")]
    Truncated {
        what: &'static str,
        offset: u64,
        length: u64,
    },
    #[error("malformed ELF file: {what}")]
    Malformed { what: String },
    #[error("contradictory ELF file: {what}")]
    Contradictory { what: String },
    #[error("the interface does not fit into a stub: {what}")]
    NotExpressible { what: String },
    #[error("the stub reads back differently: {what}")]
    ReadBack { what: String },

    #[error("line {line}: {what}")]
    BadText { line: usize, what: String },
    #[error("line {line}: names another package: {reference}")]
    ForeignPath { line: usize, reference: String },
    #[error("names a file that is not there: {target}")]
    MissingFile { target: String },

    #[error("a store path is left at offset {offset}: {reference}")]
    StorePath { offset: usize, reference: String },

    #[error("{what}")]
    Environment { what: String },

    #[error("line {line}: {what}")]
    BadInterface { line: usize, what: String },
    #[error("no library: {what}")]
    NoLibrary { what: String },
}

impl Fault {
    /// The stable code, `SB` and four digits.
    pub fn code(&self) -> &'static str {
        match self {
            Fault::Io { .. } => "SB0101",
            Fault::NameNotUtf8 => "SB0102",
            Fault::BrokenLink { .. } => "SB0103",
            Fault::LinkLoop { .. } => "SB0104",
            Fault::EscapingLink { .. } => "SB0105",
            Fault::Conflict { .. } => "SB0106",
            Fault::SpecialFile => "SB0107",
            Fault::BadGlob { .. } => "SB0108",
            Fault::Truncated { .. } => "SB0201",
            Fault::Malformed { .. } => "SB0202",
            Fault::Contradictory { .. } => "SB0203",
            Fault::NotExpressible { .. } => "SB0204",
            Fault::ReadBack { .. } => "SB0205",
            Fault::BadText { .. } => "SB0301",
            Fault::ForeignPath { .. } => "SB0302",
            Fault::MissingFile { .. } => "SB0303",
            Fault::StorePath { .. } => "SB0401",
            Fault::Environment { .. } => "SB0501",
            Fault::BadInterface { .. } => "SB0601",
            Fault::NoLibrary { .. } => "SB0602",
        }
    }

    /// What the reader can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Fault::Io { .. } => "check that the file exists and that the builder may read it",
            Fault::NameNotUtf8 => "rename the file in the package, or leave it out with --exclude",
            Fault::BrokenLink { .. } => {
                "give the output that holds the target as a further SRC, or leave the link out with --exclude"
            }
            Fault::LinkLoop { .. } => {
                "mend the link in the package, or leave it out with --exclude"
            }
            Fault::EscapingLink { .. } => {
                "name the directory it leads to with --follow, or leave the link out with --exclude"
            }
            Fault::Conflict { .. } => "leave one of the two out with --exclude",
            Fault::SpecialFile => "remove it from the package, or leave it out with --exclude",
            Fault::BadGlob { .. } => "see the syntax of globs in the README",
            Fault::Truncated { .. } | Fault::Malformed { .. } | Fault::Contradictory { .. } => {
                "the file is damaged: rebuild the package, or leave the file out with --exclude"
            }
            Fault::NotExpressible { .. } | Fault::ReadBack { .. } => {
                "this is a fault of stub-builder: report it with the library; --exclude leaves the file out"
            }
            Fault::BadText { .. } => "mend the file in the package, or leave it out with --exclude",
            Fault::ForeignPath { .. } => {
                "dependents cannot see that path: remove it from the file in the package, or leave the file out with --exclude"
            }
            Fault::MissingFile { .. } => {
                "give the output that holds it as a further SRC, or leave the file out with --exclude"
            }
            Fault::StorePath { .. } => {
                "an interface tree refers to nothing: remove the path from the package, or leave the file out with --exclude"
            }
            Fault::Environment { .. } => "see \"As a builder\" in the README",
            Fault::BadInterface { .. } => {
                "mend the text, or write it anew with `stub-builder interface`"
            }
            Fault::NoLibrary { .. } => {
                "name a shared library, an interface as text, or a directory with some"
            }
        }
    }

    /// This fault, found in the file at `path`.
    pub fn at(self, path: impl Into<String>) -> Problem {
        Problem {
            path: path.into(),
            fault: self,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem { path, fault } = self;
        write!(
            f,
            "{}: {path}: {fault}\n  hint: {}",
            fault.code(),
            fault.hint()
        )
    }
}

impl std::error::Error for Problem {}
