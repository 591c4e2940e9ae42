//! A package set that nobody has evaluated, of any size, and what becomes of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use sha2::{Digest, Sha256};

use super::Graph;
use super::causes::{Cause, Causes};
use super::changed::changed;
use super::fates::{Assume, Bounds, Fate, Future, Known, Plan};
use super::identity::word;
use super::set::{Library, Package, Set, Tree};
use crate::lock::Key;
use crate::store::derivation::{Derivation, Output};
use crate::store::to_base32;

/// What a package is made from: the numbers of those before it.
type Uses = Vec<Vec<usize>>;

/// How one side differs from the other.
#[derive(Default)]
struct Side {
    /// Packages whose source is another.
    patched: BTreeSet<usize>,
    /// Pins by number; the others float.
    pins: BTreeMap<usize, &'static str>,
}

fn path(name: &str, text: &str) -> String {
    let digits = to_base32(&Sha256::digest(text.as_bytes()));
    format!("/nix/store/{}-{name}", &digits[..32])
}

struct Made {
    drv: String,
    output: Output,
}

/// A derivation from these inputs; as Nix does, its path is known beforehand if
/// theirs are.
fn derivation(graph: &mut Graph, name: &str, text: &str, inputs: &[&Made], kind: &str) -> Made {
    let spelled = |made: &&Made| match made.output.path.as_str() {
        "" => format!("/{}", word(&made.drv, &made.output)),
        path => path.to_owned(),
    };
    let words: Vec<String> = inputs.iter().map(spelled).collect();
    let is_known = inputs.iter().all(|made| !made.output.path.is_empty());
    let out = match kind {
        "floating" => String::new(),
        "" if !is_known => String::new(),
        "" => path(name, &format!("{text} {}", words.join(" "))),
        pin => path(name, pin),
    };
    let output = Output {
        name: "out".into(),
        path: out.clone(),
        method: if kind.is_empty() { "" } else { "r:sha256" }.into(),
        hash: if kind.is_empty() || kind == "floating" {
            ""
        } else {
            kind
        }
        .into(),
    };
    let derivation = Derivation {
        outputs: vec![output.clone()],
        inputs: inputs
            .iter()
            .map(|made| (made.drv.clone(), vec!["out".into()]))
            .collect(),
        environment: vec![
            ("text".into(), text.into()),
            ("inputs".into(), words.join(" ")),
            ("out".into(), out),
        ],
        ..Derivation::default()
    };
    let drv = path(&format!("{name}.drv"), &format!("{derivation:?}"));
    graph.insert(drv.clone(), derivation);
    Made { drv, output }
}

fn set(graph: &mut Graph, uses: &Uses, side: &Side) -> Set {
    let mut set = Set::default();
    let (mut trees, mut finished): (Vec<Made>, Vec<Made>) = (Vec::new(), Vec::new());
    for (number, uses) in uses.iter().enumerate() {
        let name = format!("p{number}");
        let version = if side.patched.contains(&number) {
            "2"
        } else {
            "1"
        };
        let source = derivation(graph, "source", &name, &[], &format!("{name} {version}"));
        let with = |more: &[Made]| -> Vec<usize> {
            uses.iter().copied().filter(|n| *n < more.len()).collect()
        };
        let seen: Vec<&Made> = with(&trees).into_iter().map(|n| &trees[n]).collect();
        let real: Vec<&Made> = with(&finished).into_iter().map(|n| &finished[n]).collect();
        let compile = derivation(
            graph,
            &name,
            "compile",
            &[&[&source], seen.as_slice()].concat(),
            "",
        );
        let relink = derivation(
            graph,
            &name,
            "relink",
            &[&[&compile], seen.as_slice(), real.as_slice()].concat(),
            "",
        );
        let unsplit = derivation(
            graph,
            &name,
            "plain",
            &[&[&source], real.as_slice()].concat(),
            "",
        );
        let own = derivation(graph, "own", "own", &[&compile], "");
        let pin = side.pins.get(&number).copied();
        let tree = derivation(
            graph,
            &format!("{name}-interface"),
            "tree",
            &[&compile],
            pin.unwrap_or("floating"),
        );
        set.libraries.push(Library {
            attribute: name.clone(),
            key: Key {
                system: "s".into(),
                library: name.clone(),
                variant: "default".into(),
            },
            exact: false,
            hash: pin.map(str::to_owned),
            accepted: BTreeMap::new(),
            own: own.drv,
            trees: vec![Tree {
                output: "out".into(),
                drv: tree.drv.clone(),
            }],
        });
        set.packages.push(Package {
            attribute: name.clone(),
            name,
            finished: relink.drv.clone(),
            compile: Some(compile.drv),
            unsplit: Some(unsplit.drv),
        });
        trees.push(tree);
        finished.push(relink);
    }
    set
}

/// 0 is a library; 1 and 2 use it; 3 uses 1; 4 uses nothing, 5 uses 4 and 3.
fn small() -> Uses {
    vec![vec![], vec![0], vec![0], vec![1], vec![], vec![4, 3]]
}

