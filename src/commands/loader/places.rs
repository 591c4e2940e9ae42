//! Files that lie elsewhere than where they are to be installed.

use std::borrow::Cow;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use elsa::sync::FrozenMap;

use crate::commands::room::Room;

/// Longer ones the kernel doesn't take (PATH_MAX).
const LONGEST_PATH: usize = 4096;
/// As many as Linux follows (MAXSYMLINKS).
const MOST_LINKS: usize = 40;
/// How many directories may lie above each other, those that links on the way lead
/// through included: what is deeper would take a stack of any size.
const DEEPEST: usize = 400;

/// Paths as they are written, and where what they mean lies now.
pub struct Places<'a> {
    moved: &'a [(PathBuf, PathBuf)],
    /// Without any link in them, as they are written; of directories only.
    directories: FrozenMap<PathBuf, Box<Option<PathBuf>>>,
    room: Room,
}

impl<'a> Places<'a> {
    /// `moved` are directories: as they are written in files and links, and
    /// where they lie now.
    pub fn new(moved: &'a [(PathBuf, PathBuf)]) -> Places<'a> {
        Places {
            moved,
            directories: FrozenMap::new(),
            room: Room::default(),
        }
    }

    /// What to open for the file that will be at `path`. `None` if a link on
    /// the way leads nowhere.
    pub fn disk<'p>(&self, path: &'p Path) -> Option<Cow<'p, Path>> {
        if self.moved.is_empty() {
            return Some(Cow::Borrowed(path));
        }
        let path = std::path::absolute(path).ok()?;
        let resolved = self.resolve(&path, MOST_LINKS, DEEPEST)?;
        Some(Cow::Owned(self.now(&resolved)))
    }

    /// The path that `path` leads to, as it is written.
    pub fn resolved(&self, path: &Path) -> Option<PathBuf> {
        if self.moved.is_empty() {
            return fs::canonicalize(path).ok();
        }
        self.resolve(&std::path::absolute(path).ok()?, MOST_LINKS, DEEPEST)
    }

    /// Links are followed by hand: what is absolute in them is where things
    /// will be, too.
    fn resolve(&self, path: &Path, links: usize, depth: usize) -> Option<PathBuf> {
        let (Some(parent), Some(last)) = (path.parent(), path.components().next_back()) else {
            return Some(path.to_owned());
        };
        if path.as_os_str().len() > LONGEST_PATH {
            return None;
        }
        let depth = depth.checked_sub(1)?;
        let directory = self.directory(parent, links, depth)?;
        let name = match last {
            Component::Normal(name) => name,
            Component::ParentDir => return Some(directory.parent().unwrap_or(&directory).into()),
            _ => return Some(directory),
        };
        let path = directory.join(name);
        match fs::read_link(self.now(&path)) {
            Ok(target) => self.resolve(&directory.join(target), links.checked_sub(1)?, depth),
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => Some(path),
            // Not there yet, but on the way to what is to be installed.
            Err(_) if self.moved.iter().any(|(to_be, _)| to_be.starts_with(&path)) => Some(path),
            Err(_) => None,
        }
    }

    fn directory(&self, path: &Path, links: usize, depth: usize) -> Option<PathBuf> {
        if let Some(known) = self.directories.get(path) {
            return known.clone();
        }
        let resolved = self.resolve(path, links, depth);
        if self.room.take(path) {
            let kept = Box::new(resolved.clone());
            self.directories.insert(path.to_owned(), kept);
        }
        resolved
    }

    fn now(&self, path: &Path) -> PathBuf {
        let inner = |(to_be, now): &(PathBuf, PathBuf)| {
            let rest = path.strip_prefix(to_be).ok()?;
            let depth = to_be.components().count();
            Some((
                depth,
                if rest == Path::new("") {
                    now.clone()
                } else {
                    now.join(rest)
                },
            ))
        };
        let found = self.moved.iter().filter_map(inner);
        found
            .max_by_key(|(depth, _)| *depth)
            .map_or_else(|| path.to_owned(), |(_, path)| path)
    }
}
