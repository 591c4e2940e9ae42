//! Libraries, each read once for all who load it.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use bstr::BStr;
use elsa::sync::FrozenMap;

use super::places::Places;
use crate::commands::files::{self, Files};
use crate::commands::room::Absent;
use crate::elf::{self, Defined, Definitions, FileKind, Needed, RequiredNode, Wanted};
use crate::problem::Fault;

/// In `nix-support`: which libraries of an output relink has bound to their own
/// functions.
pub const OWN_FUNCTIONS: &str = "startup-own-functions";

/// One library.
pub struct Object<'f> {
    /// As it was asked for, and will lie there.
    pub path: PathBuf,
    pub needed: Needed<'f>,
    pub is_stub: bool,
    bytes: &'f [u8],
    /// Device and inode: what the loader knows an object by that it has under
    /// another name.
    identity: (u64, u64),
    own_functions: OnceLock<Vec<&'f BStr>>,
    definitions: OnceLock<Option<Definitions<'f>>>,
    versions: OnceLock<Vec<RequiredNode<'f>>>,
}

/// What lies at a path.
pub(super) enum Looked<'l, 'f> {
    Object(&'l Object<'f>),
    Damaged(&'l Fault),
    Nothing,
}

pub(super) struct Objects<'f> {
    files: &'f Files,
    places: &'f Places<'f>,
    known: FrozenMap<PathBuf, Box<Known<'f>>>,
    /// Where nothing lies.
    absent: Absent,
    count: AtomicUsize,
}

type Known<'f> = Result<Object<'f>, Fault>;

impl<'l> Looked<'l, '_> {
    pub fn fault(self, path: &Path) -> Option<(PathBuf, &'l Fault)> {
        match self {
            Looked::Damaged(fault) => Some((path.to_owned(), fault)),
            _ => None,
        }
    }
}

impl<'f> Objects<'f> {
    pub fn new(files: &'f Files, places: &'f Places<'f>) -> Self {
        Objects {
            files,
            places,
            known: FrozenMap::new(),
            absent: Absent::default(),
            count: AtomicUsize::new(0),
        }
    }

    pub fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    pub fn look(&self, path: &Path) -> Looked<'_, 'f> {
        if self.absent.has(path) {
            return Looked::Nothing;
        }
        let known = self.known.get(path).or_else(|| {
            let read = self.read(path)?;
            Some(self.known.insert(path.to_owned(), Box::new(read)))
        });
        match known {
            Some(Ok(object)) => Looked::Object(object),
            Some(Err(fault)) => Looked::Damaged(fault),
            None => {
                self.absent.add(path);
                Looked::Nothing
            }
        }
    }

    fn read(&self, path: &Path) -> Option<Known<'f>> {
        let disk = self.places.disk(path)?;
        let bytes = self.files.map(&disk).ok()?;
        let identity = files::identity(&disk).ok()?;
        self.count.fetch_add(1, Ordering::Relaxed);
        let object = || {
            let is_stub = match elf::identify(bytes)? {
                None => {
                    return Err(Fault::Malformed {
                        what: "it is none".into(),
                    });
                }
                Some(FileKind::SharedObject { is_stub, .. }) => is_stub,
                Some(_) => false,
            };
            Ok(Object {
                path: path.to_owned(),
                needed: elf::needed(bytes)?,
                is_stub,
                bytes,
                identity,
                own_functions: OnceLock::new(),
                definitions: OnceLock::new(),
                versions: OnceLock::new(),
            })
        };
        Some(object())
    }
}

impl<'f> Object<'f> {
    pub fn bytes(&self) -> &'f [u8] {
        self.bytes
    }

    /// Device and inode.
    pub fn identity(&self) -> (u64, u64) {
        self.identity
    }

    /// The functions of its own that relink has bound it to: none, unless its
    /// package says so.
    pub fn own_functions(&self, places: &Places) -> &[&'f BStr] {
        self.own_functions.get_or_init(|| {
            let says_so = |directory: &Path| {
                let record = directory.join("nix-support").join(OWN_FUNCTIONS);
                places.disk(&record).is_some_and(|record| record.exists())
            };
            match self.path.ancestors().skip(2).take(3).any(says_so) {
                true => elf::own_functions(self.bytes).unwrap_or_default(),
                false => Vec::new(),
            }
        })
    }

    /// Whether both are one file.
    pub fn is(&self, other: &Object) -> bool {
        self.identity == other.identity
    }

    /// The definition that `wanted` is bound to here.
    pub fn find(&self, wanted: &Wanted, by_name: bool) -> Option<Defined> {
        self.definitions()?.find(wanted, by_name)
    }

    /// The versions that it asks of others. A damaged library asks for none:
    /// what is wrong with it is told elsewhere.
    pub fn versions(&self) -> &[RequiredNode<'f>] {
        self.versions
            .get_or_init(|| elf::required_versions(self.bytes).unwrap_or_default())
    }

    /// `None` if it is damaged, so that nothing can be found in it.
    pub fn definitions(&self) -> Option<&Definitions<'f>> {
        self.definitions
            .get_or_init(|| Definitions::new(self.bytes).ok())
            .as_ref()
    }
}
