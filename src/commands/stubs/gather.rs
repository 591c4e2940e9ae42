//! Reads what lies in SRC... into one [`Listing`]: walks, follows links that
//! lead to other store paths, and settles where all links lead.
//!
//! No file is opened here but to compare two of the same name. Every problem
//! is collected; none stops the walk.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::follow::Follow;
use super::walk::{Walk, file};
use crate::commands::files::open;
use crate::package::conflicts::conflicts;
use crate::package::links::{Map, Resolved};
use crate::package::listing::{Entry, Kind, LeftOut, Listing, Output};
use crate::problem::{Fault, Problem};

/// What to read, and what to pass over.
#[derive(Debug)]
pub struct Options<'a> {
    /// Directories, or single files.
    pub sources: &'a [PathBuf],
    pub exclude: &'a GlobSet,
    pub include: &'a GlobSet,
    /// Usually `/nix/store`: links below it are followed.
    pub store_dir: &'a str,
    /// Further directories below which links are followed.
    pub follow: &'a [PathBuf],
}

/// What was found.
#[derive(Debug, Default)]
pub struct Gathered {
    pub listing: Listing,
    /// One for each SRC that could be read, each place once.
    pub outputs: Vec<Output>,
    /// What is not in the listing though it is in SRC, and no problem. Of an
    /// excluded directory only the directory itself is named.
    pub left_out: BTreeMap<String, LeftOut>,
    /// Reason to stop.
    pub problems: Vec<Problem>,
    /// Reason to stop if the tree keeps anything at that path.
    pub conflicts: Vec<Problem>,
}

