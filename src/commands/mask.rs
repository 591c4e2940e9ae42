//! `stub-builder mask`: makes trees refer to nothing but themselves, in place.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use walkdir::{DirEntry, WalkDir};

use crate::commands::debuglinks::{self, Links};
use crate::commands::files::{open, set_mode};
use crate::problem::{Fault, Problem};
use crate::relink::exchange::{Exchange, Exchanged};
use crate::relink::hidden::{self, Looked, Wide};
use crate::relink::masking::{Masking, Scope};
use crate::relink::scan::{Buffer, Window, windows};

/// What the user asked for.
#[derive(Debug)]
pub struct Options {
    /// What is masked. Its own store paths stay as they are.
    pub trees: Vec<PathBuf>,
    /// Store paths that stay as well.
    pub keep: Vec<String>,
    /// Store paths in whose place others are written, with the same name.
    pub instead: Vec<(String, String)>,
    /// Usually `/nix/store`.
    pub store_dir: String,
}

/// How a link is called until it takes another one's place.
const NEW_LINK: &str = ".stub-builder-";

/// Masks every store path in the trees but their own, and says how many.
///
/// Nothing is moved, so that relinking finds all in its place. What is
/// compressed keeps its paths: Nix doesn't look there either, and relinking
/// knows both forms. Only what others are written for is exchanged there, too.
pub fn run(options: &Options) -> Result<usize, Vec<Problem>> {
    let trees = options.trees.iter().filter_map(|tree| tree.to_str());
    let own = trees.chain(options.keep.iter().map(String::as_str));
    let masking = Masking::new(own, &options.instead, &options.store_dir);
    let masking = masking.map_err(|problem| vec![problem])?;
    let masker = Masker {
        wide: Wide::new(&options.store_dir),
        masking,
    };
    let paths = paths(&options.trees)?;
    masker.debug_links(&paths)?;
    let results: Vec<Result<usize, Vec<Problem>>> = paths
        .par_iter()
        .map_init(Buffer::default, |buffer, path| {
            masker.path(path, buffer).map_err(|faults| {
                let at = |fault: Fault| fault.at(path.display().to_string());
                faults.into_iter().map(at).collect()
            })
        })
        .collect();
    let mut count = 0;
    let mut problems = Vec::new();
    for result in results {
        match result {
            Ok(masked) => count += masked,
            Err(found) => problems.extend(found),
        }
    }
    if !problems.is_empty() {
        problems.sort();
        problems.dedup();
        return Err(problems);
    }
    Ok(count)
}

/// Files and links of the trees, each file under the first of its names.
fn paths(trees: &[PathBuf]) -> Result<Vec<PathBuf>, Vec<Problem>> {
    let mut paths = Vec::new();
    let mut problems = Vec::new();
    let mut seen = HashSet::new();
    let trees = trees.iter();
    for entry in trees.flat_map(|tree| WalkDir::new(tree).follow_root_links(false)) {
        let entry = entry.and_then(|entry| {
            let meta = entry.metadata()?;
            Ok((entry, meta))
        });
        match entry {
            // Left by a run that was ended.
            Ok((entry, _)) if is_new_link(&entry) => {
                if let Err(error) = fs::remove_file(entry.path()) {
                    let path = entry.path().display().to_string();
                    problems.push(Fault::io("remove the link", error).at(path));
                }
            }
            Ok((entry, meta)) => {
                let other = meta.is_file() && meta.nlink() > 1;
                if !meta.is_dir() && (!other || seen.insert((meta.dev(), meta.ino()))) {
                    paths.push(entry.into_path());
                }
            }
            Err(error) => {
                let path = error.path().unwrap_or(Path::new("")).display().to_string();
                problems.push(Fault::io("look at the tree", io::Error::from(error)).at(path));
            }
        }
    }
    match problems.is_empty() {
        true => Ok(paths),
        false => {
            problems.sort();
            Err(problems)
        }
    }
}

fn is_new_link(entry: &DirEntry) -> bool {
    let name = entry.file_name().as_encoded_bytes();
    entry.file_type().is_symlink() && name.starts_with(NEW_LINK.as_bytes())
}

struct Masker<'o> {
    masking: Masking<'o>,
    wide: Wide,
}

/// What is plain to see in a file.
#[derive(Default)]
struct Found<'m> {
    /// By their places in the file.
    edits: Vec<(u64, Exchanged<'m>)>,
    faults: Vec<(u64, Fault)>,
    /// The first bytes.
    head: Vec<u8>,
}

/// What is to be done to a file.
struct Plan<'m> {
    edits: Vec<(u64, Exchanged<'m>)>,
    scope: Scope<'m, 'm>,
    looked: Looked,
}

impl Plan<'_> {
    /// How many paths have been masked.
    fn apply(&self, file: &File) -> Result<usize, Vec<Fault>> {
        for (at, new) in &self.edits {
            let written = file.write_all_at(&new.bytes, *at);
            written.map_err(one("mask the file"))?;
        }
        let mended = hidden::mend(&self.scope, file, &self.looked)?;
        Ok(self.edits.len() + mended.count())
    }
}

fn one(action: &'static str) -> impl Fn(io::Error) -> Vec<Fault> {
    move |error| vec![Fault::io(action, error)]
}