/// Each with its least and most: u, r, c.
fn letters(futures: &[Future]) -> String {
    let letter = |fate: Fate| match fate {
        Fate::Untouched => "u",
        Fate::Relinked => "r",
        Fate::Compiled => "c",
    };
    let each = futures.iter().map(|future| {
        let Bounds { least, most } = future.fate;
        match least == most {
            true => letter(least).to_owned(),
            false => format!("{}-{}", letter(least), letter(most)),
        }
    });
    each.collect::<Vec<_>>().join(" ")
}

fn plan_of<'s>(graph: &'s Graph, old: &'s Set, new: &'s Set, known: &[(&str, Known)]) -> Plan<'s> {
    let known = known.iter();
    let replaced = BTreeSet::new();
    Plan {
        graph,
        old,
        new,
        changed: changed(graph, old, new, &replaced),
        known: known
            .map(|(name, known)| ((*name).to_owned(), known.clone()))
            .collect(),
        replaced,
    }
}

fn floats(old: &str, new: &str) -> Known {
    Known::Floats {
        old: old.into(),
        new: new.into(),
    }
}

fn patch(numbers: &[usize]) -> Side {
    Side {
        patched: numbers.iter().copied().collect(),
        ..Side::default()
    }
}

fn pinned(numbers: &[usize], pins: &[(usize, &'static str)]) -> Side {
    Side {
        pins: pins.iter().copied().collect(),
        ..patch(numbers)
    }
}

fn attributes<'s>(changed: &[super::changed::Changed<'s>]) -> Vec<&'s str> {
    changed.iter().map(|c| c.new.attribute.as_str()).collect()
}

#[test]
fn trees_that_float_decide_by_what_they_hold() {
    let mut graph = Graph::new();
    let old = set(&mut graph, &small(), &Side::default());
    let new = set(&mut graph, &small(), &patch(&[0]));
    let plan = |known: &[(&str, Known)]| plan_of(&graph, &old, &new, known);
    assert_eq!(attributes(&plan(&[]).changed), ["p0"]);
    assert_eq!(attributes(&plan(&[]).to_be_built()), ["p0"]);
    // Nothing built: bounds alone.
    assert_eq!(letters(&plan(&[]).futures()), "c r-c r-c r-c u r-c");
    let same = plan(&[("p0", floats("a", "a"))]);
    assert_eq!(letters(&same.futures()), "c r r r u r");
    // Above those that compile again nobody knows.
    let other = plan(&[("p0", floats("a", "b"))]);
    assert_eq!(letters(&other.futures()), "c c c r-c u r-c");
    let without = other.futures().iter().filter(|f| f.without_split).count();
    assert_eq!(without, 5);
    // The same set: nothing at all.
    let nothing = plan_of(&graph, &old, &old, &[]);
    assert_eq!(letters(&nothing.futures()), "u u u u u u");
    assert!(nothing.changed.is_empty());
}

#[test]
fn pins_decide_until_they_move() {
    const PINS: [(usize, &str); 6] = [(0, "a"), (1, "b"), (2, "c"), (3, "d"), (4, "e"), (5, "f")];
    let mut graph = Graph::new();
    let old = set(&mut graph, &small(), &pinned(&[], &PINS));
    let new = set(&mut graph, &small(), &pinned(&[0], &PINS));
    let plan = |known: &[(&str, Known)]| plan_of(&graph, &old, &new, known);
    assert_eq!(attributes(&plan(&[]).changed), ["p0"]);
    assert_eq!(letters(&plan(&[]).futures()), "c r-c r-c r-c u r-c");
    let stands = plan(&[("p0", Known::Stands)]);
    assert_eq!(letters(&stands.futures()), "c r r r u r");
    let new_hash = || "z".to_owned();
    let moves = plan(&[("p0", Known::Moves { new: new_hash() })]);
    assert_eq!(letters(&moves.futures()), "c c c r-c u r-c");
    let asks = plan(&[("p0", Known::Asks { new: new_hash() })]);
    assert_eq!(letters(&asks.futures()), "c r-c r-c r-c u r-c");

    // 1 was built against an interface that won't be in force any more.
    let both = set(&mut graph, &small(), &pinned(&[0, 1], &PINS));
    let known = [
        ("p0", Known::Moves { new: new_hash() }),
        ("p1", Known::Stands),
    ];
    let mut above = plan_of(&graph, &old, &both, &known);
    assert_eq!(letters(&above.futures()), "c c c r u r");
    above.forget_above_moving_pins();
    assert_eq!(letters(&above.futures()), "c c c r-c u r-c");

    // Another lock file: what it says is certain.
    let mut moved = PINS;
    moved[0].1 = "z";
    let new = set(&mut graph.clone(), &small(), &pinned(&[], &moved));
    let mut graph = graph.clone();
    let again = set(&mut graph, &small(), &pinned(&[], &moved));
    assert_eq!(new.libraries[1].own, again.libraries[1].own);
    let locks = plan_of(&graph, &old, &again, &[]);
    assert_eq!(attributes(&locks.changed), ["p0"]);
    assert!(locks.changed[0].has_moved() && !locks.changed[0].is_built_anew);
    assert_eq!(letters(&locks.futures()), "u c c r u r");
}

