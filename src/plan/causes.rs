//! Because of what a derivation is built again: of its inputs those that have
//! become others, and what it says itself.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;

use super::Graph;
use super::fates::{Fate, Future, Passes, Plan};
use super::identity::{Identities, Identity};
use super::set::{Role, name};

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Cause {
    /// The set didn't have it.
    New,
    /// Something else takes its place.
    Replaced,
    /// Its own attributes are others.
    Itself { attributes: Vec<String> },
    /// A source, a tool, or whatever else is no package of the set.
    Input { name: String },
    /// The interface of this library, by its attribute.
    Interface { library: String },
    /// This package itself, by its attribute: a library to be put in by relinking,
    /// or an input that isn't split.
    Package { package: String },
}

impl Cause {
    /// The package of the set that it is about.
    pub fn attribute(&self) -> Option<&str> {
        match self {
            Cause::Interface { library } => Some(library),
            Cause::Package { package } => Some(package),
            _ => None,
        }
    }
}

/// Finds causes in one pair of passes.
pub struct Causes<'s> {
    graph: &'s Graph,
    passes: Passes<'s>,
    roles_before: HashMap<&'s str, Role<'s>>,
    roles: HashMap<&'s str, Role<'s>>,
    replaced: BTreeSet<String>,
}

impl<'s> Causes<'s> {
    pub fn new(plan: &Plan<'s>, passes: Passes<'s>) -> Causes<'s> {
        Causes {
            graph: plan.graph,
            passes,
            roles_before: plan.old.roles(),
            roles: plan.new.roles(),
            replaced: plan.replaced.clone(),
        }
    }

    /// Why it comes to the most that may happen to a package.
    pub fn of(&mut self, future: &Future<'s>) -> Vec<Cause> {
        let Some(was) = future.was else {
            return vec![Cause::New];
        };
        let now = future.package;
        if self.replaced.contains(&now.attribute) {
            return vec![Cause::Replaced];
        }
        let (old, new) = match (future.fate.most, &was.compile, &now.compile) {
            (Fate::Untouched, ..) => return Vec::new(),
            (Fate::Compiled, Some(old), Some(new)) => (old, new),
            _ => (&was.finished, &now.finished),
        };
        let mut causes = BTreeSet::new();
        self.between(old, new, &now.attribute, &mut causes, &mut BTreeSet::new());
        if causes.is_empty() {
            let (old, new) = (self.graph.get(old), self.graph.get(new));
            if let (Some(old), Some(new)) = (old, new) {
                let attributes = Identities::own_changes(self.graph, old, new);
                causes.insert(Cause::Itself { attributes });
            }
        }
        causes.into_iter().collect()
    }

    /// The differences between two derivations of the package `of`; whether one of
    /// them is about the set.
    fn between(
        &mut self,
        old: &'s str,
        new: &'s str,
        of: &str,
        causes: &mut BTreeSet<Cause>,
        seen: &mut BTreeSet<&'s str>,
    ) -> bool {
        let (Some(was), Some(now)) = (self.graph.get(old), self.graph.get(new)) else {
            return false;
        };
        if !seen.insert(new) {
            return false;
        }
        let is_first = seen.len() == 1;
        let mut found = false;
        let before: HashMap<Identity, &'s str> = was
            .inputs
            .iter()
            .map(|(path, _)| (self.passes.old.of(path), path.as_str()))
            .collect();
        let after: BTreeSet<&str> = now.inputs.iter().map(|(path, _)| path.as_str()).collect();
        for (path, _) in &now.inputs {
            if before.contains_key(&self.passes.new.of(path)) {
                continue;
            }
            match self.roles.get(path.as_str()) {
                Some(Role::Tree(library)) => {
                    found = true;
                    causes.insert(Cause::Interface {
                        library: library.attribute.clone(),
                    });
                }
                Some(Role::Compile(package) | Role::Finished(package)) => {
                    if package.attribute != of {
                        found = true;
                        causes.insert(Cause::Package {
                            package: package.attribute.clone(),
                        });
                    }
                }
                None => {
                    let mut same_name = was.inputs.iter().map(|(other, _)| other.as_str());
                    let counterpart = same_name.find(|other| {
                        *other == path
                            || name(other) == name(path)
                                && !after.contains(other)
                                && !self.roles_before.contains_key(other)
                    });
                    let is_fixed = self.graph.get(path).is_some_and(|d| d.is_fixed());
                    let is_of_set = match counterpart.filter(|_| !is_fixed) {
                        Some(other) => self.between(other, path, of, causes, seen),
                        None => false,
                    };
                    found |= is_of_set;
                    if is_first && !is_of_set {
                        causes.insert(Cause::Input {
                            name: name(path).to_owned(),
                        });
                    }
                }
            }
        }
        if is_first {
            let new = now
                .sources
                .iter()
                .filter(|path| !was.sources.contains(path));
            causes.extend(new.map(|path| Cause::Input {
                name: name(path).to_owned(),
            }));
            let attributes = Identities::own_changes(self.graph, was, now);
            if !attributes.is_empty() {
                causes.insert(Cause::Itself { attributes });
            }
        }
        found
    }
}
