//! Which files of the package go into its tree, and as what.

use std::collections::BTreeMap;
use std::path::Path;

use globset::GlobSet;
use rayon::prelude::*;

use super::gather::Gathered;
use crate::commands::files::{Files, head, read};
use crate::elf;
use crate::package::judge::{self, GLANCE, Glance, Reason, Role, Wishes};
use crate::package::ld_tokens::is_ld_script;
use crate::package::links::{Map, Place, Probe, Resolved};
use crate::package::listing::{Entry, Kind};
use crate::package::prefixes::Prefixes;
use crate::package::{cmake, ld_script};
use crate::problem::{Fault, Problem};
use crate::tree;

/// Linker scripts are a few lines; what is longer is something else.
const LONGEST_SCRIPT: u64 = 1 << 16;

pub struct Selected {
    /// Files by path.
    pub kept: BTreeMap<String, Role>,
    /// Files and links by path.
    pub left_out: BTreeMap<String, Reason>,
}

/// Judges every file of the package, then adds those that kept ones name.
pub fn select(
    gathered: &Gathered,
    files: &Files,
    own: &Prefixes,
    include: &GlobSet,
    wishes: Wishes,
    problems: &mut Vec<Problem>,
) -> Selected {
    let entries = &gathered.listing.entries;
    let single = |entry: &Entry| !gathered.outputs[entry.source].at.is_empty();
    let judged: Vec<(&String, Result<Verdict, Problem>)> = entries
        .par_iter()
        .filter_map(|(path, entry)| match entry.kind {
            Kind::File { size, executable } => {
                let file = Candidate {
                    path,
                    origin: &entry.origin,
                    size,
                    executable,
                    included: include.is_match(path),
                    single: single(entry),
                };
                Some((path, file.judge(files, wishes)))
            }
            _ => None,
        })
        .collect();
    let mut selected = Selected {
        kept: BTreeMap::new(),
        left_out: BTreeMap::new(),
    };
    for (path, verdict) in judged {
        match verdict {
            Ok(Verdict::Keep(role)) => {
                selected.kept.insert(path.clone(), role);
            }
            Ok(Verdict::LeaveOut(reason)) => {
                selected.left_out.insert(path.clone(), reason);
            }
            Err(problem) => problems.push(problem),
        }
    }
    selected.add_named(gathered, own, problems);
    selected.settle_links(gathered);
    for path in gathered.left_out.keys() {
        selected.left_out.insert(path.clone(), Reason::Excluded);
    }
    selected
}

enum Verdict {
    Keep(Role),
    LeaveOut(Reason),
}

struct Candidate<'a> {
    path: &'a str,
    origin: &'a Path,
    size: u64,
    executable: bool,
    /// `--include` names it.
    included: bool,
    /// It is SRC itself.
    single: bool,
}

impl Candidate<'_> {
    fn judge(&self, files: &Files, wishes: Wishes) -> Result<Verdict, Problem> {
        let head = head(self.origin, GLANCE).map_err(|error| self.unreadable(&error))?;
        if (head.len() as u64) < self.size.min(GLANCE as u64) {
            let what = format!("it had {} bytes when it was listed", self.size);
            let error = std::io::Error::other(format!("{what} and has {} now", head.len()));
            return Err(self.unreadable(&error));
        }
        let verdict = match judge::glance(self.path, self.executable, &head, wishes) {
            Glance::Keep(role) => Verdict::Keep(role),
            Glance::LeaveOut(reason) => Verdict::LeaveOut(reason),
            Glance::Elf => self.judge_elf(files)?,
            Glance::LinkerScript => self.judge_script(wishes)?,
        };
        Ok(match verdict {
            Verdict::LeaveOut(_) if self.included => Verdict::Keep(Role::Copy),
            Verdict::LeaveOut(Reason::Executable)
                if wishes.programs && judge::in_program_folder(self.path) =>
            {
                Verdict::Keep(Role::Program)
            }
            verdict => verdict,
        })
    }

    fn judge_elf(&self, files: &Files) -> Result<Verdict, Problem> {
        let bytes = files
            .map(self.origin)
            .map_err(|error| self.unreadable(&error))?;
        let kind = elf::identify(bytes).map_err(|fault| fault.at(self.path))?;
        let Some(kind) = kind else {
            return Ok(Verdict::LeaveOut(Reason::Other));
        };
        Ok(
            match judge::elf(self.path, kind, self.included || self.single) {
                Ok(role) => Verdict::Keep(role),
                Err(reason) => Verdict::LeaveOut(reason),
            },
        )
    }

    fn judge_script(&self, wishes: Wishes) -> Result<Verdict, Problem> {
        if self.size > LONGEST_SCRIPT {
            return Ok(Verdict::LeaveOut(Reason::Other));
        }
        let text = read(self.origin).map_err(|error| self.unreadable(&error))?;
        Ok(if !is_ld_script(&text) {
            Verdict::LeaveOut(Reason::Other)
        } else if ld_script::only_archives(&text) && !wishes.archives {
            // glibc's libm.a: a static archive in two pieces.
            Verdict::LeaveOut(Reason::StaticArchive)
        } else {
            Verdict::Keep(Role::LinkerScript)
        })
    }

    fn unreadable(&self, error: &std::io::Error) -> Problem {
        read_fault(error).at(self.path)
    }
}

