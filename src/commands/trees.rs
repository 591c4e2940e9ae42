//! Two interface trees of one library, as they come from the store.

use std::fs;
use std::path::Path;

use crate::commands::diff::{self, FileKind};
use crate::commands::stubs::Profile;
use crate::interface::Policy;
use crate::lock::decide::{Comparison, FileSeen};
use crate::lock::digest;
use crate::problem::Problem;

/// What has changed from one tree to the other.
pub fn compare(was: &Path, now: &Path) -> Result<diff::Report, Vec<Problem>> {
    diff::run(&diff::Options {
        old: was.to_owned(),
        new: now.to_owned(),
        only_libraries: false,
        imports: None,
        // They are trees: nothing of them is left out.
        include: vec!["**".into()],
        exclude: Vec::new(),
        library_path: Vec::new(),
        store_dir: crate::builder::store_dir(),
        profile: Profile::Canonical,
        policy: Policy::default(),
        html: None,
    })
}

/// The same for [`decide`](crate::lock::decide::decide); `now` is the new tree.
pub fn comparison(report: &diff::Report, now: &Path) -> Comparison {
    let files = report.files.iter().map(|file| FileSeen {
        path: file.path.clone(),
        verdict: file.verdict,
        digest: match file.kind {
            FileKind::Removed => digest::REMOVED.to_owned(),
            _ => digest::file(&fs::read(now.join(&file.path)).unwrap_or_default()),
        },
    });
    Comparison {
        libraries: report.library_verdict,
        files: files.collect(),
    }
}
