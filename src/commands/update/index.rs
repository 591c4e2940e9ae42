//! Which libraries there are, and by which derivations.

use std::path::Path;

use serde::Deserialize;

use crate::commands::nix::{Expression, string};
use crate::lock::Key;
use crate::problem::{Fault, Problem};

/// One library: derivations, by their paths.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    pub attribute: String,
    pub key: Key,
    pub exact: bool,
    /// Its own tree, without a pin.
    pub own: Option<String>,
    /// The tree that dependents compile against.
    pub in_force: Option<String>,
    /// The one for those who ask for what is new.
    pub current: Option<String>,
}

/// All libraries, with the pins in `lock`.
pub(super) fn index(expression: &Expression, lock: &Path) -> Result<Vec<Entry>, Problem> {
    expression.ask(Some(lock), include_str!("index.nix"))
}

/// Another tree of a library, by the name that it has in nix/mkStubs.nix.
pub(super) fn derivation(
    expression: &Expression,
    lock: &Path,
    entry: &Entry,
    tree: &str,
) -> Result<String, Problem> {
    let name = string(&entry.attribute);
    let function = format!(
        "value: let one = value.${{{name}}} or value; in (if one ? lockKey then one else one.interface).{tree}.drvPath"
    );
    expression.ask(Some(lock), &function)
}

/// Why a library can't be evaluated.
pub(super) fn why_not(expression: &Expression, lock: &Path, entry: &Entry) -> Problem {
    match derivation(expression, lock, entry, "unpinned") {
        Err(problem) => problem.fault.at(entry.key.to_string()),
        Ok(_) => Fault::Nix {
            command: "nix-instantiate --eval".into(),
            cause: "it can be evaluated by itself, but not among the others".into(),
        }
        .at(entry.key.to_string()),
    }
}
