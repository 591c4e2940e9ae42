//! Interfaces as text, to be read, compared and kept under version control.
//!
//! The form is YAML: LLVM's interface stubs (IFS) version 3, as `llvm-ifs`
//! writes them, with fields of our own beside. A field that has its default is
//! not printed, and each symbol has a line to itself.
//!
//! ```yaml
//! --- !ifs-v1
//! IfsVersion:      3.0
//! SoName:          libz.so.1
//! Target:          { ObjectFormat: ELF, Arch: x86_64, Endianness: little, BitWidth: 64 }
//! VersionDefinitions:
//!   - { Name: libz.so.1, Base: true }
//!   - { Name: ZLIB_1.2.0 }
//! Symbols:
//!   - { Name: compressBound, Version: ZLIB_1.2.0, Type: Func }
//! ...
//! ```
//!
//! | where | `llvm-ifs` has | ours, and what is taken if it is missing |
//! | --- | --- | --- |
//! | top | `IfsVersion`, `SoName`, `Target`, `NeededLibs`, `Symbols` | `Policy` (none), `Remarks`, `VersionDefinitions`, `VersionRequirements`, `Alignments` (of a placement: that of its most aligned object), `WritableRelRo` (false), `Warnings`, `Attributes`, `Properties` (none) |
//! | `Target` | `ObjectFormat`, `Arch`, `Endianness`, `BitWidth`, or a triple | `Flags`, `OSABI`, `ABIVersion` (0) |
//! | a symbol | `Name`, `Type`, `Size` (0), `Undefined`, `Weak` (false), `Warning` | `Version`, `File`, `Alias`, `Label` (none), `Hidden`, `Odd` (false), `Placement` (by type: `Code`, `TLS`, else `Data`), `Align` (64), `Visibility` (`Default`), `Other` (0), `Binding` (`Global`) |
//!
//! `Version`, `VersionDefinitions`, `VersionRequirements`, `Parents` are called
//! as in the proposal for `llvm-ifs` (llvm-project, pull request 163030).
//! `Alias` names the symbol further up whose address this one shares, and
//! `Label` is there where two of them would have the same name.
//!
//! Files of `llvm-ifs` can be read. `llvm-ifs` (14 to 19) refuses fields that it
//! doesn't know, so it reads those files of ours that need none of them: no
//! versions, data in `.data`, no aliases, no e_flags. Comments or a second
//! document would have kept our fields out of its sight, and out of that of
//! everything else that reads YAML.

mod fields;
mod parse;
mod print;
mod words;
mod yaml;

use super::{Alignment, Interface, Kind, Policy, Symbol};
use crate::problem::Fault;

pub use parse::parse;
pub use print::print;

/// How every interface as text begins.
pub const HEAD: &[u8] = b"--- !ifs-v1";

/// What the name of such a file ends with.
pub const EXTENSION: &str = ".ifs";

const TAG: &str = "ifs-v1";

/// What one text holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document<'a> {
    /// What was taken out of the interface on purpose, and would be missed in
    /// a comparison with one of which it was not.
    pub policy: Policy,
    pub interface: Interface<'a>,
}

fn bad(line: usize, what: impl Into<String>) -> Fault {
    Fault::BadInterface {
        line,
        what: what.into(),
    }
}

/// The alignment of data that needs no more than any data (rule 4).
const DEFAULT_ALIGNMENT: Alignment = Alignment::at_most(64);

/// Where symbols of a kind are if nothing else is said.
fn default_placement(kind: Kind) -> &'static str {
    match kind {
        Kind::Function | Kind::IndirectFunction => "Code",
        Kind::Tls => "TLS",
        _ => "Data",
    }
}

/// What aliases call the object whose first symbol this is.
fn label(symbol: &Symbol) -> Vec<u8> {
    match symbol.version {
        None => symbol.name.to_vec(),
        Some(version) if symbol.hidden => [symbol.name, b"@".as_ref(), version].concat(),
        Some(version) => [symbol.name, b"@@".as_ref(), version].concat(),
    }
}
