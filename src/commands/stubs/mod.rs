//! `stub-builder stubs`: the outputs of a package become its interface tree.
//!
//! In this order: `gather` (with `walk` and `follow`) reads what is there,
//! `select` judges each file, `convert` turns the kept ones into what the tree
//! holds (`closure` finds what libraries need of others), `check` looks for
//! store paths, `emit` writes; then what was written is hashed.

pub mod check;
pub mod closure;
pub mod convert;
pub mod emit;
pub mod follow;
pub mod gather;
pub mod select;
pub mod walk;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use serde::Serialize;

use self::closure::Libraries;
use self::convert::{Converted, Converter};
use self::gather::{Gathered, gather, globs};
use self::select::{Selected, read_fault, select};
use crate::commands::files::Files;
use crate::commands::placement::Placement;
use crate::commands::recorded;
use crate::elf;
use crate::interface::Policy;
use crate::nar;
use crate::package::judge::{Reason, Role, Wishes, in_library_folder};
use crate::package::listing::Kind;
use crate::package::prefixes::Prefixes;
use crate::problem::{Fault, Problem};
use crate::store;
use crate::tree;

/// What the user asked for.
#[derive(Debug)]
pub struct Options {
    pub input: Input,
    /// Where the tree goes; must not exist.
    pub out: PathBuf,
    pub placement: Placement,
    /// The sources are one tree that has been recorded.
    pub recorded: bool,
    /// The hash that the tree is to have, SRI.
    pub pinned: Option<String>,
}

/// What to make a tree of, and how.
#[derive(Debug, Default)]
pub struct Input {
    /// The outputs of one package, or single libraries.
    pub sources: Vec<PathBuf>,
    /// The package's name without its version.
    pub package: Option<String>,
    pub archives: bool,
    /// Programs can be found, though not run.
    pub programs: bool,
    /// Globs.
    pub include: Vec<String>,
    pub exclude: Vec<String>,
    /// Directories below which links are followed.
    pub follow: Vec<PathBuf>,
    /// Where else to look for needed libraries.
    pub library_path: Vec<PathBuf>,
    /// Usually `/nix/store`.
    pub store_dir: String,
    pub profile: Profile,
    pub policy: Policy,
    /// Leave out all but libraries, and don't look at it.
    pub only_libraries: bool,
}

/// How much of an interface goes into a stub.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Profile {
    /// What dependents can rely on: docs/rules.md.
    #[default]
    Canonical,
    /// All that linkers see.
    Exact,
}

/// What was done.
#[derive(Debug, Serialize)]
pub struct Summary {
    /// NAR hash of the tree, SRI.
    pub hash: String,
    pub libraries: Vec<Library>,
    /// Other files in the tree.
    pub copied: usize,
    pub left_out: Vec<LeftOut>,
    pub missing: Vec<Missing>,
}

/// One stub.
#[derive(Debug, Serialize)]
pub struct Library {
    /// In the tree.
    pub path: String,
    pub soname: Option<String>,
    pub symbols: usize,
    pub bytes_in: usize,
    pub bytes_out: usize,
    /// What its interface was made with.
    #[serde(skip)]
    pub policy: Policy,
}

#[derive(Debug, Serialize)]
pub struct LeftOut {
    pub path: String,
    pub reason: Reason,
}

/// A needed library that was not found.
#[derive(Debug, Serialize)]
pub struct Missing {
    /// The library in the tree.
    pub path: String,
    pub needed: Vec<String>,
}

/// Writes the interface tree of a package.
///
/// All problems are found before anything is written; then either the whole
/// tree stands at [`Options::out`], or nothing does.
pub fn run(options: &Options) -> Result<Summary, Vec<Problem>> {
    let built = match options.recorded {
        true => restore(&options.input)?,
        false => build(&options.input, Some(&options.out))?,
    };
    emit::emit(&built.converted.tree, &options.out, options.placement)?;
    let hash = nar::hash(&options.out).map_err(|problem| vec![problem])?;
    if let Some(pinned) = options.pinned.as_ref().filter(|pinned| **pinned != hash) {
        // Nix would say so itself, but not what to do.
        let _ = std::fs::remove_dir_all(&options.out);
        let fault = Fault::PinMismatch {
            pinned: pinned.clone(),
            found: hash,
        };
        let package = options.input.package.as_deref().unwrap_or("the tree");
        return Err(vec![fault.at(package)]);
    }
    Ok(Summary {
        hash,
        copied: built.copied,
        libraries: built.converted.libraries,
        left_out: built
            .left_out
            .into_iter()
            .map(|(path, reason)| LeftOut { path, reason })
            .collect(),
        missing: built
            .converted
            .missing
            .into_iter()
            .map(|(path, needed)| Missing { path, needed })
            .collect(),
    })
}

/// A tree that has not been written yet.
pub struct Built {
    pub converted: Converted,
    pub left_out: BTreeMap<String, Reason>,
    /// Files that are no stubs.
    pub copied: usize,
}

/// A tree that has been recorded, as it was.
fn restore(input: &Input) -> Result<Built, Vec<Problem>> {
    let [source] = input.sources.as_slice() else {
        let what = "one directory is one record".to_owned();
        return Err(vec![Fault::BadRecord { what }.at("SRC")]);
    };
    let tree = recorded::restore(source)?;
    let problems = check::store_paths(&tree, &input.store_dir, &[]);
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Built {
        copied: tree.entries.len(),
        converted: Converted {
            tree,
            ..Converted::default()
        },
        left_out: BTreeMap::new(),
    })
}

