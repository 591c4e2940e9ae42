//! Which libraries a file loads, found where ld.so finds them (glibc,
//! elf/dl-load.c, `_dl_map_object`): DT_RPATH of the object that needs one, and
//! of those that loaded it, unless there is DT_RUNPATH; DT_RUNPATH of the object
//! alone; the directories of the program's loader. What the environment adds is
//! left out, and so are `/etc/ld.so.cache`, which a build does not see, and the
//! `glibc-hwcaps` directories, which hold the same libraries once more.

mod interpreter;
mod objects;
mod places;

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use bstr::{BStr, ByteSlice};
use elsa::sync::FrozenMap;
use foldhash::fast::FixedState;

use self::interpreter::Interpreter;
use self::objects::{Looked, Objects};
use crate::commands::files::Files;
use crate::elf::Needed;
use crate::problem::Fault;

pub use objects::{OWN_FUNCTIONS, Object};
pub use places::Places;

/// How many files are looked for on behalf of one. Programs with hundreds of libraries
/// and directories look for some ten thousand.
const MOST_LOOKED_AT: usize = 1 << 18;

/// Longer ones the kernel doesn't take (PATH_MAX).
const LONGEST_PATH: usize = 4096;

pub struct Loader<'f> {
    objects: Objects<'f>,
    files: &'f Files,
    places: &'f Places<'f>,
    defaults: Defaults<'f>,
    /// By path.
    interpreters: FrozenMap<Vec<u8>, Box<Interpreter>>,
}

/// Where else libraries are looked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Defaults<'a> {
    /// Whoever needs them.
    pub all: &'a [PathBuf],
    /// If the file has no interpreter: it is loaded by a program that has one,
    /// and with it the C library.
    pub without_interpreter: &'a [PathBuf],
}

/// A file and what it loads.
pub struct Process<'l, 'f> {
    /// In the order in which symbols are looked for, without the file itself.
    pub objects: Vec<&'l Object<'f>>,
    pub missing: Vec<Missing<'l>>,
    pub is_musl: bool,
    /// The last of the objects, if it was found.
    pub interpreter: Option<&'l Object<'f>>,
    by_name: HashMap<&'l BStr, &'l Object<'f>, FixedState>,
}

/// A needed library that was not found.
#[derive(Debug)]
pub struct Missing<'l> {
    pub name: &'l BStr,
    /// The library that needs it, if it is not the file itself.
    pub by: Option<&'l Path>,
    /// A file that would have been it.
    pub damaged: Option<(PathBuf, &'l Fault)>,
    /// It may be there: too much had been looked at already.
    pub is_given_up: bool,
}

/// Who looks for a library, and where.
struct Search<'s, 'l> {
    members: &'s [Member<'l>],
    interpreter: Option<&'s Interpreter>,
    is_musl: bool,
}

/// A member of the process that may need more.
struct Member<'l> {
    needed: &'l Needed<'l>,
    path: &'l Path,
    loaded_by: Option<usize>,
}

