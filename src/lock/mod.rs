//! The lock file: which interface of each library is in force, and from what
//! it can be made again (docs/pins.md).
//!
//! `text` reads and writes it, `digest` says what an interface is, `decide`
//! what becomes of a pin when its library has changed. All of it is a function
//! of bytes; `commands/update` builds, and writes the file.

pub mod decide;
pub mod digest;
mod text;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

pub use text::{parse, print};

/// Of the file's form. Another one is another number.
pub const FORMAT_VERSION: u64 = 1;

/// What the file is called unless its user says otherwise.
pub const FILE_NAME: &str = "stubs.lock.json";

/// The command that mends it, for messages.
pub const COMMAND: &str = "update-stub-hashes";

/// What a library is called that has one form for a system.
pub const DEFAULT_VARIANT: &str = "default";

/// All pins: system, library, variant. By system first, so that updates for
/// different systems touch different parts of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    pub pins: BTreeMap<Key, Pin>,
}

/// Which tree a pin is of. Sorted as the file is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// What its libraries run on.
    pub system: String,
    /// Its name without version.
    pub library: String,
    /// What tells it from others of that name: static, cross, an override.
    pub variant: String,
}

/// One interface tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// The NAR hash of the tree in force, SRI.
    pub hash: String,
    /// The digest of its libraries alone ([`digest::interface`]).
    pub interface: String,
    pub source: Source,
    /// The NAR hash of the tree of the library itself, where that has become
    /// another: for those who ask for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<String>,
    /// Headers and the like of the library itself that differ from those in
    /// force by more than additions, and that somebody has accepted: digests
    /// by path ([`digest::file`]), `removed` if it is gone.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub accepted: BTreeMap<String, String>,
}

/// From what the tree in force can be made again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The library in the package set.
    Set,
    /// The one in the baseline.
    Baseline,
    /// The one in an earlier revision of the set.
    Revision(String),
    /// Texts and headers in a directory beside the lock file.
    Recorded(String),
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.variant.as_str() {
            DEFAULT_VARIANT => write!(f, "{} ({})", self.library, self.system),
            variant => write!(f, "{} ({}, {variant})", self.library, self.system),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Set => write!(f, "the package set"),
            Source::Baseline => write!(f, "the baseline"),
            Source::Revision(revision) => write!(f, "revision {revision}"),
            Source::Recorded(directory) => write!(f, "{directory}"),
        }
    }
}

/// Where the trees of a system are recorded, relative to the lock file.
pub fn records(file_name: &str, system: &str) -> String {
    let stem = file_name.strip_suffix(".json").unwrap_or(file_name);
    format!("{stem}.d/{system}")
}

/// Where one is. The name has the hash in it, so that a new record never
/// overwrites the one that the file names.
pub fn recorded_at(file_name: &str, key: &Key, hash: &str) -> String {
    let digits: String = hash
        .trim_start_matches("sha256-")
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(12)
        .collect();
    let directory = records(file_name, &key.system);
    format!("{directory}/{}-{}-{digits}", key.library, key.variant)
}
