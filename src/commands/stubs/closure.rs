//! What the libraries that a library needs define (rule 9 of docs/rules.md).
//!
//! They are looked for where the loader will look, in RUNPATH, then among the
//! package's own libraries, then in the directories of `--library-path`.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use bstr::BStr;
use elsa::sync::FrozenMap;

use crate::commands::files::Files;
use crate::commands::loader::expand;
use crate::commands::room::Absent;
use crate::elf;

/// The libraries within reach.
pub struct Libraries<'f> {
    files: &'f Files,
    /// The package's own, by file name and by SONAME.
    own: HashMap<Vec<u8>, PathBuf>,
    library_path: &'f [PathBuf],
    looked_at: FrozenMap<PathBuf, Box<Library<'f>>>,
    /// Where no library lies.
    absent: Absent,
}

/// What is known of one library.
struct Library<'f> {
    needed: elf::Needed<'f>,
    exports: elf::Exports<'f>,
}

/// The libraries that one library needs, directly or through others.
pub struct Closure<'l, 'f> {
    libraries: Vec<&'l Library<'f>>,
    /// Names for which no file was found.
    pub missing: BTreeSet<String>,
}

impl<'f> Libraries<'f> {
    pub fn new(
        files: &'f Files,
        own: HashMap<Vec<u8>, PathBuf>,
        library_path: &'f [PathBuf],
    ) -> Libraries<'f> {
        Libraries {
            files,
            own,
            library_path,
            looked_at: FrozenMap::new(),
            absent: Absent::default(),
        }
    }

    /// All that the library at `path` needs, in the loader's order: breadth
    /// first.
    pub fn closure(&self, path: &Path) -> Closure<'_, 'f> {
        let mut closure = Closure {
            libraries: Vec::new(),
            missing: BTreeSet::new(),
        };
        let Some(first) = self.library(path) else {
            return closure;
        };
        let mut seen: HashSet<PathBuf> = HashSet::from([path.to_owned()]);
        let mut queue = vec![(path.to_owned(), first)];
        let mut next = 0;
        while let Some((path, library)) = queue.get(next).cloned() {
            next += 1;
            for name in &library.needed.names {
                match self.find(name, &path, library) {
                    Some((path, found)) => {
                        if seen.insert(path.clone()) {
                            queue.push((path, found));
                        }
                    }
                    None => {
                        closure.missing.insert(name.to_string());
                    }
                }
            }
        }
        closure.libraries = queue.into_iter().skip(1).map(|(_, found)| found).collect();
        closure
    }

    /// The file that `name` in the DT_NEEDED of `by` leads to.
    fn find(&self, name: &BStr, by: &Path, library: &Library) -> Option<(PathBuf, &Library<'f>)> {
        let fits = |path: PathBuf| {
            let found = self.library(&path)?;
            // Libraries of another machine are passed over, as the loader does.
            (found.needed.machine == library.needed.machine).then_some((path, found))
        };
        let as_path = Path::new(OsStr::from_bytes(name));
        if name.contains(&b'/') {
            return fits(as_path.to_owned());
        }
        let origin = by.parent().unwrap_or(Path::new(""));
        let in_runpath = library
            .needed
            .directories
            .iter()
            .map(|directory| expand(directory, origin).join(as_path));
        let own = self.own.get(name.as_ref() as &[u8]).cloned();
        let in_library_path = self.library_path.iter().map(|d| d.join(as_path));
        in_runpath.chain(own).chain(in_library_path).find_map(fits)
    }

    fn library(&self, path: &Path) -> Option<&Library<'f>> {
        if let Some(known) = self.looked_at.get(path) {
            return Some(known);
        }
        if self.absent.has(path) {
            return None;
        }
        let Some(found) = self.look_at(path) else {
            self.absent.add(path);
            return None;
        };
        Some(self.looked_at.insert(path.to_owned(), Box::new(found)))
    }

    fn look_at(&self, path: &Path) -> Option<Library<'f>> {
        let bytes = self.files.map(path).ok()?;
        Some(Library {
            needed: elf::needed(bytes).ok()?,
            exports: elf::Exports::new(bytes).ok()?,
        })
    }
}

impl Closure<'_, '_> {
    pub fn defines(&self, name: &BStr) -> bool {
        self.libraries
            .iter()
            .any(|library| library.exports.contains(name))
    }
}