pub(super) fn read_fault(error: &std::io::Error) -> Fault {
    Fault::Io {
        action: "read the file",
        cause: error.to_string(),
    }
}

impl Selected {
    /// Leaves out what has no interface, and forgets what is wrong with it.
    pub fn only_libraries(&mut self, problems: &mut Vec<Problem>) {
        self.kept.retain(|path, role| {
            let keep = matches!(role, Role::Stub | Role::Interface);
            if !keep {
                self.left_out.insert(path.clone(), Reason::Excluded);
            }
            keep
        });
        problems.retain(|problem| {
            !matches!(
                problem.fault,
                Fault::BrokenLink { .. } | Fault::LinkLoop { .. } | Fault::EscapingLink { .. }
            )
        });
    }

    /// Linkers fail if a file that a script names isn't there, and CMake if one
    /// that an export names isn't.
    fn add_named(&mut self, gathered: &Gathered, own: &Prefixes, problems: &mut Vec<Problem>) {
        let entries = &gathered.listing.entries;
        let naming: Vec<(String, Role)> = self
            .kept
            .iter()
            .filter(|(_, role)| matches!(role, Role::LinkerScript | Role::CMake))
            .map(|(path, role)| (path.clone(), *role))
            .collect();
        for (path, role) in naming {
            let text = match read(&entries[&path].origin) {
                Ok(text) => text,
                Err(error) => {
                    problems.push(read_fault(&error).at(path));
                    continue;
                }
            };
            let named = match role {
                Role::CMake => cmake::named_files(&text, &path, own),
                _ => ld_script::named_files(&text, &path, own),
            };
            for named in named {
                let Some(end) = end_of(gathered, &named) else {
                    continue;
                };
                if let Some(reason) = self.left_out.remove(&end) {
                    let role = match reason {
                        Reason::Executable => Role::Program,
                        Reason::PlugIn => Role::Stub,
                        _ => Role::Copy,
                    };
                    self.kept.insert(end, role);
                }
            }
        }
    }

    /// A link stays if it leads to something that does.
    fn settle_links(&mut self, gathered: &Gathered) {
        for (path, entry) in &gathered.listing.entries {
            if !matches!(entry.kind, Kind::Symlink { .. }) {
                continue;
            }
            let kept = end_of(gathered, path).is_some_and(|end| {
                let is_directory = gathered
                    .listing
                    .entries
                    .get(&end)
                    .is_none_or(|entry| entry.kind == Kind::Directory);
                is_directory || self.kept.contains_key(&end)
            });
            if !kept {
                self.left_out.insert(path.clone(), Reason::LinkToLeftOut);
            }
        }
    }
}

/// The path in the tree that `path` leads to when its links are followed.
pub(super) fn end_of(gathered: &Gathered, path: &str) -> Option<String> {
    let map = Map {
        listing: &gathered.listing,
        outputs: &gathered.outputs,
        left_out: &gathered.left_out,
        // Links that led outside have been followed already.
        probe: &|_| Probe::Missing,
    };
    let source = gathered.listing.entries.get(path)?.source;
    let from = Place::Tree {
        source,
        path: tree::parent(path).to_owned(),
    };
    match map.resolve(&from, tree::file_name(path)) {
        Resolved::Inside(end) => Some(end),
        _ => None,
    }
}
