//! A package set, as Nix describes it (src/commands/plan/describe.nix).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Deserialize;

use super::Graph;
use super::identity::name_of;
use crate::lock::Key;

/// Derivations are called by their paths.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Set {
    pub packages: Vec<Package>,
    pub libraries: Vec<Library>,
    /// Attributes that can't be evaluated.
    pub unknown: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Package {
    pub attribute: String,
    pub name: String,
    /// What everybody else sees of it.
    pub finished: String,
    /// Nothing if it isn't split.
    pub compile: Option<String>,
    /// What it would be without the split.
    pub unsplit: Option<String>,
}

/// What has an interface tree.
#[derive(Debug, Clone, Deserialize)]
pub struct Library {
    pub attribute: String,
    pub key: Key,
    /// Its pin is to be the library as it is.
    pub exact: bool,
    /// Its pin: the NAR hash of the tree in force. Nothing if that floats.
    pub hash: Option<String>,
    /// Of headers that differ from those in force, those that may.
    pub accepted: BTreeMap<String, String>,
    /// Its own tree, without a pin.
    pub own: String,
    /// What dependents see, for each output.
    pub trees: Vec<Tree>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Tree {
    pub output: String,
    pub drv: String,
}

/// What a derivation is to the set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role<'s> {
    /// The interface tree of a library.
    Tree(&'s Library),
    Compile(&'s Package),
    Finished(&'s Package),
}

impl PartialEq for Library {
    fn eq(&self, other: &Library) -> bool {
        self.attribute == other.attribute
    }
}
impl Eq for Library {}

impl PartialEq for Package {
    fn eq(&self, other: &Package) -> bool {
        self.attribute == other.attribute
    }
}
impl Eq for Package {}

impl Set {
    pub fn library(&self, attribute: &str) -> Option<&Library> {
        let mut libraries = self.libraries.iter();
        libraries.find(|library| library.attribute == attribute)
    }

    /// Each package once, under the first of its attributes.
    pub fn distinct(&self) -> Vec<&Package> {
        let mut seen = BTreeSet::new();
        let packages = self.packages.iter();
        packages.filter(|p| seen.insert(&p.finished)).collect()
    }

    pub fn roles(&self) -> HashMap<&str, Role<'_>> {
        let mut roles = HashMap::new();
        for package in self.distinct() {
            roles.insert(package.finished.as_str(), Role::Finished(package));
            if let Some(compile) = &package.compile {
                roles.insert(compile.as_str(), Role::Compile(package));
            }
        }
        for library in &self.libraries {
            for tree in &library.trees {
                roles
                    .entry(tree.drv.as_str())
                    .or_insert(Role::Tree(library));
            }
        }
        roles
    }

    /// All derivations that it names.
    pub fn derivations(&self) -> Vec<&str> {
        let packages = self.packages.iter().flat_map(|package| {
            let more = [&package.compile, &package.unsplit].into_iter().flatten();
            [&package.finished].into_iter().chain(more)
        });
        let libraries = self.libraries.iter().flat_map(|library| {
            let trees = library.trees.iter().map(|tree| &tree.drv);
            [&library.own].into_iter().chain(trees)
        });
        packages.chain(libraries).map(String::as_str).collect()
    }
}

/// What a derivation uses of the set, in order of its inputs: those with a role
/// that are found without looking through another.
pub fn uses<'s>(
    graph: &'s Graph,
    roles: &HashMap<&str, Role<'s>>,
    derivation: &'s str,
) -> Vec<Role<'s>> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    let mut todo = vec![derivation];
    while let Some(path) = todo.pop() {
        let Some(text) = graph.get(path).filter(|_| seen.insert(path)) else {
            continue;
        };
        for (input, _) in text.inputs.iter().rev() {
            match roles.get(input.as_str()) {
                Some(role) => found.push(*role),
                // A fixed output is looked through only for trees.
                None if graph.get(input).is_some_and(|input| !input.is_fixed()) => todo.push(input),
                None => {}
            }
        }
    }
    found
}

/// What a derivation is called.
pub fn name(derivation: &str) -> &str {
    name_of(derivation)
}
