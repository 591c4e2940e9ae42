//! Binds libraries to their own functions, where nothing that they are known to
//! be loaded with defines the same.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs;
use std::io;
use std::path::Path;

use bstr::BStr;
use foldhash::fast::FixedState;
use rayon::prelude::*;
use serde::Serialize;

use super::Task;
use super::lists::support;
use super::patch::{in_directory, patch};
use super::subjects::{Loading, Subject};
use crate::commands::files;
use crate::commands::loader::{OWN_FUNCTIONS, Places};
use crate::elf::{self, Bound};
use crate::problem::{Fault, Problem};
use crate::relink::startup::Edit;

/// What became of one library.
#[derive(Debug, Serialize)]
pub struct Own {
    pub path: String,
    /// How many functions it no longer looks for.
    pub functions: usize,
    /// Those that something else defines, too: it still looks for them.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub shared: BTreeSet<String>,
}

/// Binds all libraries among the files to their own functions.
pub fn bind(task: &Task, places: &Places, loadings: &[Loading]) -> Result<Vec<Own>, Vec<Problem>> {
    let shared = shared(loadings);
    let bind = |subject: &Subject| -> Option<(Own, Bound)> {
        // A program is looked into first, anyway, and who needs nothing may be
        // the loader, which relocates itself.
        if subject.needed.interpreter.is_some() || subject.needed.names.is_empty() {
            return None;
        }
        let left = RefCell::new(BTreeSet::new());
        let may = |name: &BStr| {
            let may = !shared.contains(name.as_ref() as &[u8]);
            if !may {
                left.borrow_mut().insert(name.to_string());
            }
            may
        };
        let bound = elf::bind_own_functions(subject.bytes, may).ok()??;
        let own = Own {
            path: subject.path.display().to_string(),
            functions: bound.functions,
            shared: left.into_inner(),
        };
        Some((own, bound))
    };
    let subjects = loadings.par_iter().map(|loading| loading.subject);
    let bound: Vec<_> = subjects
        .filter_map(|subject| bind(subject).map(|(own, bound)| (subject, own, bound)))
        .collect();
    let mut all = Vec::new();
    let mut records: BTreeMap<&Path, String> = BTreeMap::new();
    for (subject, own, bound) in bound {
        let at =
            |error| vec![Fault::io("bind the library to its own functions", error).at(&own.path)];
        let edits = bound.tables.into_iter();
        let edits: Vec<Edit> = edits.map(|(at, bytes)| Edit { at, bytes }).collect();
        patch(subject.disk, &edits).map_err(at)?;
        let path = subject.path;
        let mut outputs = task.outputs.iter();
        if let Some(output) = outputs.find(|output| path.starts_with(output)) {
            let name = path.strip_prefix(output).unwrap_or(path);
            *records.entry(output).or_default() += &format!("{}\n", name.display());
        }
        all.push(own);
    }
    for (output, text) in records {
        let write = || -> io::Result<()> {
            let support = support(places, output)?;
            in_directory(&support, || fs::write(support.join(OWN_FUNCTIONS), text))
        };
        write().map_err(|error| {
            let fault = Fault::io("record which libraries are bound to their functions", error);
            vec![fault.at(output.display().to_string())]
        })?;
    }
    Ok(all)
}

/// The names that more than one object defines of those that the files are and
/// load.
fn shared(loadings: &[Loading]) -> HashSet<Vec<u8>, FixedState> {
    let mut definers: HashMap<Vec<u8>, (u64, u64), FixedState> = HashMap::default();
    let mut shared = HashSet::default();
    let mut seen = HashSet::new();
    let mut add = |identity: (u64, u64), bytes: &[u8]| {
        if !seen.insert(identity) {
            return;
        }
        for name in elf::bonds(bytes).unwrap_or_default().defined {
            let definer = definers.entry(name.to_vec()).or_insert(identity);
            if *definer != identity {
                shared.insert(name.to_vec());
            }
        }
    };
    for Loading { subject, process } in loadings {
        if let Ok(identity) = files::identity(subject.disk) {
            add(identity, subject.bytes);
        }
        for object in &process.objects {
            add(object.identity(), object.bytes());
        }
    }
    shared
}