impl<'f> Loader<'f> {
    pub fn new(files: &'f Files, places: &'f Places<'f>, defaults: Defaults<'f>) -> Loader<'f> {
        Loader {
            objects: Objects::new(files, places),
            files,
            places,
            defaults,
            interpreters: FrozenMap::new(),
        }
    }

    /// How many libraries have been loaded by now.
    pub fn count(&self) -> usize {
        self.objects.count()
    }

    /// What the file at `path` loads.
    pub fn load<'l>(&'l self, path: &'l Path, needed: &'l Needed<'l>) -> Process<'l, 'f> {
        let interpreter = needed.interpreter.map(|path| self.interpreter(path));
        let is_musl = interpreter.is_some_and(Interpreter::is_musl);
        let mut process = Process {
            objects: Vec::new(),
            missing: Vec::new(),
            is_musl,
            interpreter: None,
            by_name: HashMap::default(),
        };
        let loader_object =
            interpreter.and_then(|interpreter| match self.objects.look(&interpreter.path) {
                Looked::Object(object) => Some(object),
                looked => {
                    process.missing.push(Missing {
                        name: needed.interpreter.unwrap_or_default(),
                        by: None,
                        damaged: looked.fault(&interpreter.path),
                        is_given_up: false,
                    });
                    None
                }
            });
        if let Some(object) = loader_object {
            process.name(object);
        }
        let mut members = vec![Member {
            needed,
            path,
            loaded_by: None,
        }];
        let mut loaded: HashMap<(u64, u64), &Object, FixedState> = HashMap::default();
        loaded.extend(loader_object.map(|object| (object.identity(), object)));
        let mut missing: HashSet<&BStr, FixedState> = HashSet::default();
        let left = Cell::new(MOST_LOOKED_AT);
        let mut next = 0;
        while let Some(member) = members.get(next) {
            let names: &'l [&'l BStr] = &member.needed.names;
            for &name in names {
                // By SONAME of what is loaded already, or the name it had.
                if process.by_name.contains_key(name) || needed.soname == Some(name) {
                    continue;
                }
                // musl is all of its libraries itself (ldso/dynlink.c,
                // load_library).
                if let Some(object) = loader_object
                    && is_musl
                    && is_of_musl(name)
                {
                    process.by_name.insert(name, object);
                    continue;
                }
                let search = Search {
                    members: &members,
                    interpreter,
                    is_musl,
                };
                match self.find(name, next, &search, &left) {
                    Ok(object) => {
                        let same = loaded.get(&object.identity()).copied();
                        process.by_name.insert(name, same.unwrap_or(object));
                        if same.is_none() {
                            loaded.insert(object.identity(), object);
                            process.objects.push(object);
                            process.name(object);
                            members.push(Member {
                                needed: &object.needed,
                                path: &object.path,
                                loaded_by: Some(next),
                            });
                        }
                    }
                    Err(damaged) => {
                        if missing.insert(name) {
                            process.missing.push(Missing {
                                name,
                                by: (next > 0).then_some(members[next].path),
                                damaged,
                                is_given_up: left.get() == 0,
                            });
                        }
                    }
                }
            }
            next += 1;
        }
        process.objects.extend(loader_object);
        process.interpreter = loader_object;
        process
    }

    /// The object that `name` in the DT_NEEDED of a member leads to, or what
    /// would have been it.
    fn find<'l>(
        &'l self,
        name: &BStr,
        member: usize,
        search: &Search<'_, 'l>,
        left: &Cell<usize>,
    ) -> Result<&'l Object<'f>, Option<(PathBuf, &'l Fault)>> {
        let Search {
            members,
            interpreter,
            is_musl,
        } = *search;
        let mut damaged = None;
        let by = &members[member];
        let mut fits = |path: PathBuf| {
            left.set(left.get().saturating_sub(1));
            if left.get() == 0 || path.as_os_str().len() > LONGEST_PATH {
                return None;
            }
            match self.objects.look(&path) {
                // Those of another machine are passed over (glibc, open_verify).
                Looked::Object(object) if object.needed.machine == by.needed.machine => {
                    Some(object)
                }
                Looked::Object(_) => None,
                looked => {
                    damaged = damaged.take().or(looked.fault(&path));
                    None
                }
            }
        };
        if name.contains(&b'/') {
            let found = fits(expand(name, origin(by.path)));
            return found.ok_or(damaged);
        }
        let file = Path::new(OsStr::from_bytes(name));
        // musl takes both for what DT_RPATH is.
        let inherits = is_musl || !by.needed.has_runpath;
        let chain = std::iter::successors(Some(member), |&at| members[at].loaded_by);
        let in_paths = chain
            .filter(|&at| at == member || inherits)
            .map(|at| &members[at])
            .filter(|one| is_musl || one.needed.has_runpath == by.needed.has_runpath)
            .flat_map(|one| {
                let directories = one.needed.directories.iter();
                directories.map(|directory| expand(directory, origin(one.path)))
            });
        let last = match interpreter {
            Some(interpreter) => &interpreter.directories,
            None => self.defaults.without_interpreter,
        };
        let defaults = self.defaults.all.iter().chain(last).cloned();
        let directories = in_paths.chain(defaults);
        let mut directories = directories.take_while(|_| left.get() > 0);
        let found = directories.find_map(|directory| fits(directory.join(file)));
        found.ok_or(damaged)
    }

    fn interpreter(&self, path: &BStr) -> &Interpreter {
        if let Some(known) = self.interpreters.get(path.as_bytes()) {
            return known;
        }
        let interpreter = Interpreter::new(path, self.files, self.places);
        self.interpreters
            .insert(path.to_vec(), Box::new(interpreter))
    }
}

impl<'l, 'f> Process<'l, 'f> {
    fn name(&mut self, object: &'l Object<'f>) {
        if let Some(soname) = object.needed.soname {
            self.by_name.entry(soname).or_insert(object);
        }
    }

    /// What is loaded under this name.
    pub fn named(&self, name: &BStr) -> Option<&'l Object<'f>> {
        self.by_name.get(name).copied()
    }

    /// All names under which something is loaded.
    pub fn names(&self) -> impl Iterator<Item = &'l BStr> {
        self.by_name.keys().copied()
    }
}

fn is_of_musl(name: &BStr) -> bool {
    const RESERVED: [&str; 7] = ["c", "pthread", "rt", "m", "dl", "util", "xnet"];
    let Some(rest) = name.strip_prefix(b"lib") else {
        return false;
    };
    let stem = rest.split_str(".").next().unwrap_or_default();
    stem.len() < rest.len() && RESERVED.iter().any(|name| name.as_bytes() == stem)
}

fn origin(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

/// A directory of RUNPATH, `$ORIGIN` replaced (ld.so(8), "Dynamic string
/// tokens"; `$LIB` and `$PLATFORM` are the loader's secret).
pub fn expand(directory: &BStr, origin: &Path) -> PathBuf {
    let too_long = || directory.len() > LONGEST_PATH;
    if !directory.contains(&b'$') || too_long() {
        return PathBuf::from(OsStr::from_bytes(directory));
    }
    let origin = origin.as_os_str().as_bytes();
    let expanded = directory.replace("${ORIGIN}", origin);
    let expanded = expanded.replace("$ORIGIN", origin);
    PathBuf::from(OsStr::from_bytes(&expanded))
}
