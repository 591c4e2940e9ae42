//! A library that is there already takes the place of one in the set.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::builder;
use crate::commands::placement::Placement;
use crate::commands::stubs::{self, Input, emit};
use crate::interface::Policy;
use crate::nar;
use crate::plan::set::Set;
use crate::problem::{Fault, Problem};
use crate::store::derivation::Derivation;

/// The same by attributes of the set.
pub(super) fn attributes(
    replaced: &BTreeMap<String, Vec<PathBuf>>,
    set: &Set,
) -> Result<BTreeMap<String, Vec<PathBuf>>, Vec<Problem>> {
    let mut found = BTreeMap::new();
    let mut problems = Vec::new();
    for (name, outputs) in replaced {
        let mut libraries = set.libraries.iter();
        let is_called = |attribute: &str, library: &str| attribute == name || library == name;
        match libraries.find(|l| is_called(&l.attribute, &l.key.library)) {
            Some(library) => {
                found.insert(library.attribute.clone(), outputs.clone());
            }
            None => {
                let what = "the set has no library that is called so".to_owned();
                problems.push(Fault::UnknownLibrary { what }.at(name.as_str()));
            }
        }
    }
    match problems.is_empty() {
        true => Ok(found),
        false => Err(problems),
    }
}

/// Writes the interface tree of these outputs, made as the set makes the
/// library's, and returns its hash. `own` is the derivation that does that.
pub(super) fn tree(
    own: Option<&Derivation>,
    outputs: &[PathBuf],
    to: &Path,
) -> Result<String, Vec<Problem>> {
    // As nix/mkStubs.nix says it.
    let text = |name: &str| own.and_then(|own| own.attribute(name)).unwrap_or_default();
    let list = |name: &str| text(name).split_whitespace().map(str::to_owned).collect();
    let flag = |name: &str| !text(name).is_empty();
    let input = Input {
        sources: outputs.to_vec(),
        package: Some(text("package").to_owned()).filter(|name| !name.is_empty()),
        archives: flag("static"),
        programs: flag("programs"),
        include: list("include"),
        exclude: list("exclude"),
        store_dir: builder::store_dir(),
        policy: Policy {
            drop_private: list("dropPrivate"),
            drop_foreign_templates: flag("dropForeignTemplates"),
            keep_undefined: flag("keepUndefined"),
        },
        ..Input::default()
    };
    let built = stubs::build(&input, None)?;
    emit::emit(&built.converted.tree, to, Placement::Atomic)?;
    nar::hash(to).map_err(|problem| vec![problem])
}
