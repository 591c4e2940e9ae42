//! Everything that can be wrong with an input, each with a stable code.
//!
//! A [`Problem`] is one sentence for the reader of a build log: code, file,
//! what is wrong, what to do. Codes are never reused: SB01xx files and trees,
//! SB02xx ELF, SB03xx texts, SB04xx references to store paths, SB05xx the
//! environment of the builder, SB06xx interfaces as text and their comparison,
//! SB07xx relinking, SB08xx the proof that real libraries fit, SB09xx pins and
//! the lock file (SB0904 is thrown by nix/readLock.nix), SB10xx plans.

use std::fmt;

use thiserror::Error;

/// How many problems of one file are told. One more is no news.
pub const MOST_TOLD: usize = 100;

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
    #[error("no list of imports: {what}")]
    BadImports { what: String },

    #[error("{what}")]
    Manifest { what: String },
    #[error("names what no real output has: {named} (looked in {})", outputs.join(", "))]
    NotProvided { named: String, outputs: Vec<String> },
    #[error("a masked path that the manifest says nothing of: {reference}")]
    UnknownMask { reference: String },
    #[error("only a part of a stand-in's path: {reference} (of {path})")]
    Fragment { reference: String, path: String },
    #[error("{real} is too long for the place of {place}")]
    NoRoom { real: String, place: String },
    #[error("the name of a file holds a path that is to be replaced: {reference}")]
    NameWithPath { reference: String },
    #[error("another string ends in the one to be replaced: {string} in {reference}")]
    SharedString { string: String, reference: String },
    #[error("needs libraries of {} in one place of its search path: {}", outputs.len(), outputs.join(", "))]
    SearchPath { outputs: Vec<String> },
    #[error("{place} holds a path that cannot be replaced there: {reference}")]
    Hidden { place: String, reference: String },
    #[error("a path is left that relinking should have replaced: {reference}")]
    Left { reference: String },
    #[error("would load other libraries than before: {what}")]
    LoadsOther { what: String },
    /// `promised` is, here and below, whether the interface that the file was
    /// linked against had it.
    #[error("imports {symbols}: not in {library}{}", promise(*promised))]
    MissingImports {
        symbols: String,
        library: String,
        promised: bool,
    },
    #[error("asks for {versions}, which {library} does not define: the loader will refuse to start it{}", promise(*promised))]
    MissingVersions {
        versions: String,
        library: String,
        promised: bool,
    },
    #[error("needs {library}, which is not found{detail}{}", promise(*promised))]
    MissingLibrary {
        library: String,
        /// Who else needs it, what was found instead, what it leaves undefined.
        detail: String,
        promised: bool,
    },
    #[error("was linked to something else than there is: {what}")]
    UnlikeImport { what: String },
    #[error("{definer} defines {symbols}, but {library} is bound to its own: its calls go there")]
    OwnFunctions {
        symbols: String,
        definer: String,
        library: String,
    },
    #[error("is a stub, which is for linking only")]
    StubLeft,
    #[error("loads a stub, which is for linking only: {library}")]
    StubLoaded { library: String },
    #[error("{library} no longer provides this interface: {changes}")]
    InterfaceLost {
        library: String,
        changes: String,
        /// What the changes are of, by a file that is checked.
        imported: bool,
    },
    #[error("no library provides this interface: {what}")]
    InterfaceGone { what: String, imported: bool },

    #[error("no lock file that can be read: {what}")]
    BadLock { what: String },
    #[error(
        "a lock file of format {found}, and this is stub-builder for format {}",
        crate::lock::FORMAT_VERSION
    )]
    LockVersion { found: u64 },
    #[error("no library of this name: {what}")]
    UnknownLibrary { what: String },
    #[error("no pin: {what}")]
    MissingPin { what: String },
    #[error("hash mismatch: this tree is pinned to {pinned}, and is {found}")]
    PinMismatch { pinned: String, found: String },
    #[error("headers have changed by more than additions, and nobody has said whether that matters: {}", files.join(", "))]
    Unaccepted { library: String, files: Vec<String> },
    #[error(
        "the library no longer provides the interface in force, which is of {source_of}: {changes}"
    )]
    PinLost {
        library: String,
        source_of: String,
        changes: String,
    },
    #[error("two libraries have one pin: {first} and {second}")]
    SameKey { first: String, second: String },
    #[error("built again it is another: {first}, then {second}{changes}")]
    NotReproducible {
        first: String,
        second: String,
        changes: String,
    },
    #[error("the tree in force is not in the store, and cannot be made from {source_of}: {cause}")]
    OldTree { source_of: String, cause: String },
    #[error("{command} failed: {cause}")]
    Nix { command: String, cause: String },
    #[error("the pin is out of date: {what}")]
    OutOfDate { what: String },
    #[error("no record of an interface tree: {what}")]
    BadRecord { what: String },

    #[error("nothing to compare: {what}")]
    NoPackages { what: String },
}

