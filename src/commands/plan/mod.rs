//! `stub-builder plan`: what an update of a package set would build, before it is
//! made.
//!
//! Nix evaluates both sets (`describe.nix`), `libraries` builds what has changed
//! and says what its interface has become, `replacement` does so for a library
//! that is there already, and `crate::plan` draws the conclusions. `report` holds
//! them, as text and as JSON, and `page` in HTML; `seconds` knows what builds took.

mod libraries;
mod page;
mod replacement;
mod report;
mod seconds;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use crate::commands::nix::{self, Expression};
use crate::plan::changed::changed;
use crate::plan::fates::Plan;
use crate::plan::set::Set;
use crate::problem::{Fault, Problem};

pub use self::report::Report;
pub use self::text::explain;

#[derive(Debug)]
pub struct Options {
    pub old: Side,
    pub new: Side,
    /// Libraries, by name or attribute, and the outputs that take their place.
    pub replaced: BTreeMap<String, Vec<PathBuf>>,
    /// Build changed libraries to see what their interfaces have become.
    pub build: bool,
    /// Where a page goes.
    pub html: Option<PathBuf>,
}

/// One of the two sets.
#[derive(Debug, Clone)]
pub struct Side {
    /// As its user has called it.
    pub name: String,
    pub expression: Expression,
    /// In place of the lock file that it reads.
    pub lock: Option<PathBuf>,
}

impl Side {
    fn describe(&self) -> Result<Set, Problem> {
        let described = include_str!("describe.nix");
        let set: Set = self.expression.ask(self.lock.as_deref(), described)?;
        if set.packages.is_empty() && set.libraries.is_empty() {
            let what = match set.unknown.is_empty() {
                true => "there are neither packages nor stubs in it".to_owned(),
                false => format!("nothing in it can be evaluated, {} for one", set.unknown[0]),
            };
            return Err(Fault::NoPackages { what }.at(self.name()));
        }
        Ok(set)
    }

    fn name(&self) -> String {
        let set = self.name.clone();
        match &self.lock {
            Some(lock) => format!("{set} with {}", lock.display()),
            None => set,
        }
    }
}

/// What would be built. Problems of single libraries come with the report, in
/// which they are changed in a way that isn't known.
pub fn run(options: &Options) -> Result<(Report, Vec<Problem>), Vec<Problem>> {
    let one = |problem: Problem| vec![problem];
    let is_one_set = !options.replaced.is_empty();
    let (old, new) = rayon::join(
        || options.old.describe(),
        || match is_one_set {
            true => Ok(Set::default()),
            false => options.new.describe(),
        },
    );
    let (old, new) = match (old, new) {
        (Ok(old), Ok(_)) if is_one_set => (old.clone(), old),
        (Ok(old), Ok(new)) => (old, new),
        (old, new) => return Err([old.err(), new.err()].into_iter().flatten().collect()),
    };
    let replaced = replacement::attributes(&options.replaced, &new)?;
    let roots: BTreeSet<&str> = [&old, &new]
        .into_iter()
        .flat_map(Set::derivations)
        .collect();
    let roots: Vec<&str> = roots.into_iter().collect();
    let graph = nix::derivations(&roots).map_err(one)?;
    let names: BTreeSet<String> = replaced.keys().cloned().collect();
    let mut plan = Plan {
        graph: &graph,
        old: &old,
        new: &new,
        changed: changed(&graph, &old, &new, &names),
        known: BTreeMap::new(),
        replaced: names,
    };
    let mut problems = Vec::new();
    let seen = libraries::look(&mut plan, &replaced, options.build, &mut problems);
    plan.forget_above_moving_pins();
    let report = Report::new(&plan, seen, options.old.name(), options.new.name());
    if let Some(html) = &options.html {
        let fault = |error| Fault::io("write the page", error).at(html.display().to_string());
        fs::write(html, page::page(&report)).map_err(|error| one(fault(error)))?;
    }
    problems.sort();
    Ok((report, problems))
}
