//! What a file loads, kept to be compared.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use bstr::{BStr, BString};
use foldhash::fast::FixedState;

use crate::commands::files;
use crate::commands::loader::{Object, Places, Process};
use crate::elf;

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
    pub fn difference(&self, after: Option<&Loaded>, places: &Places) -> Option<String> {
        let Some(after) = after else {
            return Some("it can no longer be read".to_owned());
        };
        if let Some(difference) = difference(&self.order, &after.order, places) {
            return Some(difference);
        }
        let mut names = self.names.iter();
        let other = names.find(|(name, identity)| {
            let after = after.names.get(*name);
            after.is_some_and(|after| after != *identity)
        });
        other.map(|(name, _)| format!("another file under the name {name}"))
    }
}

/// Objects may change places if every name leads to the same definitions, in the
/// same order.
fn difference(
    before: &[(Identity, PathBuf)],
    after: &[(Identity, PathBuf)],
    places: &Places,
) -> Option<String> {
    let identities = |order: &[(Identity, PathBuf)]| -> Vec<Identity> {
        order.iter().map(|(identity, _)| *identity).collect()
    };
    let (mut old, mut new) = (identities(before), identities(after));
    if old == new {
        return None;
    }
    old.sort_unstable();
    new.sort_unstable();
    if old != new {
        let only = |these: &[(Identity, PathBuf)], others: &[Identity]| {
            let mut these = these.iter();
            let one = these.find(|(identity, _)| others.binary_search(identity).is_err());
            one.map(|(_, path)| path.display().to_string())
        };
        let nothing = || "nothing".to_owned();
        return Some(format!(
            "{} instead of {}",
            only(after, &old).unwrap_or_else(nothing),
            only(before, &new).unwrap_or_else(nothing)
        ));
    }
    let mut bytes = Vec::new();
    for (identity, path) in before {
        let file = places.disk(path).map(|disk| files::map_loadable(&disk));
        match file {
            Some(Ok(Some(file))) => bytes.push((*identity, file)),
            _ => return Some(format!("{} can no longer be read", path.display())),
        }
    }
    let mut defined: HashMap<Identity, Vec<&BStr>, FixedState> = HashMap::default();
    for (identity, file) in &bytes {
        match elf::bonds(file.bytes()) {
            Ok(bonds) => defined.insert(*identity, bonds.defined),
            Err(fault) => return Some(fault.to_string()),
        };
    }
    let definers = |order: &[(Identity, PathBuf)]| {
        let mut definers: HashMap<&BStr, Vec<Identity>, FixedState> = HashMap::default();
        for (identity, _) in order {
            for name in &defined[identity] {
                definers.entry(name).or_default().push(*identity);
            }
        }
        definers
    };
    let after = definers(after);
    let mut before = definers(before).into_iter();
    let other = before.find(|(name, definers)| after.get(name) != Some(definers));
    other.map(|(name, _)| format!("definitions of {name} in another order"))
}

fn is_list(object: &Object) -> bool {
    let name = object.path.file_name().unwrap_or_default();
    let in_support = object.path.parent().and_then(|parent| parent.file_name());
    in_support.is_some_and(|folder| folder == "nix-support")
        && name
            .as_encoded_bytes()
            .starts_with(super::lists::PREFIX.as_bytes())
}
