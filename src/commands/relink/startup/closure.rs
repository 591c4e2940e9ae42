//! All that a program loads, in the loader's order, and where each library is
//! found for sure: on this machine and on any other.

use std::os::unix::ffi::OsStringExt;
use std::path::{Component, Path, PathBuf};

use bstr::{BStr, BString};
use elsa::sync::FrozenMap;

use super::Left;
use super::subjects::Subject;
use crate::commands::loader::{Object, Places, Process, expand};

/// What the loader will do for a program.
pub struct Closure<'p, 'f> {
    pub libraries: Vec<Library<'p, 'f>>,
    /// Names that were searched for in vain, one directory each.
    pub misses: usize,
    /// Directories that were searched. In each, loaders try some subdirectories
    /// first: glibc 2.36 up to nine, later ones three (`glibc-hwcaps`).
    pub directories: usize,
}

pub struct Library<'p, 'f> {
    pub object: &'p Object<'f>,
    /// The name under which it is looked for.
    pub name: &'p BStr,
    /// Where it is; `None` if the loader's own directories supply it, or it is
    /// the loader.
    pub path: Option<BString>,
}

/// The file system, as far as a search depends on it.
pub struct Surroundings<'p> {
    pub store_dir: &'p Path,
    pub places: &'p Places<'p>,
    /// By directory: whether loaders look into a subdirectory of it.
    variants: FrozenMap<PathBuf, Box<bool>>,
}

impl<'p> Surroundings<'p> {
    pub fn new(store_dir: &'p Path, places: &'p Places<'p>) -> Self {
        Surroundings {
            store_dir,
            places,
            variants: FrozenMap::new(),
        }
    }

    /// Whether what lies at `path` is the same on every machine.
    pub fn is_pure(&self, path: &Path) -> bool {
        normal(path).starts_with(self.store_dir)
    }

    /// Whether the directory has variants of libraries for some processors
    /// (ld.so(8), "Hardware capabilities"; the old ones until glibc 2.36).
    pub fn has_variants(&self, directory: &Path) -> bool {
        if let Some(known) = self.variants.get(directory) {
            return *known;
        }
        const FOLDERS: [&str; 5] = ["glibc-hwcaps", "tls", "haswell", "avx512_1", "x86_64"];
        let exists = |folder: &&str| {
            let folder = directory.join(folder);
            self.places.disk(&folder).is_some_and(|disk| disk.is_dir())
        };
        let found = FOLDERS.iter().any(exists);
        *self.variants.insert(directory.to_owned(), Box::new(found))
    }
}

/// The closure of a program.
pub fn closure<'p, 'f>(
    program: &'p Subject<'p>,
    process: &Process<'p, 'f>,
    surroundings: &Surroundings,
) -> Result<Closure<'p, 'f>, Left> {
    if !process.missing.is_empty() {
        return Err(Left::Missing);
    }
    let mut closure = Closure {
        libraries: Vec::new(),
        misses: 0,
        directories: 0,
    };
    let mut searched: Vec<PathBuf> = Vec::new();
    let mut members = vec![(program.path, &program.needed)];
    let mut next = 0;
    while let Some(&(path, needed)) = members.get(next) {
        next += 1;
        let origin = path.parent().unwrap_or(Path::new(""));
        let expanded = needed.directories.iter();
        let directories: Vec<PathBuf> = expanded.map(|one| expand(one, origin)).collect();
        for &name in &needed.names {
            let Some(object) = process.named(name) else {
                continue;
            };
            let mut libraries = closure.libraries.iter();
            if libraries.any(|library| std::ptr::eq(library.object, object)) {
                continue;
            }
            members.push((&object.path, &object.needed));
            // It is in memory before anything is looked for; musl's is the C
            // library under all of its names, too.
            let is_loader = process
                .interpreter
                .is_some_and(|loader| std::ptr::eq(loader, object));
            let mut found = None;
            if !is_loader {
                for directory in &directories {
                    if surroundings.has_variants(directory) {
                        return Err(Left::Variants(directory.clone()));
                    }
                    if !searched.contains(directory) {
                        searched.push(directory.clone());
                    }
                    if object.path.parent() == Some(directory) {
                        found = Some(directory);
                        break;
                    }
                    if !surroundings.is_pure(directory) {
                        return Err(Left::Impure(directory.clone()));
                    }
                    closure.misses += 1;
                }
            }
            // What an object without DT_RUNPATH finds where another one looks
            // depends on who has loaded it.
            let by_default = process
                .interpreter
                .is_some_and(|loader| loader.path.parent() == object.path.parent());
            if found.is_none() && !by_default && surroundings.is_pure(&object.path) {
                return Err(Left::Inherited(object.path.clone()));
            }
            let pure = found.filter(|_| surroundings.is_pure(&object.path));
            if found.is_some() && pure.is_none() {
                return Err(Left::Impure(object.path.clone()));
            }
            closure.libraries.push(Library {
                object,
                name,
                path: pure.map(|_| text(&object.path)),
            });
        }
    }
    closure.directories = searched.len();
    Ok(closure)
}

/// As the loader would write it, without spare slashes: `..` stays.
pub fn text(path: &Path) -> BString {
    let path: PathBuf = path.components().collect();
    path.into_os_string().into_vec().into()
}

/// `path` without `..` either.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}
