//! The changed libraries are built, and nothing else; what their interfaces have
//! become decides about all that is above.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use rayon::prelude::*;
use tempfile::TempDir;

use super::replacement;
use crate::commands::{diff, nix, trees};
use crate::lock::decide::{Decision, Seen, decide};
use crate::lock::{Pin, Source};
use crate::plan::Graph;
use crate::plan::changed::Changed;
use crate::plan::fates::{Known, Plan};
use crate::problem::{Fault, Problem};

/// What has been seen of one: what it means, and what has changed, if anything.
type Judged = (Known, Option<diff::Report>);

/// Looks at as many as may be built, puts what is known of them into the plan, and
/// returns the differences by attribute. What fails stays unknown.
pub(super) fn look<'s>(
    plan: &mut Plan<'s>,
    replaced: &BTreeMap<String, Vec<PathBuf>>,
    build: bool,
    problems: &mut Vec<Problem>,
) -> BTreeMap<String, Option<diff::Report>> {
    let mut seen = BTreeMap::new();
    let mut failed: BTreeSet<&str> = BTreeSet::new();
    if !build {
        return seen;
    }
    // What is known of some may show that others can be built as well.
    loop {
        let now: Vec<Changed> = plan
            .to_be_built()
            .into_iter()
            .filter(|changed| !failed.contains(changed.new.attribute.as_str()))
            .collect();
        if now.is_empty() {
            return seen;
        }
        announce(&now, replaced);
        let judged: Vec<_> = now
            .par_iter()
            .map(|changed| judge(plan.graph, changed, replaced))
            .collect();
        for (changed, judged) in now.iter().zip(judged) {
            let attribute = &changed.new.attribute;
            match judged {
                Ok((known, report)) => {
                    plan.known.insert(attribute.clone(), known);
                    seen.insert(attribute.clone(), report);
                }
                Err(found) => {
                    failed.insert(attribute);
                    problems.extend(found);
                }
            }
        }
    }
}

/// Nothing is built before it is said.
fn announce(all: &[Changed], replaced: &BTreeMap<String, Vec<PathBuf>>) {
    let names: Vec<&str> = all.iter().map(|c| c.new.attribute.as_str()).collect();
    eprintln!(
        "stub-builder: to see what has become of their interfaces, these are built or fetched, before and after: {}",
        names.join(", ")
    );
    let after = all
        .iter()
        .filter(|c| !replaced.contains_key(&c.new.attribute));
    let trees = all.iter().filter_map(|c| c.old.trees.first());
    let trees: Vec<&str> = trees
        .map(|tree| tree.drv.as_str())
        .chain(after.map(Changed::tree))
        .collect();
    // Only to be read; if Nix can't say it, building will tell.
    let _ = nix::dry_run(&trees);
}

fn judge(
    graph: &Graph,
    changed: &Changed,
    replaced: &BTreeMap<String, Vec<PathBuf>>,
) -> Result<Judged, Vec<Problem>> {
    let (old, new) = (changed.old, changed.new);
    let at = |fault: Fault| vec![fault.at(new.key.to_string())];
    let one = |problem: Problem| vec![problem];
    let scratch =
        TempDir::new().map_err(|error| at(Fault::io("create a temporary directory", error)))?;
    let trees = scratch.path().join("trees");
    fs::create_dir(&trees).map_err(|error| at(Fault::io("create a directory", error)))?;
    let (was, now) = (trees.join("old"), trees.join("new"));

    let tree = old.trees.first().map_or(&old.own, |tree| &tree.drv);
    let path = nix::realise(tree).map_err(at)?;
    let before = nix::copy(&path, &was).map_err(one)?;
    let after = match replaced.get(&new.attribute) {
        Some(outputs) => replacement::tree(graph.get(&new.own), outputs, &now)?,
        None => {
            let path = nix::realise(changed.tree()).map_err(at)?;
            nix::copy(&path, &now).map_err(one)?
        }
    };
    let report = match before == after {
        true => None,
        false => Some(trees::compare(&was, &now)?),
    };
    let Some(pin) = new.hash.as_ref().filter(|_| old.hash.is_some()) else {
        let known = Known::Floats {
            old: before,
            new: after,
        };
        return Ok((known, report));
    };
    if changed.has_moved() {
        return Ok((Known::Stands, report));
    }
    let pin = Pin {
        hash: pin.clone(),
        interface: String::new(),
        source: Source::Set,
        current: None,
        accepted: new.accepted.clone(),
    };
    let comparison = report
        .as_ref()
        .map(|report| trees::comparison(report, &now));
    let decision = decide(&Seen {
        pin: Some(&pin),
        hash: &after,
        comparison: comparison.as_ref(),
        exact: new.exact,
        accept: false,
        renew: false,
    });
    let known = match decision {
        Decision::New | Decision::Same | Decision::Kept { .. } => Known::Stands,
        Decision::Unaccepted { .. } => Known::Asks { new: after },
        Decision::Renewed { .. } => Known::Moves { new: after },
    };
    Ok((known, report))
}
