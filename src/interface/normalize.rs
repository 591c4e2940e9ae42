//! The canonical form: what is left of an [`Interface`] when everything that
//! changes with the implementation alone is taken out.
//!
//! Each rule is numbered as in `docs/rules.md`, which gives the reason and the
//! measurement behind it; `tests/rules.rs` has a test named after each.

use std::collections::{BTreeMap, BTreeSet};

use bstr::BStr;

use super::{Alignment, Binding, Definition, Interface, Kind, Name, Object, RemarkTag, Symbol};

/// Alignments up to this one are rounded up to it (rule 4).
const CANONICAL_ALIGNMENT: Alignment = Alignment::at_most(64);

const OSABI_SYSV: u8 = 0;
const OSABI_GNU: u8 = 3;

/// Symbols that a linker or its default script defines in every object. Only
/// those without a type count: a library may well have a variable named `end`.
const LINKER_BOUNDARIES: &[&str] = &[
    "_GLOBAL_OFFSET_TABLE_",
    "_PROCEDURE_LINKAGE_TABLE_",
    "__BSS_END__",
    "__DATA_BEGIN__",
    "__GNU_EH_FRAME_HDR",
    "__SDATA_BEGIN__",
    "__bss_end__",
    "__bss_start",
    "__bss_start__",
    "__end__",
    "__exidx_end",
    "__exidx_start",
    "__global_pointer$",
    "_bss_end__",
    "_edata",
    "_end",
    "_etext",
    "_fbss",
    "_fdata",
    "_ftext",
    "_gp",
    "_gp_disp",
    "edata",
    "end",
    "etext",
];

/// The bodies of `.init` and `.fini`, put there by crti.o.
const SECTION_ROUTINES: &[&str] = &["_fini", "_init"];

/// Weak references that the compiler's start-up objects leave in every object.
const COMPILER_HOOKS: &[&str] = &[
    "_ITM_deregisterTMCloneTable",
    "_ITM_registerTMCloneTable",
    "__cxa_finalize",
    "__gmon_start__",
];

/// The canonical form of `interface`. `defined_elsewhere` tells whether
/// anything in the DT_NEEDED closure defines a name (rule 9); it is asked only
/// for undefined symbols without a version.
pub fn normalize<'a>(
    mut interface: Interface<'a>,
    defined_elsewhere: impl Fn(&BStr) -> bool,
) -> Interface<'a> {
    // Rules 9 and 11: what needs no look at other symbols.
    interface
        .symbols
        .retain(|symbol| !is_artefact(symbol) && !is_versioned_or_hook(symbol));
    sort_symbols(&mut interface.symbols);
    drop_supplied(&mut interface.symbols, defined_elsewhere);
    drop_unused_needed(&mut interface);
    interface.requirements.clear();
    finish(interface)
}

