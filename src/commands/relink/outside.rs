//! What lies in the real outputs, each path looked up once, as long as not too
//! many are named.

use std::fs;

use elsa::sync::FrozenMap;

use crate::commands::room::Room;
use crate::relink::manifest::{Manifest, Output};
use crate::relink::target::{Kind, World};

/// The file system, as far as references ask for it.
pub struct Outside<'m> {
    /// The package's own, which aren't there yet: what is to be in a final one
    /// is in compile's.
    outputs: Vec<&'m Output>,
    kinds: FrozenMap<String, Box<Option<Kind>>>,
    libraries: FrozenMap<String, Box<bool>>,
    room: Room,
}

impl<'m> Outside<'m> {
    pub fn new(manifest: &'m Manifest) -> Outside<'m> {
        Outside {
            outputs: manifest.outputs.values().collect(),
            kinds: FrozenMap::new(),
            libraries: FrozenMap::new(),
            room: Room::default(),
        }
    }

    /// Where what is to be at `path` is now.
    fn place(&self, path: &str) -> String {
        let mut outputs = self.outputs.iter();
        let moved = outputs.find_map(|output| {
            let below = path.strip_prefix(&output.r#final)?;
            let whole = below.is_empty() || below.starts_with('/');
            whole.then(|| format!("{}{below}", output.compile))
        });
        moved.unwrap_or_else(|| path.to_owned())
    }
}

impl World for Outside<'_> {
    fn kind(&self, path: &str) -> Option<Kind> {
        if let Some(known) = self.kinds.get(path) {
            return *known;
        }
        let kind = fs::metadata(self.place(path))
            .ok()
            .map(|meta| match meta.is_dir() {
                true => Kind::Directory,
                false => Kind::File,
            });
        if self.room.take(path) {
            self.kinds.insert(path.to_owned(), Box::new(kind));
        }
        kind
    }

    fn has_libraries(&self, path: &str) -> bool {
        if let Some(known) = self.libraries.get(path) {
            return *known;
        }
        let names = fs::read_dir(self.place(path))
            .into_iter()
            .flatten()
            .flatten();
        let mut names = names.map(|entry| entry.file_name());
        let has = names.any(|name| {
            let name = name.as_encoded_bytes();
            name.ends_with(b".so") || memchr::memmem::find(name, b".so.").is_some()
        });
        if self.room.take(path) {
            self.libraries.insert(path.to_owned(), Box::new(has));
        }
        has
    }
}
