//! What becomes of each package.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use super::Graph;
use super::changed::Changed;
use super::identity::Identities;
use super::set::{Library, Package, Role, Set, uses};

/// What is known of the interface tree of a changed library, by NAR hashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// Without a pin dependents are keyed by what is in the tree.
    Floats { old: String, new: String },
    /// The pin in force is what the new set says.
    Stands,
    /// It is no longer true, so the pin has to become this one.
    Moves { new: String },
    /// Somebody has to say whether headers may differ; if not, it becomes this one.
    Asks { new: String },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// It is there already.
    Untouched,
    /// Compiled as before, it gets other libraries.
    Relinked,
    Compiled,
}

/// What happens at least, and at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Bounds {
    pub least: Fate,
    pub most: Fate,
}

/// One package of the new set.
#[derive(Debug)]
pub struct Future<'s> {
    pub package: &'s Package,
    /// Nothing if it is new.
    pub was: Option<&'s Package>,
    pub fate: Bounds,
    /// Whether Nix would build it again if nothing were split.
    pub without_split: bool,
}

/// How much is taken for changed of what isn't known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assume {
    Least,
    Most,
}

/// Both sides under one assumption.
#[derive(Debug)]
pub struct Passes<'s> {
    pub old: Identities<'s>,
    pub new: Identities<'s>,
}

impl Passes<'_> {
    fn differ<'s>(passes: &mut Passes<'s>, old: &'s str, new: &'s str) -> bool {
        passes.old.of(old) != passes.new.of(new)
    }
}

/// All that a plan is made of.
#[derive(Debug)]
pub struct Plan<'s> {
    pub graph: &'s Graph,
    pub old: &'s Set,
    pub new: &'s Set,
    pub changed: Vec<Changed<'s>>,
    /// By attribute.
    pub known: BTreeMap<String, Known>,
    /// Attributes of libraries that something else takes the place of.
    pub replaced: BTreeSet<String>,
}

