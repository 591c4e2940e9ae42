//! Which of the libraries of a program the loader is to look into first.

use super::closure::Closure;
use super::subjects::Subject;
use crate::commands::loader::Process;
use crate::elf::{self, Bonds};
use crate::relink::startup::names::{Name, Names, within};
use crate::relink::startup::order::{Object, order};

/// Below this many objects fewer to look into, at some 7 ns each, the second list
/// may cost as much as the new order saves: 44,000 gain curl 4 %.
const WORTHWHILE: u64 = 25_000;

/// An order of the libraries of a program, as indices into its closure.
pub struct Sorted {
    pub libraries: Vec<usize>,
    /// How many of them are the C library's, and what has to come before those.
    pub front: usize,
}

/// The libraries of a program in a better order than the loader's own. `None` if
/// what is known of them doesn't suffice.
pub fn sorted(program: &Subject, closure: &Closure, process: &Process) -> Option<Sorted> {
    let libraries = closure.libraries.iter();
    let files = [program.bytes].into_iter();
    let files = files.chain(libraries.map(|library| library.object.bytes()));
    let bonds = files.map(|bytes| elf::bonds(bytes).ok());
    let bonds: Vec<Bonds> = bonds.collect::<Option<_>>()?;
    if bonds.iter().any(|bonds| bonds.is_filter) {
        return None;
    }
    let beside = process.interpreter?.path.parent();
    let libraries = (1..).zip(&closure.libraries);
    let front = libraries.filter(|(_, library)| {
        library.path.is_some()
            && library.object.path.parent() == beside
            && program.needed.names.contains(&library.name)
    });
    let front: Vec<usize> = front.map(|(index, _)| index).collect();
    let order = order(&objects(&bonds), &front, WORTHWHILE);
    let libraries = order.objects.into_iter().skip(1).map(|index| index - 1);
    let libraries: Vec<usize> = libraries.collect();
    let mut in_front = libraries[..order.front].iter();
    let have_paths = in_front.all(|&index| closure.libraries[index].path.is_some());
    Some(Sorted {
        libraries,
        front: if have_paths { order.front } else { 0 },
    })
}

fn objects(bonds: &[Bonds]) -> Vec<Object<Name>> {
    let named = |names: &[&bstr::BStr]| names.iter().map(|name| Name::new(name)).collect();
    let mut objects: Vec<Object<Name>> = bonds
        .iter()
        .map(|bonds| Object {
            defined: named(&bonds.defined),
            wanted: named(&bonds.wanted),
            followed: Vec::new(),
        })
        .collect();
    let defined = objects.iter().flat_map(|object| &object.defined);
    let known: Names = defined.copied().collect();
    for (object, bonds) in objects.iter_mut().zip(bonds) {
        let found = bonds.texts.iter().map(|text| within(text, &known));
        object.followed = found.flatten().collect();
        // The last one of those is initialized first (glibc, elf/dl-load.c,
        // `DF_1_INITFIRST`): they keep their order, as if they defined a name.
        if bonds.is_initialized_first {
            object.defined.push(Name::new(b""));
        }
    }
    objects
}
