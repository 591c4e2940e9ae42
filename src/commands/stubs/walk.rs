//! Walks one directory for [`super::gather`], without following any link.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use globset::GlobSet;
use walkdir::WalkDir;

use crate::package::links::Resolved;
use crate::package::listing::{Kind, LeftOut};
use crate::problem::{Fault, Problem};

/// What walking leaves behind besides the entries.
pub(super) struct Walk<'a> {
    exclude: &'a GlobSet,
    include: &'a GlobSet,
    pub(super) problems: Vec<Problem>,
    pub(super) left_out: BTreeMap<String, LeftOut>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(exclude: &'a GlobSet, include: &'a GlobSet) -> Self {
        Walk {
            exclude,
            include,
            problems: Vec::new(),
            left_out: BTreeMap::new(),
        }
    }

    /// Tells `found` of everything below `root`, which lies at `at` in the
    /// tree, itself left out.
    pub(super) fn directory(
        &mut self,
        root: &Path,
        at: &str,
        found: &mut dyn FnMut(String, PathBuf, Kind),
    ) {
        // The depth of the excluded directory that we are in.
        let mut within: Option<usize> = None;
        let mut walk = WalkDir::new(root)
            .min_depth(1)
            .sort_by_file_name()
            .into_iter();
        while let Some(item) = walk.next() {
            let depth = match &item {
                Ok(entry) => entry.depth(),
                Err(error) => error.depth(),
            };
            if within.is_some_and(|top| depth <= top) {
                within = None;
            }
            let entry = match item {
                Ok(entry) => entry,
                Err(error) => {
                    let path = error.path().unwrap_or(root);
                    let path = shown(at, path.strip_prefix(root).unwrap_or(path));
                    if within.is_none() && !self.exclude.is_match(&path) {
                        let cause = match error.io_error() {
                            Some(cause) => cause.to_string(),
                            None => error.to_string(),
                        };
                        let action = "read the directory";
                        self.problems.push(Fault::Io { action, cause }.at(path));
                    }
                    continue;
                }
            };
            let rest = entry.path().strip_prefix(root).unwrap_or(entry.path());
            let whole = Path::new(at).join(rest);
            let directory = entry.file_type().is_dir();
            let wanted = !directory && self.include.is_match(&whole);
            if !wanted && (within.is_some() || self.exclude.is_match(&whole)) {
                if within.is_none() {
                    self.left_out.insert(shown(at, rest), LeftOut::Excluded);
                }
                if directory && self.include.is_empty() {
                    walk.skip_current_dir();
                } else if directory && within.is_none() {
                    within = Some(depth);
                }
                continue;
            }
            let Some(path) = whole.to_str() else {
                self.problems.push(Fault::NameNotUtf8.at(shown(at, rest)));
                if directory {
                    walk.skip_current_dir();
                }
                continue;
            };
            match kind(entry.path(), entry.file_type()) {
                Ok(kind) => found(path.to_owned(), entry.into_path(), kind),
                Err(fault) => self.problems.push(fault.at(path)),
            }
        }
    }

    /// What becomes of a link at `path` that is neither kept nor followed.
    pub(super) fn settle(&mut self, path: &str, target: &str, resolved: Resolved) {
        let target = target.to_owned();
        let fault = match resolved {
            Resolved::Excluded(end) => {
                self.left_out.insert(path.to_owned(), LeftOut::LeadsTo(end));
                return;
            }
            Resolved::Loop => Fault::LinkLoop { target },
            Resolved::Escaping => Fault::EscapingLink { target },
            Resolved::Broken | Resolved::Inside(_) | Resolved::Outside(_) => {
                Fault::BrokenLink { target }
            }
        };
        self.problems.push(fault.at(path));
    }
}

/// What lies at `path`, links not followed.
pub(super) fn kind(path: &Path, file_type: fs::FileType) -> Result<Kind, Fault> {
    let io = |action| {
        move |error: io::Error| Fault::Io {
            action,
            cause: error.to_string(),
        }
    };
    if file_type.is_dir() {
        Ok(Kind::Directory)
    } else if file_type.is_symlink() {
        let target = fs::read_link(path).map_err(io("read the link"))?;
        match target.into_os_string().into_string() {
            Ok(target) => Ok(Kind::Symlink { target }),
            Err(_) => Err(Fault::NameNotUtf8),
        }
    } else if file_type.is_file() {
        let meta = fs::symlink_metadata(path).map_err(io("look at the file"))?;
        Ok(file(&meta))
    } else {
        Err(Fault::SpecialFile)
    }
}

/// What a listing says of a regular file.
pub(super) fn file(meta: &fs::Metadata) -> Kind {
    Kind::File {
        size: meta.len(),
        // The owner's bit alone, as in Nix (dumpPath in libutil/archive.cc).
        executable: meta.mode() & 0o100 != 0,
    }
}

/// A path on disk as a path in the tree: lossily where it isn't UTF-8.
pub(super) fn shown(at: &str, rest: &Path) -> String {
    let rest = String::from_utf8_lossy(rest.as_os_str().as_bytes());
    crate::tree::join(at, &rest)
}
