//! One library: its own tree is built and compared with the one in force.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::Options;
use super::index::{self, Entry};
use crate::commands::placement::Placement;
use crate::commands::stubs::emit;
use crate::commands::{diff, nix, recorded, trees};
use crate::interface::diff::Verdict;
use crate::lock::decide::{Decision, Seen, decide};
use crate::lock::{self, Key, Pin, Source, digest};
use crate::nar;
use crate::problem::{Fault, Problem};

/// What the user has said about libraries by name.
#[derive(Debug, Default)]
pub struct Wishes {
    pub accept: Vec<String>,
    pub renew: Vec<String>,
    /// What interfaces that stay in force are recorded as, if not as text.
    pub revision: Option<String>,
    /// Build each library once more, and compare.
    pub reproducible: bool,
}

/// What became of one pin.
#[derive(Debug)]
pub struct Outcome {
    pub key: Key,
    pub decision: Decision,
    /// What is in the file from now on.
    pub pin: Option<Pin>,
    /// From the tree in force to the library's own.
    pub report: Option<diff::Report>,
    pub entry: Entry,
}

impl Outcome {
    /// What the library no longer provides, in one line.
    pub fn lost(&self) -> String {
        let Some(report) = &self.report else {
            return "unknown".into();
        };
        let lost = report.libraries.iter().flat_map(|library| {
            let soname = library.soname.clone().unwrap_or_default();
            let changes = library.changes.iter();
            let lost = changes.filter(|change| change.verdict == Verdict::Incompatible);
            let mut lost: Vec<String> = lost
                .map(|change| format!("{} ({})", change.subject, change.why))
                .collect();
            if library.new.is_none() {
                lost.push(format!("{soname}, the library"));
            }
            lost
        });
        let lost: Vec<String> = lost.collect();
        match lost.len() {
            0..=3 => lost.join(", "),
            more => format!("{} and {} more", lost[..3].join(", "), more - 3),
        }
    }
}

/// Looks at one library. Builds what is missing; writes nothing but records,
/// beside the draft.
pub(super) fn look(
    entry: &Entry,
    pin: Option<&Pin>,
    Options {
        expression, wishes, ..
    }: &Options,
    draft: &Path,
) -> Result<Outcome, Vec<Problem>> {
    let key = &entry.key;
    let at = |fault: Fault| vec![fault.at(key.to_string())];
    let own = entry.own.as_deref().unwrap_or_default();
    let own = nix::realise(own).map_err(at)?;
    let hash = nix::hash(&own).map_err(at)?;
    let scratch =
        TempDir::new().map_err(|error| at(Fault::io("create a temporary directory", error)))?;
    let is_called = |names: &[String]| names.iter().any(|name| super::is_called(entry, name));
    let renew = is_called(&wishes.renew);

    if wishes.reproducible {
        let rebuilt = index::derivation(expression, draft, entry, "rebuilt");
        let rebuilt = rebuilt.map_err(|problem| vec![problem])?;
        again(key, &own, &hash, &rebuilt, scratch.path())?;
    }
    let mut report = None;
    let trees = scratch.path().join("trees");
    let (was, now) = (trees.join("in-force"), trees.join("own"));
    if pin.is_none_or(|pin| pin.hash != hash) {
        fs::create_dir(&trees).map_err(|error| at(Fault::io("create a directory", error)))?;
        nix::copy(&own, &now).map_err(|problem| vec![problem])?;
    }
    if let Some(pin) = pin.filter(|pin| pin.hash != hash) {
        match in_force(entry, pin, &was) {
            Ok(()) => report = Some(trees::compare(&was, &now)?),
            // To be given up anyway.
            Err(_) if renew || entry.exact => {}
            Err(problem) => return Err(vec![problem]),
        }
    }
    let comparison = report
        .as_ref()
        .map(|report| trees::comparison(report, &now));
    let decision = decide(&Seen {
        pin,
        hash: &hash,
        comparison: comparison.as_ref(),
        exact: entry.exact,
        accept: is_called(&wishes.accept),
        renew,
    });
    let pin = match &decision {
        Decision::Unaccepted { .. } => pin.cloned(),
        Decision::Same => pin.map(|pin| Pin {
            source: Source::Set,
            current: None,
            accepted: BTreeMap::new(),
            ..pin.clone()
        }),
        Decision::Kept { accepted } => {
            let mut kept = pin.cloned();
            if let Some(pin) = &mut kept {
                pin.accepted = accepted.clone();
                pin.current = Some(hash);
                if pin.source == Source::Set {
                    // One that can't be evaluated is none.
                    let baseline = index::derivation(expression, draft, entry, "ofBaseline").ok();
                    pin.source = source(key, pin, baseline, wishes, draft, &was)?;
                }
            }
            kept
        }
        Decision::New | Decision::Renewed { .. } => {
            let tree = recorded::read(&now)?;
            let interface =
                digest::interface(recorded::stubs(&tree)).map_err(|problem| vec![problem])?;
            Some(Pin {
                hash,
                interface,
                source: Source::Set,
                current: None,
                accepted: BTreeMap::new(),
            })
        }
    };
    Ok(Outcome {
        key: key.clone(),
        decision,
        pin,
        report,
        entry: entry.clone(),
    })
}

