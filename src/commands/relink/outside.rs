//! What lies in the real outputs, each path looked up once.

use std::fs;

use elsa::sync::FrozenMap;

use crate::relink::target::{Kind, World};

/// The file system, as far as references ask for it.
#[derive(Default)]
pub struct Outside {
    kinds: FrozenMap<String, Box<Option<Kind>>>,
    libraries: FrozenMap<String, Box<bool>>,
}

impl World for Outside {
    fn kind(&self, path: &str) -> Option<Kind> {
        if let Some(known) = self.kinds.get(path) {
            return *known;
        }
        let kind = fs::metadata(path).ok().map(|meta| match meta.is_dir() {
            true => Kind::Directory,
            false => Kind::File,
        });
        *self.kinds.insert(path.to_owned(), Box::new(kind))
    }

    fn has_libraries(&self, path: &str) -> bool {
        if let Some(known) = self.libraries.get(path) {
            return *known;
        }
        let names = fs::read_dir(path).into_iter().flatten().flatten();
        let mut names = names.map(|entry| entry.file_name());
        let has = names.any(|name| {
            let name = name.as_encoded_bytes();
            name.ends_with(b".so") || memchr::memmem::find(name, b".so.").is_some()
        });
        *self.libraries.insert(path.to_owned(), Box::new(has))
    }
}