/// Compiles `--exclude` or `--include` patterns.
///
/// `*` and `?` stay within a component, `**` does not. A pattern without a
/// slash is matched against names at any depth; with one, against the whole
/// path in the tree (a leading slash only anchors).
pub fn globs(patterns: &[String]) -> Result<GlobSet, Vec<Problem>> {
    let mut set = GlobSetBuilder::new();
    let mut problems = Vec::new();
    for pattern in patterns {
        let text = match pattern.strip_prefix('/') {
            Some(anchored) => anchored.to_owned(),
            None if pattern.contains('/') => pattern.clone(),
            None => format!("**/{pattern}"),
        };
        match GlobBuilder::new(text.trim_end_matches('/'))
            .literal_separator(true)
            .build()
        {
            Ok(glob) => {
                set.add(glob);
            }
            Err(error) => problems.push(bad_glob(error.kind()).at(pattern.clone())),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    set.build()
        .map_err(|error| vec![bad_glob(error.kind()).at(patterns.join(" "))])
}

fn bad_glob(kind: &globset::ErrorKind) -> Fault {
    Fault::BadGlob {
        cause: kind.to_string(),
    }
}

/// Reads all of SRC.
pub fn gather(options: &Options<'_>) -> Gathered {
    let mut walk = Walk::new(options.exclude, options.include);
    let mut listing = Listing::default();
    let mut outputs: Vec<Output> = Vec::new();
    for source in options.sources {
        match output(source, options.store_dir) {
            // The same place given twice is read once.
            Ok((known, _)) if outputs.iter().any(|other| other.path == known.path) => {}
            Ok((output, kind)) => {
                let number = outputs.len();
                let entry = |origin, kind| Entry {
                    origin,
                    kind,
                    source: number,
                    followed: false,
                };
                let root = Path::new(&output.path);
                if matches!(kind, Kind::Directory) {
                    walk.directory(root, "", &mut |path, origin, kind| {
                        listing.insert(path, entry(origin, kind));
                    });
                } else {
                    listing.insert(output.at.clone(), entry(root.to_owned(), kind));
                }
                outputs.push(output);
            }
            Err(problem) => walk.problems.push(problem),
        }
    }
    listing.complete();

    for directory in options.follow {
        if let Err(error) = fs::read_dir(directory) {
            let (action, cause) = ("read the directory of --follow", error.to_string());
            let path = directory.display().to_string();
            walk.problems.push(Fault::Io { action, cause }.at(path));
        }
    }
    let follow = Follow::new(options.store_dir, options.follow);
    let probe = |path: &str| follow.probe(path);
    // Links are settled on the listing as it was found; what changes is put in
    // place afterwards, so that no link's fate depends on which came first.
    let excluded = walk.left_out.clone();
    let map = Map {
        listing: &listing,
        outputs: &outputs,
        left_out: &excluded,
        probe: &probe,
    };
    let conflicts = conflicts(&listing, same, |path, entry| match &entry.kind {
        Kind::Symlink { target } => map.resolve(&place(path, entry.source), target),
        _ => Resolved::Broken,
    });
    let mut settled: Vec<(String, Option<Entry>)> = Vec::new();
    for (path, entry) in &listing.entries {
        let Kind::Symlink { target } = &entry.kind else {
            continue;
        };
        let mut rewritten = map.rewrite(path, entry.source, target);
        if let Err(Resolved::Escaping | Resolved::Broken) = rewritten
            && let Some(below) = below_root(path, target)
            && let Ok(own) = map.rewrite(path, entry.source, &below)
        {
            rewritten = Ok(own);
        }
        match rewritten {
            Ok(text) if text == *target => {}
            Ok(target) => {
                let kind = Kind::Symlink { target };
                settled.push((
                    path.clone(),
                    Some(Entry {
                        kind,
                        ..entry.clone()
                    }),
                ));
            }
            Err(Resolved::Outside(end)) => {
                settled.push((path.clone(), None));
                follow.follow(&map, &mut walk, (path, entry, target), &end, &mut settled);
            }
            Err(other) => {
                settled.push((path.clone(), None));
                walk.settle(path, target, other);
            }
        }
    }
    for (path, entry) in settled {
        match entry {
            Some(entry) => listing.entries.insert(path, entry),
            None => listing.entries.remove(&path),
        };
    }
    listing.settle();
    listing.complete();

    let mut problems = walk.problems;
    problems.sort();
    problems.dedup();
    Gathered {
        listing,
        outputs,
        left_out: walk.left_out,
        problems,
        conflicts,
    }
}

/// An absolute target as it reads if SRC is the root of a system, which it is
/// for an unpacked distribution package: `/lib/libz.so.1` is that in SRC.
fn below_root(path: &str, target: &str) -> Option<String> {
    let in_root = crate::tree::normal(target.strip_prefix('/')?)?;
    if in_root.is_empty() {
        return None;
    }
    Some(crate::tree::relative(crate::tree::parent(path), &in_root))
}

fn place(path: &str, source: usize) -> crate::package::links::Place {
    crate::package::links::Place::Tree {
        source,
        path: crate::tree::parent(path).to_owned(),
    }
}

/// Looks at one SRC: where it lies, and what it is.
fn output(source: &Path, store_dir: &str) -> Result<(Output, Kind), Problem> {
    let shown = || source.display().to_string();
    let io = |action| {
        move |error: io::Error| {
            let cause = error.to_string();
            Fault::Io { action, cause }.at(shown())
        }
    };
    let utf8 = |path: &Path| match path.to_str() {
        Some(text) => Ok(text.to_owned()),
        None => Err(Fault::NameNotUtf8.at(path.display().to_string())),
    };
    let real = fs::canonicalize(source).map_err(io("find the package"))?;
    let given = std::path::absolute(source).map_err(io("find the package"))?;
    let meta = fs::metadata(&real).map_err(io("read the package"))?;
    let kind = if meta.is_dir() {
        Kind::Directory
    } else if meta.is_file() {
        file(&meta)
    } else {
        return Err(Fault::SpecialFile.at(shown()));
    };
    let path = utf8(&real)?;
    let mut names = vec![path.clone()];
    let mut name = |name: String| {
        if !names.contains(&name) {
            names.push(name);
        }
    };
    name(utf8(&given)?.trim_end_matches('/').to_owned());
    // In a store that lies elsewhere (`nix --store DIR`), files speak of the
    // path that they have inside it.
    let store = format!("{}/", store_dir.trim_end_matches('/'));
    if let Some((_, inner)) = path.rsplit_once(&store)
        && !inner.contains('/')
    {
        name(store + inner);
    }
    let at = match (&kind, given.file_name()) {
        (Kind::Directory, _) => String::new(),
        (_, Some(name)) => utf8(Path::new(name))?,
        (_, None) => return Err(Fault::SpecialFile.at(shown())),
    };
    Ok((Output { path, names, at }, kind))
}

/// Whether two files of the same size hold the same bytes.
fn same(a: &Path, b: &Path) -> io::Result<bool> {
    const CHUNK: u64 = 1 << 16;
    let (mut a, mut b) = (open(a)?, open(b)?);
    let (mut left, mut right) = (Vec::new(), Vec::new());
    loop {
        left.clear();
        right.clear();
        (&mut a).take(CHUNK).read_to_end(&mut left)?;
        (&mut b).take(CHUNK).read_to_end(&mut right)?;
        if left != right {
            return Ok(false);
        }
        if left.is_empty() {
            return Ok(true);
        }
    }
}
