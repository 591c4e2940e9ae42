//! What one package notices of a library's changes: those of its imports.

use super::LibraryChange;
use crate::commands::imports::Imports;
use crate::interface::diff::{Verdict, verdict};

/// Takes the rest for compatible.
pub(super) fn only(imports: &Imports, library: &mut LibraryChange) {
    let soname = library.soname.clone().unwrap_or_default();
    if library.new.is_none() {
        if !imports.libraries.contains_key(&soname) {
            library.verdict = Verdict::Compatible;
        }
        return;
    }
    for change in &mut library.changes {
        if change.verdict == Verdict::Incompatible && !imports.notice(&soname, change) {
            change.verdict = Verdict::Compatible;
            change.why += "; nothing that is imported";
        }
    }
    library.verdict = verdict(&library.changes);
}