/// The same but for rules 9 and 10: all undefined symbols stay, and with them
/// the objects that are to supply them.
pub fn normalize_with_undefined(mut interface: Interface<'_>) -> Interface<'_> {
    interface.symbols.retain(|symbol| !is_artefact(symbol));
    sort_symbols(&mut interface.symbols);
    keep_used_requirements(&mut interface);
    finish(interface)
}

/// The rules that do not ask what other objects define. Symbols are sorted.
fn finish(mut interface: Interface<'_>) -> Interface<'_> {
    interface
        .remarks
        .retain(|remark| !matches!(remark.tag, RemarkTag::Rpath | RemarkTag::Runpath));

    for symbol in &mut interface.symbols {
        // Rule 5.
        if symbol.kind == Kind::IndirectFunction {
            symbol.kind = Kind::Function;
        }
        if matches!(symbol.definition, Definition::Code { .. }) {
            symbol.size = 0;
        }
    }

    sort_versions(&mut interface);
    interface.symbols.dedup();
    number_objects(&mut interface);
    align_objects(&mut interface);

    // Rule 7: linkers set this for IFUNC, which rule 5 takes away, and for
    // unique symbols.
    let target = &mut interface.target;
    if matches!(target.os_abi, OSABI_SYSV | OSABI_GNU) {
        let unique = |symbol: &Symbol| symbol.binding == Binding::Unique;
        target.os_abi = if interface.symbols.iter().any(unique) {
            OSABI_GNU
        } else {
            OSABI_SYSV
        };
    }
    interface
}

/// Rule 11: what the linker, not the author, exports.
fn is_artefact(symbol: &Symbol) -> bool {
    let named = |names: &[&str]| names.iter().any(|name| symbol.name == name.as_bytes());
    match symbol.definition {
        Definition::Undefined { .. } => false,
        // bfd and gold write an absolute symbol for each version definition.
        Definition::Absolute { .. } if symbol.version == Some(symbol.name) => true,
        Definition::Code { .. } if named(SECTION_ROUTINES) => true,
        _ => symbol.kind == Kind::NoType && named(LINKER_BOUNDARIES),
    }
}

/// Rule 9: undefined symbols that some library must supply, or nobody need.
fn is_versioned_or_hook(symbol: &Symbol) -> bool {
    let is_hook = || {
        symbol.binding == Binding::Weak
            && COMPILER_HOOKS
                .iter()
                .any(|name| symbol.name == name.as_bytes())
    };
    match &symbol.definition {
        Definition::Undefined { file } => file.is_some() || is_hook(),
        _ => false,
    }
}

/// Rule 9: undefined symbols that the object itself, or something in the
/// closure, supplies. `symbols` are sorted.
fn drop_supplied(symbols: &mut Vec<Symbol>, defined_elsewhere: impl Fn(&BStr) -> bool) {
    let mut supplied = Vec::with_capacity(symbols.len());
    for namesakes in symbols.chunk_by(|a, b| a.name == b.name) {
        let defined = namesakes.iter().any(Symbol::is_defined);
        supplied.extend(
            namesakes
                .iter()
                .map(|symbol| !symbol.is_defined() && (defined || defined_elsewhere(symbol.name))),
        );
    }
    let mut supplied = supplied.into_iter();
    symbols.retain(|_| !supplied.next().unwrap_or_default());
}

/// Rule 10: linkers look into the needed objects only for symbols that stay
/// undefined. Where they would look for them is never kept.
fn drop_unused_needed(interface: &mut Interface) {
    let wanted = |symbol: &Symbol| !symbol.is_defined() && symbol.binding != Binding::Weak;
    if !interface.symbols.iter().any(wanted) {
        interface.needed.clear();
    }
}

/// What no symbol asks for, such as GLIBC_ABI_DT_RELR, depends on how the object
/// was linked.
fn keep_used_requirements(interface: &mut Interface) {
    let mut used: BTreeMap<Name, BTreeSet<Name>> = BTreeMap::new();
    for symbol in &interface.symbols {
        if let (Definition::Undefined { file: Some(file) }, Some(version)) =
            (&symbol.definition, symbol.version)
        {
            used.entry(file).or_default().insert(version);
        }
    }
    for requirement in &mut interface.requirements {
        let names = used.get(requirement.file);
        requirement
            .versions
            .retain(|version| names.is_some_and(|names| names.contains(version.name)));
        requirement.versions.sort_by_key(|version| version.name);
    }
    interface
        .requirements
        .retain(|requirement| !requirement.versions.is_empty());
    interface
        .requirements
        .sort_by_key(|requirement| requirement.file);
}

/// Rule 1: the base definition first, the others by name.
fn sort_versions(interface: &mut Interface) {
    interface
        .versions
        .sort_by(|a, b| b.base.cmp(&a.base).then_with(|| a.name.cmp(b.name)));
}

/// Rule 8: by name, then version.
fn sort_symbols(symbols: &mut [Symbol]) {
    let mut order: Vec<(Chunk, usize)> = (0..symbols.len()).map(|index| (0, index)).collect();
    // Names of C++ are long, far apart in memory, and start alike: they are
    // compared a chunk at a time, and only those that were equal so far again.
    let mut left = vec![(0..order.len(), 0)];
    while let Some((range, depth)) = left.pop() {
        for (chunk, index) in &mut order[range.clone()] {
            *chunk = chunk_of(symbols[*index].name, depth);
        }
        order[range.clone()].sort_unstable();
        let mut start = range.start;
        for equal in order[range].chunk_by_mut(|(a, _), (b, _)| a == b) {
            let end = start + equal.len();
            match equal {
                [] | [_] => {}
                // A NUL: the names end here, and are the same.
                [(chunk, _), ..] if *chunk & 0xff == 0 => {
                    equal.sort_by(|(_, a), (_, b)| {
                        sort_key(&symbols[*a]).cmp(&sort_key(&symbols[*b]))
                    });
                }
                _ => left.push((start..end, depth + 1)),
            }
            start = end;
        }
    }
    // In place, circle by circle: a second list would cost as much memory.
    for start in 0..order.len() {
        let mut at = start;
        loop {
            let (_, from) = order[at];
            order[at].1 = at;
            if from == start {
                break;
            }
            symbols.swap(at, from);
            at = from;
        }
    }
}

/// Some bytes of a name, compared as one number.
type Chunk = u128;

/// The bytes of `name` from the `depth`th chunk on, NULs after its end.
fn chunk_of(name: &BStr, depth: usize) -> Chunk {
    let mut bytes = [0; size_of::<Chunk>()];
    let rest = name.get(depth * bytes.len()..).unwrap_or_default();
    let length = rest.len().min(bytes.len());
    bytes[..length].copy_from_slice(&rest[..length]);
    Chunk::from_be_bytes(bytes)
}

/// The order of symbols of one name: by version. Beyond that only duplicates
/// differ; they need an order too.
fn sort_key<'s>(symbol: &'s Symbol<'_>) -> impl Ord + 's {
    let Symbol {
        name: _,
        version,
        hidden,
        binding,
        kind,
        other,
        size,
        definition,
    } = symbol;
    let placed = match definition {
        Definition::Undefined { .. } => 0,
        Definition::Code { odd: false } => 1,
        Definition::Code { odd: true } => 2,
        Definition::Data { .. } => 3,
        Definition::Tls { .. } => 4,
        Definition::Absolute { .. } => 5,
    };
    (version, *hidden, placed, *binding, *kind, *other, *size)
}

/// Rule 2: objects in the order of their first symbol, those without one gone;
/// and with the last of RELRO what is said of that.
pub(super) fn number_objects(interface: &mut Interface) {
    let mut numbers = vec![None; interface.objects.len()];
    let mut thread_local = BTreeMap::new();
    let mut objects: Vec<Object> = Vec::with_capacity(interface.objects.len());
    for symbol in &mut interface.symbols {
        match &mut symbol.definition {
            Definition::Data { object } => {
                *object = *numbers[*object].get_or_insert_with(|| {
                    objects.push(interface.objects[*object]);
                    objects.len() - 1
                });
            }
            Definition::Tls { object } => {
                let next = thread_local.len();
                *object = *thread_local.entry(*object).or_insert(next);
            }
            _ => {}
        }
    }
    interface.writable_relro &= objects.iter().any(|object| object.placement.is_relro());
    interface.objects = objects;
}

/// Rule 4: never less than observed, and the same for what is observed by
/// accident of the address.
fn align_objects(interface: &mut Interface) {
    for object in &mut interface.objects {
        object.alignment = object.alignment.max(CANONICAL_ALIGNMENT);
    }
    interface.alignments = Alignment::of_sections(&interface.objects);
}