impl<'s> Plan<'s> {
    /// The identities of both sides, with what is known and what is assumed.
    pub fn passes(&self, assume: Assume) -> Passes<'s> {
        let mut passes = Passes {
            old: Identities::new(self.graph),
            new: Identities::new(self.graph),
        };
        for library in &self.old.libraries {
            self.name(&mut passes.old, library, assume, false);
        }
        for library in &self.new.libraries {
            self.name(&mut passes.new, library, assume, true);
        }
        self.name_replaced(&mut passes.new, |package| Some(&package.finished));
        self.name_replaced(&mut passes.new, |package| package.compile.as_ref());
        passes
    }

    fn name(&self, to: &mut Identities<'s>, library: &'s Library, assume: Assume, is_new: bool) {
        let attribute = library.attribute.as_str();
        let is_changed = || self.changed.iter().find(|c| c.new.attribute == attribute);
        let most = assume == Assume::Most;
        for tree in &library.trees {
            let becomes = |what: &str| format!("{} {what}", super::set::name(&tree.drv));
            match self.known.get(attribute) {
                Some(Known::Floats { old, new }) => {
                    to.name(&tree.drv, becomes(if is_new { new } else { old }));
                }
                Some(Known::Stands) => {}
                Some(Known::Moves { new }) if is_new => to.name(&tree.drv, becomes(new)),
                Some(Known::Asks { new }) if is_new && most => to.name(&tree.drv, becomes(new)),
                Some(Known::Moves { .. } | Known::Asks { .. }) => {}
                None if library.hash.is_none() && most => {}
                None if library.hash.is_none() => to.name(&tree.drv, becomes(attribute)),
                None if is_new && most => match is_changed() {
                    Some(changed) if !changed.has_moved() => {
                        to.name(&tree.drv, becomes("unknown"));
                    }
                    Some(_) => {}
                    None => to.follow(&tree.drv, &library.own),
                },
                None => {}
            }
        }
    }

    /// `of` says which derivations of a package are those of another now. Not all
    /// of them at once: what it would be without the split may be what the
    /// baseline has.
    fn name_replaced(&self, to: &mut Identities<'s>, of: fn(&'s Package) -> Option<&'s String>) {
        let packages = self.new.packages.iter();
        for package in packages.filter(|p| self.replaced.contains(&p.attribute)) {
            if let Some(drv) = of(package) {
                to.name(drv, "replaced".into());
            }
        }
    }

    /// Of the changed libraries of which nothing is known, those whose trees can
    /// be had without compiling anything but changed libraries.
    pub fn to_be_built(&self) -> Vec<Changed<'s>> {
        let roles = self.new.roles();
        let was = by_attribute(self.old);
        let mut passes = self.passes(Assume::Most);
        let mut compiles = |package: &'s Package| {
            let before = was
                .get(package.attribute.as_str())
                .and_then(|p| p.compile.as_ref());
            let now = package.compile.as_ref();
            match (before, now) {
                (Some(old), Some(new)) => Passes::differ(&mut passes, old, new),
                _ => true,
            }
        };
        let mut can_be_had = |changed: &&Changed<'s>| {
            let mut seen = BTreeSet::new();
            let mut todo = vec![changed.tree()];
            while let Some(path) = todo.pop() {
                if !seen.insert(path) {
                    continue;
                }
                if let Some(Role::Compile(package)) = roles.get(path)
                    && !self
                        .changed
                        .iter()
                        .any(|c| c.new.attribute == package.attribute)
                    && compiles(package)
                {
                    return false;
                }
                // A pinned tree is there already.
                let derivation = self.graph.get(path);
                let built = derivation.filter(|d| !d.is_fixed() || path == changed.tree());
                let inputs = built.into_iter().flat_map(|derivation| &derivation.inputs);
                todo.extend(inputs.map(|(input, _)| input.as_str()));
            }
            true
        };
        let used = self.used();
        let unknown = self.changed.iter().filter(|changed| {
            let attribute = changed.new.attribute.as_str();
            !self.known.contains_key(attribute) && used.contains(attribute)
        });
        unknown.filter(|c| can_be_had(c)).copied().collect()
    }

    /// Takes back what is known of libraries above a pin that has to move, or may:
    /// they were built against the interface that is in force so far, and will be
    /// built against another.
    pub fn forget_above_moving_pins(&mut self) {
        let roles = self.new.roles();
        let moves = |library: &Library| {
            let known = self.known.get(&library.attribute);
            matches!(known, Some(Known::Moves { .. } | Known::Asks { .. }))
        };
        let is_above = |changed: &&Changed<'s>| {
            let mut seen = BTreeSet::new();
            let mut todo = vec![changed.tree()];
            while let Some(path) = todo.pop() {
                match roles.get(path) {
                    _ if !seen.insert(path) => continue,
                    Some(Role::Tree(below)) if *below != changed.new && moves(below) => {
                        return true;
                    }
                    _ => {}
                }
                let inputs = self.graph.get(path).into_iter().flat_map(|d| &d.inputs);
                todo.extend(inputs.map(|(input, _)| input.as_str()));
            }
            false
        };
        let above: Vec<&str> = self
            .changed
            .iter()
            .filter(|changed| changed.new.hash.is_some() && !changed.has_moved())
            .filter(is_above)
            .map(|changed| changed.new.attribute.as_str())
            .collect();
        for attribute in above {
            self.known.remove(attribute);
        }
    }

    /// The libraries whose interfaces matter: what others of the set are compiled
    /// against, and what is there for others alone. (Every package has an interface,
    /// programs as well.)
    fn used(&self) -> BTreeSet<&'s str> {
        let roles = self.new.roles();
        let packages = self.new.distinct();
        let own: BTreeSet<&str> = packages.iter().map(|p| p.attribute.as_str()).collect();
        let libraries = self.new.libraries.iter().map(|l| l.attribute.as_str());
        let mut used: BTreeSet<&str> = libraries.filter(|name| !own.contains(name)).collect();
        for package in packages {
            let derivation = package.compile.as_ref().unwrap_or(&package.finished);
            for role in uses(self.graph, &roles, derivation) {
                if let Role::Tree(library) = role
                    && library.attribute != package.attribute
                {
                    used.insert(&library.attribute);
                }
            }
        }
        used
    }

    /// What becomes of each package, in the order of the set.
    pub fn futures(&self) -> Vec<Future<'s>> {
        let was = by_attribute(self.old);
        let (mut least, mut most) = (self.passes(Assume::Least), self.passes(Assume::Most));
        let mut without = Passes {
            old: unsplit(self.graph, self.old),
            new: unsplit(self.graph, self.new),
        };
        self.name_replaced(&mut without.new, |package| {
            Some(package.unsplit.as_ref().unwrap_or(&package.finished))
        });
        let futures = self.new.distinct().into_iter().map(|package| {
            let Some(was) = was.get(package.attribute.as_str()).copied() else {
                let built = Fate::Compiled;
                let fate = Bounds {
                    least: built,
                    most: built,
                };
                return Future {
                    package,
                    was: None,
                    fate,
                    without_split: true,
                };
            };
            let fate = Bounds {
                least: fate(&mut least, was, package),
                most: fate(&mut most, was, package),
            };
            let plain =
                |package: &'s Package| package.unsplit.as_deref().unwrap_or(&package.finished);
            Future {
                package,
                was: Some(was),
                fate,
                without_split: fate.least != Fate::Untouched
                    || Passes::differ(&mut without, plain(was), plain(package)),
            }
        });
        futures.collect()
    }
}

impl<'s> Changed<'s> {
    /// What has to be built to know its interface.
    pub fn tree(&self) -> &'s str {
        match (&self.new.hash, self.has_moved()) {
            (Some(_), false) => &self.new.own,
            _ => self
                .new
                .trees
                .first()
                .map_or(&self.new.own, |tree| &tree.drv),
        }
    }
}

fn fate<'s>(passes: &mut Passes<'s>, was: &'s Package, now: &'s Package) -> Fate {
    let compiled = match (&was.compile, &now.compile) {
        (Some(old), Some(new)) => Passes::differ(passes, old, new),
        _ => Passes::differ(passes, &was.finished, &now.finished),
    };
    if compiled {
        Fate::Compiled
    } else if Passes::differ(passes, &was.finished, &now.finished) {
        Fate::Relinked
    } else {
        Fate::Untouched
    }
}

/// As if each package were what it would be without the split.
fn unsplit<'s>(graph: &'s Graph, set: &'s Set) -> Identities<'s> {
    let mut identities = Identities::new(graph);
    for package in &set.packages {
        if let Some(unsplit) = &package.unsplit {
            identities.replace(&package.finished, unsplit);
        }
    }
    identities
}

fn by_attribute(set: &Set) -> HashMap<&str, &Package> {
    let packages = set.packages.iter();
    packages
        .map(|package| (package.attribute.as_str(), package))
        .collect()
}