/// Copies the tree in force to `to`.
fn in_force(entry: &Entry, pin: &Pin, to: &Path) -> Result<(), Problem> {
    let lost = |cause: String| {
        let source_of = pin.source.to_string();
        Fault::OldTree { source_of, cause }.at(entry.key.to_string())
    };
    let Some(derivation) = &entry.in_force else {
        return Err(lost("it can't be evaluated".into()));
    };
    let path = nix::realise(derivation).map_err(|fault| lost(fault.to_string()))?;
    let hash = nix::copy(&path, to)?;
    if hash != pin.hash {
        return Err(lost(format!(
            "{path} has the hash {hash}, and not {}",
            pin.hash
        )));
    }
    Ok(())
}

/// From what the tree in force can be made from now on: the baseline, if it has
/// the same; the revision that the user names; else a record.
fn source(
    key: &Key,
    pin: &Pin,
    baseline: Option<String>,
    wishes: &Wishes,
    draft: &Path,
    tree: &Path,
) -> Result<Source, Vec<Problem>> {
    if let Some(baseline) = baseline {
        let hash = nix::realise(&baseline).and_then(|path| nix::hash(&path));
        if hash.as_ref() == Ok(&pin.hash) {
            return Ok(Source::Baseline);
        }
    }
    if let Some(revision) = &wishes.revision {
        return Ok(Source::Revision(revision.clone()));
    }
    let beside = draft.parent().unwrap_or(Path::new(""));
    let file_name = draft.file_name().unwrap_or_default().to_string_lossy();
    let record = lock::recorded_at(&file_name, key, &pin.hash);
    let to = beside.join(&record);
    write_tree(&recorded::record(tree)?, &to)?;
    // What was written is read back before it counts.
    let again = beside.join("read-back").join(&record);
    write_tree(&recorded::restore(&to)?, &again)?;
    let hash = nar::hash(&again).map_err(|problem| vec![problem])?;
    if hash != pin.hash {
        let what = format!("read back, it has the hash {hash}, and not {}", pin.hash);
        return Err(vec![Fault::BadRecord { what }.at(key.to_string())]);
    }
    Ok(Source::Recorded(record))
}

/// Copies a record to where it will be kept.
pub(super) fn copy_record(from: &Path, to: &Path) -> Result<(), Vec<Problem>> {
    write_tree(&recorded::read(from)?, to)
}

fn write_tree(tree: &crate::tree::Tree, to: &Path) -> Result<(), Vec<Problem>> {
    let parent = to.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(parent).map_err(|error| {
        vec![Fault::io("create the directory", error).at(parent.display().to_string())]
    })?;
    emit::emit(tree, to, Placement::Atomic)
}

/// The library is built once more, elsewhere, and must give the same tree.
fn again(
    key: &Key,
    own: &str,
    first: &str,
    rebuilt: &str,
    scratch: &Path,
) -> Result<(), Vec<Problem>> {
    let at = |fault: Fault| vec![fault.at(key.to_string())];
    let path = nix::realise(rebuilt).map_err(at)?;
    let second = nix::hash(&path).map_err(at)?;
    if second == first {
        return Ok(());
    }
    let trees: [PathBuf; 2] = ["first", "second"].map(|name| scratch.join(name));
    for (path, to) in [own, &path].into_iter().zip(&trees) {
        nix::copy(path, to).map_err(|problem| vec![problem])?;
    }
    let changes = diff::explain(&trees::compare(&trees[0], &trees[1])?);
    let changes = changes.lines().map(|line| format!("\n    {line}"));
    Err(at(Fault::NotReproducible {
        first: first.to_owned(),
        second,
        changes: changes.collect(),
    }))
}
