//! What one package notices of a library's changes: those of its imports.
//!
//! Imports say nothing of the layout of structures or of inline functions, which
//! are in headers.

use super::LibraryChange;
use crate::commands::imports::Imports;
use crate::interface::diff::{Change, ChangeKind, Verdict, verdict};

/// Takes the rest for compatible.
pub(super) fn only(imports: &Imports, library: &mut LibraryChange) {
    let soname = library.soname.clone().unwrap_or_default();
    let is_needed = imports.libraries.contains_key(&soname);
    if library.new.is_none() {
        if !is_needed {
            library.verdict = Verdict::Compatible;
        }
        return;
    }
    for change in &mut library.changes {
        if change.verdict == Verdict::Incompatible
            && !(is_needed && notices(imports, &soname, change))
        {
            change.verdict = Verdict::Compatible;
            change.why += "; nothing that is imported";
        }
    }
    library.verdict = verdict(&library.changes);
}

fn notices(imports: &Imports, soname: &str, change: &Change) -> bool {
    match change.kind {
        ChangeKind::VersionRemoved => imports.need_version(soname, &change.subject),
        kind if kind.is_of_symbol() => {
            // `name@version`, `name@@version`
            let (name, version) = match change.subject.split_once('@') {
                Some((name, version)) => (name, Some(version.trim_start_matches('@'))),
                None => (change.subject.as_str(), None),
            };
            imports.need(soname, name, version)
        }
        _ => true,
    }
}