fn promise(promised: bool) -> &'static str {
    if promised {
        ", although the interface that it was linked against has it"
    } else {
        ""
    }
}

impl Fault {
    /// What an operation on a file failed with.
    pub fn io(action: &'static str, cause: impl fmt::Display) -> Fault {
        Fault::Io {
            action,
            cause: cause.to_string(),
        }
    }

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
            Fault::BadImports { .. } => "SB0603",
            Fault::Manifest { .. } => "SB0701",
            Fault::NotProvided { .. } => "SB0702",
            Fault::UnknownMask { .. } => "SB0703",
            Fault::Fragment { .. } => "SB0704",
            Fault::NoRoom { .. } => "SB0705",
            Fault::NameWithPath { .. } => "SB0706",
            Fault::SharedString { .. } => "SB0707",
            Fault::SearchPath { .. } => "SB0708",
            Fault::Hidden { .. } => "SB0709",
            Fault::Left { .. } => "SB0710",
            Fault::LoadsOther { .. } => "SB0711",
            Fault::MissingImports { .. } => "SB0801",
            Fault::MissingVersions { .. } => "SB0802",
            Fault::MissingLibrary { .. } => "SB0803",
            Fault::UnlikeImport { .. } => "SB0804",
            Fault::StubLeft => "SB0805",
            Fault::StubLoaded { .. } => "SB0806",
            Fault::InterfaceLost { .. } => "SB0807",
            Fault::InterfaceGone { .. } => "SB0808",
            Fault::OwnFunctions { .. } => "SB0809",
            Fault::BadLock { .. } => "SB0901",
            Fault::LockVersion { .. } => "SB0902",
            Fault::UnknownLibrary { .. } => "SB0903",
            Fault::MissingPin { .. } => "SB0904",
            Fault::PinMismatch { .. } => "SB0905",
            Fault::Unaccepted { .. } => "SB0906",
            Fault::PinLost { .. } => "SB0907",
            Fault::SameKey { .. } => "SB0908",
            Fault::NotReproducible { .. } => "SB0909",
            Fault::OldTree { .. } => "SB0910",
            Fault::Nix { .. } => "SB0911",
            Fault::OutOfDate { .. } => "SB0912",
            Fault::BadRecord { .. } => "SB0913",
            Fault::NoPackages { .. } => "SB1001",
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
            Fault::NotExpressible { .. } => {
                "ELF has no room for it: leave the file out with --exclude, or report it with the library"
            }
            Fault::ReadBack { .. } => {
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
            Fault::BadImports { .. } => "write it anew with `stub-builder imports --json`",
            Fault::Manifest { .. } => "see \"relink\" in the README",
            Fault::NotProvided { .. } => {
                "the library no longer has it, or never had: compile the package again, against the library's present interface tree"
            }
            Fault::UnknownMask { .. } => {
                "name the package whose path it was among the stand-ins, or keep the path out of what compile writes (with splitStdenv: passthru.split.inputs = [ PACKAGE ] puts the current package in the place of a tool of that name, passthru.split.keep lets a tool stay)"
            }
            Fault::Fragment { .. } => {
                "relink replaces whole paths below the store directory: have compile write it in one piece"
            }
            Fault::NoRoom { .. } => {
                "give the real package a shorter name: a tool of the baseline (with splitStdenv) leaves no more room than its own name, until the baseline has one as long, or passthru.split.keep lets the tool stay"
            }
            Fault::NameWithPath { .. } => "have compile name the file otherwise",
            Fault::SharedString { .. } => {
                "link the file without merging the ends of strings (-Wl,-O0)"
            }
            Fault::SearchPath { .. } => {
                "link the file with a directory of the search path for each of them"
            }
            Fault::Hidden { .. } => {
                "have compile leave it uncompressed and unsigned, or write it without the path"
            }
            Fault::Left { .. } | Fault::LoadsOther { .. } => {
                "this is a fault of stub-builder: report it with the file"
            }
            Fault::InterfaceLost {
                imported: false, ..
            }
            | Fault::InterfaceGone {
                imported: false, ..
            } => {
                "make the interface anew from this library, so that what uses it is compiled again (with a lock file: update-stub-hashes); or, as nothing of that is imported here, let the package say that its imports suffice: passthru.split.importsSuffice = [ LIBRARY ] (docs/pins.md; they don't show inline functions, layouts of structures, or what is looked up at run time)"
            }
            Fault::MissingImports { promised: true, .. }
            | Fault::MissingVersions { promised: true, .. }
            | Fault::InterfaceLost { .. }
            | Fault::InterfaceGone { .. } => {
                "make the interface anew from this library, so that what uses it is compiled again (with a lock file: update-stub-hashes), or go back to the library that the interface is of"
            }
            Fault::MissingImports { .. } | Fault::MissingVersions { .. } => {
                "link the file with the library that has them; if it is to be loaded by a program that has them, or never, exempt it"
            }
            Fault::MissingLibrary { promised: true, .. } => {
                "link the file with a search path that leads to the library (-rpath); if there is no such library any more, make its interface anew"
            }
            Fault::MissingLibrary { .. } => {
                "name its directory, in RUNPATH or as one to look in; if it comes with the machine (a driver) or the file is never loaded, exempt it"
            }
            Fault::UnlikeImport { .. } => {
                "compile the file again, with the library that it is to run with"
            }
            Fault::OwnFunctions { .. } => {
                "if the library is to call these, relink it without bindOwnFunctions"
            }
            Fault::StubLeft => {
                "the build copies a library that it finds: let it find the real one, or remove the copy"
            }
            Fault::StubLoaded { .. } => {
                "point RUNPATH to the real library instead, with `stub-builder relink` or patchelf"
            }
            Fault::BadLock { .. } => {
                "mend the line, or take the file from version control again; then run update-stub-hashes"
            }
            Fault::LockVersion { .. } => {
                "a newer format needs a newer stub-builder; an older one: remove the file and run update-stub-hashes"
            }
            Fault::UnknownLibrary { .. } => {
                "see the names of what the attribute holds; update-stub-hashes without names removes the pins of libraries that are gone"
            }
            Fault::MissingPin { .. } => "run update-stub-hashes",
            Fault::PinMismatch { .. } => {
                "the library has changed since it was pinned: run update-stub-hashes, which says whether its old interface can stay in force"
            }
            Fault::Unaccepted { .. } => {
                "read the changes; if programs that are compiled already can stay as they are: update-stub-hashes --accept LIBRARY; if they are to be compiled again: update-stub-hashes --renew LIBRARY"
            }
            Fault::PinLost { .. } => {
                "run update-stub-hashes: the library's own interface comes into force, and what uses it is compiled again"
            }
            Fault::SameKey { .. } => "give one of them another `variant`",
            Fault::NotReproducible { .. } => {
                "what differs from build to build can't be pinned: mend the package, or leave the file out of its interface with `exclude`"
            }
            Fault::OldTree { .. } => {
                "fetch it from a cache, or build it from the revision that the lock file was written for; or give it up: update-stub-hashes --renew LIBRARY"
            }
            Fault::Nix { .. } => "what Nix says above tells what to mend",
            Fault::OutOfDate { .. } => "run update-stub-hashes, and commit what it writes",
            Fault::BadRecord { .. } => {
                "take the directory from version control again, or run update-stub-hashes where the tree is in the store"
            }
            Fault::NoPackages { .. } => {
                "name an attribute that holds packages, on both sides the same: FILE -A ATTRIBUTE, or FLAKE#ATTRIBUTE"
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
        // A name may hold a line break, and what looks like another message.
        let path: String = path
            .chars()
            .flat_map(|c| match c.is_control() {
                true => c.escape_default().collect::<Vec<_>>(),
                false => vec![c],
            })
            .collect();
        write!(
            f,
            "{}: {path}: {fault}\n  hint: {}",
            fault.code(),
            fault.hint()
        )
    }
}

impl std::error::Error for Problem {}