/// The interface tree of a package, which goes to `out` if that is known.
pub fn build(input: &Input, out: Option<&Path>) -> Result<Built, Vec<Problem>> {
    let (include, exclude) = match (globs(&input.include), globs(&input.exclude)) {
        (Ok(include), Ok(exclude)) => (include, exclude),
        (include, exclude) => {
            let wrong = [include.err(), exclude.err()];
            return Err(wrong.into_iter().flatten().flatten().collect());
        }
    };
    if let Err(fault) = input.policy.check() {
        return Err(vec![fault.at("--drop-private")]);
    }
    let mut gathered = gather(&gather::Options {
        sources: &input.sources,
        exclude: &exclude,
        include: &include,
        store_dir: &input.store_dir,
        follow: &input.follow,
    });
    let mut problems = std::mem::take(&mut gathered.problems);
    let files = Files::default();
    let own = prefixes(input, &gathered);
    let wishes = Wishes {
        archives: input.archives,
        programs: input.programs,
    };
    let mut selected = select(&gathered, &files, &own, &include, wishes, &mut problems);
    if input.only_libraries {
        selected.only_libraries(&mut problems);
    }
    let own_libraries = own_libraries(&files, &gathered, &selected);
    let libraries = Libraries::new(&files, own_libraries, &input.library_path);
    let converter = Converter {
        files: &files,
        own: &own,
        libraries: &libraries,
        profile: input.profile,
        policy: &input.policy,
    };
    let converted = converter.convert(&gathered, &selected, &mut problems);
    problems.extend(conflicts(&mut gathered, &selected));
    let hashes = known_hashes(input, out, &gathered);
    problems.extend(check::store_paths(
        &converted.tree,
        &input.store_dir,
        &hashes,
    ));
    shortened(&files, &gathered, &mut problems);
    if problems.is_empty() {
        Ok(Built {
            copied: selected.kept.len() - converted.libraries.len(),
            converted,
            left_out: selected.left_out,
        })
    } else {
        problems.sort();
        problems.dedup();
        Err(problems)
    }
}

/// Puts the files that became shorter while they were read among the problems,
/// in place of what was found in them.
fn shortened(files: &Files, gathered: &Gathered, problems: &mut Vec<Problem>) {
    for (origin, error) in files.shortened() {
        let mut entries = gathered.listing.entries.iter();
        let path = match entries.find(|(_, entry)| entry.origin == origin) {
            Some((path, _)) => path.clone(),
            None => origin.display().to_string(),
        };
        problems.retain(|problem| problem.path != path);
        problems.push(read_fault(&error).at(path));
    }
}

fn prefixes(options: &Input, gathered: &Gathered) -> Prefixes {
    let whole = gathered
        .outputs
        .iter()
        .filter(|output| output.at.is_empty());
    let outputs: Vec<String> = whole.flat_map(|output| output.names.clone()).collect();
    let in_store = |path: &String| store::hash_part(path, &options.store_dir).is_some();
    let package = options.package.clone().or_else(|| {
        let first = outputs.iter().find(|path| in_store(path))?;
        store::package_name(first)
    });
    Prefixes {
        placeholder: store::placeholder(package.as_deref().unwrap_or("package")),
        store_dir: options.store_dir.clone(),
        outputs,
        paths: gathered.listing.entries.keys().cloned().collect(),
    }
}

/// The package's own libraries by the names under which they are needed: those
/// of their files, of links to them, and their SONAMEs.
fn own_libraries(
    files: &Files,
    gathered: &Gathered,
    selected: &Selected,
) -> HashMap<Vec<u8>, PathBuf> {
    let mut own = HashMap::new();
    let mut add = |name: &[u8], origin: &PathBuf| {
        own.entry(name.to_vec()).or_insert_with(|| origin.clone());
    };
    for (path, entry) in &gathered.listing.entries {
        let is_stub = selected.kept.get(path) == Some(&Role::Stub);
        let is_link = matches!(entry.kind, Kind::Symlink { .. }) && in_library_folder(path);
        if is_stub || (is_link && !selected.left_out.contains_key(path)) {
            add(tree::file_name(path).as_bytes(), &entry.origin);
        }
        let soname = || elf::needed(files.map(&entry.origin).ok()?).ok()?.soname;
        if is_stub && let Some(soname) = soname() {
            add(soname, &entry.origin);
        }
    }
    own
}

/// Outputs may contradict each other in what is left out.
fn conflicts(gathered: &mut Gathered, selected: &Selected) -> Vec<Problem> {
    let mut conflicts = std::mem::take(&mut gathered.conflicts);
    conflicts.retain(|problem| !selected.left_out.contains_key(&problem.path));
    conflicts
}

/// The hashes that must not be in the tree even without the store's path.
fn known_hashes(
    options: &Input,
    out: Option<&Path>,
    gathered: &Gathered,
) -> Vec<[u8; store::HASH_LENGTH]> {
    let out = out.and_then(Path::to_str).map(str::to_owned);
    let sources = gathered
        .outputs
        .iter()
        .flat_map(|output| output.names.iter());
    let mut hashes: Vec<_> = sources
        .chain(&out)
        .filter_map(|path| store::hash_part(path, &options.store_dir))
        .collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}

/// How many of each are left out, in words.
pub fn counts(left_out: &[LeftOut]) -> String {
    let mut counts: BTreeMap<&Reason, usize> = BTreeMap::new();
    for LeftOut { reason, .. } in left_out {
        *counts.entry(reason).or_default() += 1;
    }
    let each = counts
        .iter()
        .map(|(reason, count)| format!("{count} {}", reason.plural()));
    each.collect::<Vec<_>>().join(", ")
}
