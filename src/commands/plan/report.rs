//! A plan as data: what `--json` prints, and what text and page are made from.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::seconds::seconds;
use crate::commands::diff;
use crate::interface::diff::Verdict;
use crate::lock::Key;
use crate::plan::causes::{Cause, Causes};
use crate::plan::changed::Changed;
use crate::plan::fates::{Assume, Bounds, Fate, Known, Plan};
use crate::plan::set::{self, Role};

#[derive(Debug, Serialize)]
pub struct Report {
    pub old: String,
    pub new: String,
    pub totals: Totals,
    /// Those that have changed by themselves.
    pub libraries: Vec<Library>,
    /// All of the new set, in its order.
    pub packages: Vec<Package>,
    /// Attributes that the new set hasn't any more.
    pub gone: Vec<String>,
    /// Attributes that can't be evaluated on one of the sides.
    pub unknown: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct Totals {
    pub packages: usize,
    pub compiled: Count,
    /// And nothing else.
    pub relinked: Count,
    pub untouched: Count,
    /// What Nix would build if nothing were split, as far as the set tells: tools
    /// that are updated along would add to it.
    pub without_split: usize,
    /// What compiling took the last time, as far as this machine has logs of it.
    pub seconds: Option<Seconds>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Seconds {
    pub least: f64,
    pub most: f64,
    /// Of how many builds.
    pub known: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Count {
    pub least: usize,
    pub most: usize,
}

#[derive(Debug, Serialize)]
pub struct Library {
    pub attribute: String,
    pub key: Key,
    /// Nothing if it wasn't built.
    pub verdict: Option<Verdict>,
    /// Of the symbols alone.
    pub interface: Option<Verdict>,
    /// Of headers and the like.
    pub headers: Option<Verdict>,
    pub pin: PinFate,
    /// What has changed, if anything.
    pub difference: Option<diff::Report>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PinFate {
    /// It has none: dependents are keyed by what is in its tree.
    Floats,
    Stays,
    /// The new lock file says another.
    Moved,
    /// The tree in force is no longer true: update-stub-hashes will say another.
    Moves,
    /// Somebody has to say whether headers may differ.
    Asks,
    Unknown,
}

#[derive(Debug, Serialize)]
pub struct Package {
    pub attribute: String,
    pub name: String,
    pub split: bool,
    #[serde(flatten)]
    pub fate: Bounds,
    pub because: Vec<Because>,
    /// The changed libraries and other beginnings that all of it comes from.
    pub from: Vec<String>,
    pub without_split: bool,
    /// How long compiling it took the last time, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// Attributes of the packages and libraries that it is built with.
    pub uses: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct Because {
    #[serde(flatten)]
    pub cause: Cause,
    /// Of an interface that has changed: the symbols and headers that decide.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<String>,
}

impl Report {
    pub(super) fn new(
        plan: &Plan,
        mut seen: BTreeMap<String, Option<diff::Report>>,
        old: String,
        new: String,
    ) -> Report {
        let libraries = plan.changed.iter();
        let libraries: Vec<Library> = libraries
            .map(|changed| library(changed, plan, &mut seen))
            .collect();
        let packages = packages(plan, &libraries);
        let is_there: BTreeSet<&str> = plan
            .new
            .packages
            .iter()
            .map(|p| p.attribute.as_str())
            .collect();
        let unknown = plan.new.unknown.iter().chain(&plan.old.unknown).cloned();
        let unknown: BTreeSet<String> = unknown.collect();
        let gone = plan
            .old
            .distinct()
            .into_iter()
            .map(|package| package.attribute.clone());
        let gone = gone.filter(|attribute| {
            !is_there.contains(attribute.as_str()) && !unknown.contains(attribute)
        });
        Report {
            old,
            new,
            totals: Totals::of(&packages),
            libraries,
            gone: gone.collect(),
            packages,
            unknown: unknown.into_iter().collect(),
        }
    }

    pub fn library(&self, attribute: &str) -> Option<&Library> {
        self.libraries
            .iter()
            .find(|library| library.attribute == attribute)
    }
}

fn library(
    changed: &Changed,
    plan: &Plan,
    seen: &mut BTreeMap<String, Option<diff::Report>>,
) -> Library {
    let attribute = &changed.new.attribute;
    let seen = seen.remove(attribute);
    let is_known = seen.is_some();
    let difference = seen.flatten();
    let of = |worst: fn(&diff::Report) -> Verdict| match &difference {
        Some(report) => Some(worst(report)),
        None => is_known.then_some(Verdict::Identical),
    };
    Library {
        attribute: attribute.clone(),
        key: changed.new.key.clone(),
        verdict: of(|report| report.verdict),
        interface: of(|report| report.library_verdict),
        headers: of(|report| {
            let files = report.files.iter().map(|file| file.verdict);
            files.max().unwrap_or_default()
        }),
        pin: match plan.known.get(attribute) {
            _ if changed.new.hash.is_none() => PinFate::Floats,
            _ if changed.has_moved() => PinFate::Moved,
            Some(Known::Floats { .. }) => PinFate::Floats,
            Some(Known::Stands) => PinFate::Stays,
            Some(Known::Moves { .. }) => PinFate::Moves,
            Some(Known::Asks { .. }) => PinFate::Asks,
            None => PinFate::Unknown,
        },
        difference,
    }
}

fn packages(plan: &Plan, libraries: &[Library]) -> Vec<Package> {
    let roles = plan.new.roles();
    let mut causes = Causes::new(plan, plan.passes(Assume::Most));
    let mut packages: Vec<Package> = plan
        .futures()
        .iter()
        .map(|future| {
            let package = future.package;
            let derivation = package.compile.as_ref().unwrap_or(&package.finished);
            let used = set::uses(plan.graph, &roles, derivation).into_iter();
            let used: BTreeSet<&str> = used
                .map(|role| match role {
                    Role::Tree(library) => library.attribute.as_str(),
                    Role::Compile(package) | Role::Finished(package) => &package.attribute,
                })
                .filter(|attribute| *attribute != package.attribute)
                .collect();
            Package {
                attribute: package.attribute.clone(),
                name: package.name.clone(),
                split: package.compile.is_some(),
                fate: future.fate,
                because: because(causes.of(future), libraries),
                from: Vec::new(),
                without_split: future.without_split,
                seconds: future.was.and_then(|was| {
                    let compiles = future.fate.most == Fate::Compiled;
                    let build = was.compile.as_ref().unwrap_or(&was.finished);
                    seconds(build).filter(|_| compiles)
                }),
                uses: used.into_iter().map(str::to_owned).collect(),
            }
        })
        .collect();
    let from = beginnings(&packages);
    for (package, from) in packages.iter_mut().zip(from) {
        package.from = from.into_iter().collect();
    }
    packages
}

fn because(causes: Vec<Cause>, libraries: &[Library]) -> Vec<Because> {
    let causes = causes.into_iter();
    let with_changes = causes.map(|cause| {
        let mut all = libraries.iter();
        let library = match &cause {
            Cause::Interface { library } => all.find(|l| l.attribute == *library),
            _ => None,
        };
        Because {
            changes: library.map_or(Vec::new(), Library::deciding),
            cause,
        }
    });
    with_changes.collect()
}

impl Library {
    /// The symbols, headers and so on because of which dependents compile again.
    pub fn deciding(&self) -> Vec<String> {
        let Some(report) = &self.difference else {
            return Vec::new();
        };
        // Without a pin every change is one too many.
        let counts = |verdict: Verdict| match self.pin {
            PinFate::Floats | PinFate::Moved => verdict == report.verdict,
            _ => verdict == Verdict::Incompatible,
        };
        let mut deciding = Vec::new();
        for library in &report.libraries {
            if library.new.is_none() {
                let name = library.soname.as_ref().or(library.old.as_ref());
                deciding.push(format!(
                    "{}: removed",
                    name.map_or("library", String::as_str)
                ));
            }
            let changes = library
                .changes
                .iter()
                .filter(|change| counts(change.verdict));
            deciding.extend(changes.map(|change| {
                let name = change.demangled.as_ref().unwrap_or(&change.subject);
                let what = change.why.split(':').next().unwrap_or_default();
                format!("{name}: {what}")
            }));
        }
        let files = report.files.iter().filter(|file| counts(file.verdict));
        deciding.extend(files.map(|file| format!("{}: {}", file.path, file.kind.word())));
        deciding
    }
}

/// What a cause that is no package of the set is the beginning of: the package, if
/// that is compiled; what is only relinked gets something else from without, such
/// as a C library.
fn beginning(package: &Package, cause: &Cause) -> Option<String> {
    match cause {
        Cause::Input { name } if package.fate.most == Fate::Relinked => Some(name.clone()),
        _ if package.fate.most == Fate::Relinked => None,
        _ => Some(package.attribute.clone()),
    }
}

/// For each package where its causes begin: packages that are built for a reason
/// of their own.
fn beginnings(packages: &[Package]) -> Vec<BTreeSet<String>> {
    let index: BTreeMap<&str, usize> = packages
        .iter()
        .enumerate()
        .map(|(number, package)| (package.attribute.as_str(), number))
        .collect();
    packages
        .iter()
        .enumerate()
        .map(|(first, _)| {
            let mut from = BTreeSet::new();
            let mut seen = BTreeSet::from([first]);
            let mut todo = vec![first];
            while let Some(number) = todo.pop() {
                for Because { cause, .. } in &packages[number].because {
                    match cause.attribute().map(|attribute| index.get(attribute)) {
                        Some(Some(next)) if seen.insert(*next) => todo.push(*next),
                        Some(Some(_)) => {}
                        Some(None) => from.extend(cause.attribute().map(str::to_owned)),
                        None => from.extend(beginning(&packages[number], cause)),
                    }
                }
            }
            from
        })
        .collect()
}

impl Seconds {
    fn of(packages: &[Package]) -> Option<Seconds> {
        let known: Vec<(Fate, f64)> = packages
            .iter()
            .filter_map(|package| Some((package.fate.least, package.seconds?)))
            .collect();
        let certain = known.iter().filter(|(least, _)| *least == Fate::Compiled);
        (!known.is_empty()).then(|| Seconds {
            least: certain.map(|(_, seconds)| seconds).sum(),
            most: known.iter().map(|(_, seconds)| seconds).sum(),
            known: known.len(),
        })
    }
}

impl Totals {
    fn of(packages: &[Package]) -> Totals {
        let count = |fate: Fate| {
            let is = |bounds: &Bounds, all: bool| match all {
                true => bounds.least == fate && bounds.most == fate,
                false => bounds.least <= fate && fate <= bounds.most,
            };
            let number = |all| packages.iter().filter(|p| is(&p.fate, all)).count();
            Count {
                least: number(true),
                most: number(false),
            }
        };
        Totals {
            packages: packages.len(),
            compiled: count(Fate::Compiled),
            relinked: count(Fate::Relinked),
            untouched: count(Fate::Untouched),
            without_split: packages.iter().filter(|p| p.without_split).count(),
            seconds: Seconds::of(packages),
        }
    }
}
