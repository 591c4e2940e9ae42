//! How much is kept of what has been looked up, so that it need not be again.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use elsa::sync::FrozenMap;

/// Room for paths in a map. A few bytes of a file can name a path of thousands, and
/// thousands of paths: what there is no room for is looked up whenever it is named.
#[derive(Debug, Default)]
pub struct Room(AtomicUsize);

impl Room {
    /// In bytes: some hundred thousand paths.
    const MOST: usize = 16 << 20;
    /// What a map needs beside the text.
    const BESIDE: usize = 128;

    /// Whether there is room for one more.
    pub fn take(&self, path: impl AsRef<Path>) -> bool {
        let size = path.as_ref().as_os_str().len() + Room::BESIDE;
        self.0.fetch_add(size, Ordering::Relaxed) + size <= Room::MOST
    }
}

/// Where nothing lies that was looked for, as long as there is room.
#[derive(Default)]
pub struct Absent {
    paths: FrozenMap<PathBuf, Box<()>>,
    room: Room,
}

impl Absent {
    pub fn has(&self, path: &Path) -> bool {
        self.paths.get(path).is_some()
    }

    pub fn add(&self, path: &Path) {
        if self.room.take(path) {
            self.paths.insert(path.to_owned(), Box::new(()));
        }
    }
}
