//! What a file loads, kept to be compared.

use std::collections::BTreeMap;
use std::path::PathBuf;

use bstr::BString;

use crate::commands::loader::{Object, Process};

/// Device and inode: what the loader knows a file by.
type Identity = (u64, u64);

pub struct Loaded {
    /// In the order in which symbols are looked for.
    order: Vec<(Identity, PathBuf)>,
    /// What each name stands for that something asks for.
    names: BTreeMap<BString, Identity>,
}

impl Loaded {
    /// Load lists, which define nothing, are left out.
    pub fn of(process: &Process) -> Loaded {
        let objects = process.objects.iter();
        let objects = objects.filter(|object| !is_list(object));
        let by_name = process.names().filter_map(|name| {
            let object = process.named(name).filter(|object| !is_list(object))?;
            Some((name.to_owned(), object.identity()))
        });
        Loaded {
            order: objects
                .map(|object| (object.identity(), object.path.clone()))
                .collect(),
            names: by_name.collect(),
        }
    }

    /// The first thing that was otherwise, in words.
    pub fn difference(&self, after: Option<&Loaded>) -> Option<String> {
        let Some(after) = after else {
            return Some("it can no longer be read".to_owned());
        };
        let identities = |loaded: &Loaded| -> Vec<Identity> {
            loaded.order.iter().map(|(identity, _)| *identity).collect()
        };
        if identities(self) != identities(after) {
            let mut pairs = self.order.iter().zip(&after.order);
            let first = pairs.find(|(before, after)| before.0 != after.0);
            return Some(match first {
                Some(((_, before), (_, after))) => {
                    format!("{} instead of {}", after.display(), before.display())
                }
                None => format!(
                    "{} libraries instead of {}",
                    after.order.len(),
                    self.order.len()
                ),
            });
        }
        let mut names = self.names.iter();
        let other = names.find(|(name, identity)| {
            let after = after.names.get(*name);
            after.is_some_and(|after| after != *identity)
        });
        other.map(|(name, _)| format!("another file under the name {name}"))
    }
}

fn is_list(object: &Object) -> bool {
    let name = object.path.file_name().unwrap_or_default();
    let in_support = object.path.parent().and_then(|parent| parent.file_name());
    in_support.is_some_and(|folder| folder == "nix-support")
        && name
            .as_encoded_bytes()
            .starts_with(super::lists::PREFIX.as_bytes())
}