impl Masker<'_> {
    fn path(&self, path: &Path, buffer: &mut Buffer) -> Result<usize, Vec<Fault>> {
        let meta = fs::symlink_metadata(path)
            .map_err(|error| vec![Fault::io("look at the file", error)])?;
        if meta.is_symlink() {
            self.link(path).map_err(|fault| vec![fault])
        } else if meta.is_file() {
            self.file(path, meta.permissions().mode(), buffer)
        } else {
            Ok(0)
        }
    }

    fn link(&self, path: &Path) -> Result<usize, Fault> {
        let io = |error| Fault::io("mask the link", error);
        let mut target = fs::read_link(path)
            .map_err(io)?
            .into_os_string()
            .into_encoded_bytes();
        let mut edits = Vec::new();
        let all = self.masking.all();
        all.find(&target, |found| edits.push(all.exchanged(&target, found)));
        if edits.is_empty() {
            return Ok(0);
        }
        for new in &edits {
            target[new.at..new.at + new.bytes.len()].copy_from_slice(&new.bytes);
        }
        // Beside it and then over it, so that there is a link at any moment.
        let directory = path.parent().unwrap_or(Path::new("."));
        tempfile::Builder::new()
            .prefix(NEW_LINK)
            .make_in(directory, |new| symlink(OsStr::from_bytes(&target), new))
            .and_then(|new| new.persist(path).map_err(|error| error.error))
            .map_err(io)?;
        Ok(edits.len())
    }

    fn file(&self, path: &Path, mode: u32, buffer: &mut Buffer) -> Result<usize, Vec<Fault>> {
        let file = open(path).map_err(one("open the file"))?;
        let Some(plan) = self.plan(&file, buffer)? else {
            return Ok(0);
        };
        // Builds leave files that nobody may write to.
        set_mode(path, mode | 0o200).map_err(one("mask the file"))?;
        let file = OpenOptions::new().read(true).write(true).open(path);
        let masked = file
            .map_err(one("mask the file"))
            .and_then(|file| plan.apply(&file));
        set_mode(path, mode).map_err(one("mask the file"))?;
        masked
    }

    /// Tells programs the checksums that their debug files have when they are masked.
    /// First of all, since whoever was ended finds out nothing later: what is masked is
    /// no longer the file that was told of.
    fn debug_links(&self, paths: &[PathBuf]) -> Result<(), Vec<Problem>> {
        let is_file = |path: &&PathBuf| path.is_file() && !path.is_symlink();
        let files: Vec<&PathBuf> = paths.iter().filter(is_file).collect();
        let links = Links::among(&files, |_| true).map_err(|problem| vec![problem])?;
        let checksums = links.checksums(|file, tells| {
            let path = files[file];
            let at = |fault: Fault| fault.at(path.display().to_string());
            let checksum = self.checksum(path, tells);
            checksum.map_err(|faults| faults.into_iter().map(at).collect::<Vec<_>>())
        })?;
        links
            .correct(&files, &checksums)
            .map_err(|problem| vec![problem])
    }

    /// That of a copy without a name, which is masked and tells this of another file, if
    /// it tells of one.
    fn checksum(&self, path: &Path, tells: Option<u32>) -> Result<u32, Vec<Fault>> {
        let mut file = open(path).map_err(one("open the file"))?;
        let plan = self.plan(&file, &mut Buffer::default())?;
        if let Some(plan) = plan {
            let mut copy = tempfile::tempfile().map_err(one("copy the file"))?;
            file.rewind().map_err(one("read the file"))?;
            io::copy(&mut file, &mut copy).map_err(one("copy the file"))?;
            plan.apply(&copy)?;
            file = copy;
        }
        debuglinks::checksum(&file, tells).map_err(one("read the file"))
    }

    /// What is to be done to a file, if there is anything.
    fn plan(&self, file: &File, buffer: &mut Buffer) -> Result<Option<Plan<'_>>, Vec<Fault>> {
        let length = file.metadata().map_err(one("read the file"))?.len();
        let mut found = Found::default();
        windows(file, buffer, |window: Window| {
            self.look(&mut found, &window);
            Ok::<(), io::Error>(())
        })
        .map_err(one("read the file"))?;
        if found.edits.is_empty() && !self.masking.any_exchanges() {
            return Ok(None);
        }
        let mut scope = self.masking.exchanges();
        let mut looked = hidden::look(&scope, file, length, &found.head)?;
        if found.edits.iter().any(|(at, _)| looked.is_opaque(*at)) {
            // Plain to see, and under a checksum all the same.
            scope = self.masking.all();
            looked = hidden::look(&scope, file, length, &found.head)?;
        }
        found.edits.retain(|(at, _)| !looked.is_opaque(*at));
        found.faults.retain(|(at, _)| !looked.is_opaque(*at));
        if !found.faults.is_empty() {
            return Err(found.faults.into_iter().map(|(_, fault)| fault).collect());
        }
        let plan = Plan {
            edits: found.edits,
            scope,
            looked,
        };
        Ok((!plan.edits.is_empty() || !plan.looked.hidden.is_empty()).then_some(plan))
    }

    fn look<'m>(&'m self, found: &mut Found<'m>, window: &Window) {
        let Window {
            bytes, offset, own, ..
        } = window;
        if *offset == 0 {
            found.head = bytes.iter().take(hidden::HEAD).copied().collect();
        }
        let (all, exchanges) = (self.masking.all(), self.masking.exchanges());
        all.find(bytes, |path| {
            if own.contains(&path.hash) {
                let at = offset + path.hash as u64;
                found.edits.push((at, all.exchanged(bytes, path)));
            }
        });
        if self.masking.any_exchanges() {
            self.wide.find(&exchanges, bytes, own.clone(), |text| {
                let at = offset + text.at as u64;
                let place = format!("{} text at offset {at:#x}", text.encoding());
                let reference = text.reference;
                found.faults.push((at, Fault::Hidden { place, reference }));
            });
        }
    }
}