#[test]
fn only_changed_libraries_are_built() {
    let mut graph = Graph::new();
    let old = set(&mut graph, &small(), &Side::default());
    // 3 is above 1, which has to be compiled if the interface of 0 has changed.
    let new = set(&mut graph, &small(), &patch(&[0, 3]));
    let plan = |known: &[(&str, Known)]| plan_of(&graph, &old, &new, known);
    assert_eq!(attributes(&plan(&[]).changed), ["p0", "p3"]);
    assert_eq!(attributes(&plan(&[]).to_be_built()), ["p0"]);
    let same = plan(&[("p0", floats("a", "a"))]);
    assert_eq!(attributes(&same.to_be_built()), ["p3"]);
    let other = plan(&[("p0", floats("a", "b"))]);
    assert!(other.to_be_built().is_empty());
}

#[test]
fn causes_are_what_has_changed_below() {
    let mut graph = Graph::new();
    let old = set(&mut graph, &small(), &Side::default());
    let new = set(&mut graph, &small(), &patch(&[0]));
    let plan = plan_of(&graph, &old, &new, &[("p0", floats("a", "b"))]);
    let mut causes = Causes::new(&plan, plan.passes(Assume::Most));
    let futures = plan.futures();
    let causes: Vec<Vec<Cause>> = futures.iter().map(|future| causes.of(future)).collect();
    let interface = |library: &str| {
        vec![Cause::Interface {
            library: library.into(),
        }]
    };
    let source = Cause::Input {
        name: "source".into(),
    };
    assert_eq!(causes[0], [source]);
    assert_eq!(causes[1], interface("p0"));
    assert_eq!(causes[3], interface("p1"));
    assert!(causes[4].is_empty());
    // Relinked, for the libraries themselves.
    let same = plan_of(&graph, &old, &new, &[("p0", floats("a", "a"))]);
    let mut causes = Causes::new(&same, same.passes(Assume::Most));
    let package = Cause::Package {
        package: "p3".into(),
    };
    assert_eq!(causes.of(&same.futures()[5]), [package]);
}

#[test]
fn what_is_replaced_takes_nothing_else_along() {
    let mut graph = Graph::new();
    let old = set(&mut graph, &small(), &Side::default());
    let replaced = BTreeSet::from(["p0".to_owned()]);
    let plan = Plan {
        graph: &graph,
        old: &old,
        new: &old,
        changed: changed(&graph, &old, &old, &replaced),
        known: BTreeMap::from([("p0".to_owned(), floats("a", "a"))]),
        replaced,
    };
    assert_eq!(letters(&plan.futures()), "c r r r u r");
    assert_eq!(plan.futures().iter().filter(|f| f.without_split).count(), 5);
}

/// Some thousand edges, in which libraries of every depth change.
#[test]
fn a_thousand_packages_take_no_time() {
    let mut state = 7u64;
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(state >> 33).unwrap() % below
    };
    let uses: Uses = (0..1000)
        .map(|number| {
            let count = if number == 0 { 0 } else { random(6) };
            let uses: BTreeSet<usize> = (0..count).map(|_| random(number)).collect();
            uses.into_iter().collect()
        })
        .collect();
    let mut graph = Graph::new();
    let old = set(&mut graph, &uses, &Side::default());
    let new = set(&mut graph, &uses, &patch(&[0, 10, 500]));
    let start = Instant::now();
    let mut plan = plan_of(&graph, &old, &new, &[]);
    assert_eq!(attributes(&plan.changed), ["p0", "p10", "p500"]);
    plan.known.insert("p0".into(), floats("a", "b"));
    plan.known.insert("p10".into(), floats("a", "a"));
    let futures = plan.futures();
    let mut causes = Causes::new(&plan, plan.passes(Assume::Most));
    let all: usize = futures.iter().map(|future| causes.of(future).len()).sum();
    println!("1000 packages, {all} causes: {:?}", start.elapsed());

    // Who uses 0 compiles; nobody compiles who uses none that might have changed.
    for (number, future) in futures.iter().enumerate() {
        let Bounds { least, most } = future.fate;
        if uses[number].contains(&0) || [0, 10, 500].contains(&number) {
            assert_eq!(least, Fate::Compiled, "p{number}");
        }
        let unknown = |other: &usize| *other != 10 && futures[*other].fate.most == Fate::Compiled;
        if ![0, 10, 500].contains(&number) {
            let may = uses[number].iter().any(unknown);
            assert_eq!(most == Fate::Compiled, may, "p{number}");
        }
        assert!(least <= most);
    }
}
