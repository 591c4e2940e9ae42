//! The libraries that have changed by themselves, and not only because of those
//! below: what their interfaces have become has to be found out first.

use std::collections::{BTreeMap, BTreeSet};

use super::Graph;
use super::identity::Identities;
use super::set::{Library, Set};
use crate::lock::Key;

/// One of them, in both sets.
#[derive(Debug, Clone, Copy)]
pub struct Changed<'s> {
    pub old: &'s Library,
    pub new: &'s Library,
    /// What it is built of is another.
    pub is_built_anew: bool,
}

impl Changed<'_> {
    /// Somebody has said already what is in force from now on.
    pub fn has_moved(&self) -> bool {
        self.old.hash != self.new.hash
    }
}

/// Libraries of both sets, paired by their attributes, each once.
pub fn pairs<'s>(old: &'s Set, new: &'s Set) -> Vec<(&'s Library, &'s Library)> {
    let was: BTreeMap<&str, &Library> = old
        .libraries
        .iter()
        .map(|library| (library.attribute.as_str(), library))
        .collect();
    let mut seen: BTreeSet<(&Key, &str)> = BTreeSet::new();
    let now = new.libraries.iter();
    now.filter_map(|new| Some((*was.get(new.attribute.as_str())?, new)))
        .filter(|(_, new)| seen.insert((&new.key, &new.own)))
        .collect()
}

/// `replaced` are the attributes of libraries that something else takes the place of.
pub fn changed<'s>(
    graph: &'s Graph,
    old: &'s Set,
    new: &'s Set,
    replaced: &BTreeSet<String>,
) -> Vec<Changed<'s>> {
    // As if no interface had changed.
    let still = |set: &'s Set| {
        let mut identities = Identities::new(graph);
        for library in &set.libraries {
            for tree in &library.trees {
                identities.name(&tree.drv, format!("{} {}", library.key, tree.output));
            }
        }
        identities
    };
    let (mut was, mut now) = (still(old), still(new));
    let pairs = pairs(old, new).into_iter();
    let changed = pairs.map(|(old, new)| Changed {
        old,
        new,
        is_built_anew: replaced.contains(&new.attribute) || was.of(&old.own) != now.of(&new.own),
    });
    changed
        .filter(|changed| changed.is_built_anew || changed.has_moved())
        .collect()
}
