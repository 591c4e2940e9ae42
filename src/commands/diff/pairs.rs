//! Which library of one side is which of the other.

use std::collections::BTreeSet;

use super::Side;
use crate::commands::stubs::Library;
use crate::problem::Fault;
use crate::tree;

type Pair<'s> = (Option<&'s Library>, Option<&'s Library>);

/// Libraries that belong together, and those that are on one side only, in the
/// order of the old side's paths.
pub(super) fn pairs<'s>(old: &'s Side, new: &'s Side) -> Result<Vec<Pair<'s>>, Fault> {
    let (was, now) = (sorted(old), sorted(new));
    match (old.is_directory, new.is_directory) {
        (false, false) => Ok(vec![(was.first().copied(), now.first().copied())]),
        (false, true) => counterpart(&was, &now).map(|(one, other)| vec![(Some(one), Some(other))]),
        (true, false) => counterpart(&now, &was).map(|(one, other)| vec![(Some(other), Some(one))]),
        (true, true) => Ok(matched(&was, &now)),
    }
}

fn sorted(side: &Side) -> Vec<&Library> {
    let mut libraries: Vec<&Library> = side.built.converted.libraries.iter().collect();
    libraries.sort_by(|a, b| a.path.cmp(&b.path));
    libraries
}

/// How sure it is that two libraries are the same: the place tells apart those
/// of several machines.
const LIKENESS: [fn(&Library, &Library) -> bool; 4] = [
    |a, b| a.soname.is_some() && a.soname == b.soname && a.path == b.path,
    |a, b| {
        let name = |library: &Library| tree::file_name(&library.path).to_owned();
        a.soname.is_some() && a.soname == b.soname && name(a) == name(b)
    },
    |a, b| a.soname.is_some() && a.soname == b.soname,
    |a, b| a.path == b.path,
];

/// The only library of one side, and what is most like it on the other.
fn counterpart<'s>(
    single: &[&'s Library],
    among: &[&'s Library],
) -> Result<(&'s Library, &'s Library), Fault> {
    let one = single.first().copied();
    let found = one.and_then(|one| {
        let mut likeness = LIKENESS.iter();
        let other = likeness.find_map(|alike| among.iter().find(|other| alike(one, other)))?;
        Some((one, *other))
    });
    found.ok_or_else(|| {
        let soname = one.and_then(|one| one.soname.clone());
        let what = match soname {
            Some(soname) => format!("nothing in it has the SONAME {soname}"),
            None => "nothing in it has the same name, and the library has no SONAME".to_owned(),
        };
        Fault::NoLibrary { what }
    })
}

fn matched<'s>(was: &[&'s Library], now: &[&'s Library]) -> Vec<Pair<'s>> {
    let mut counterparts: Vec<Option<usize>> = vec![None; was.len()];
    let mut taken: BTreeSet<usize> = BTreeSet::new();
    for alike in LIKENESS {
        for (index, old) in was.iter().enumerate() {
            if counterparts[index].is_some() {
                continue;
            }
            let found = (0..now.len()).find(|at| !taken.contains(at) && alike(old, now[*at]));
            if let Some(found) = found {
                counterparts[index] = Some(found);
                taken.insert(found);
            }
        }
    }
    let old = was.iter().zip(counterparts);
    let mut pairs: Vec<Pair> = old
        .map(|(old, new)| (Some(*old), new.map(|new| now[new])))
        .collect();
    let added = (0..now.len()).filter(|index| !taken.contains(index));
    pairs.extend(added.map(|index| (None, Some(now[index]))));
    pairs
}
