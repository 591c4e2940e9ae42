//! What a shared object defines, by name and version, found as the loader finds
//! it.

use bstr::BStr;
use goblin::elf::Sym;
use goblin::elf::dynamic::{DT_GNU_HASH, DT_VERSYM};
use goblin::elf::program_header::PT_LOAD;
use goblin::elf::section_header::{SHN_ABS, SHN_UNDEF};
use goblin::elf::sym::{
    STB_GLOBAL, STB_WEAK, STT_COMMON, STT_FUNC, STT_GNU_IFUNC, STT_NOTYPE, STT_OBJECT, STT_TLS,
};
use scroll::Endian;

use super::imports::{Import, ImportKind};
use crate::elf::tables::versions::{self, VER_FLG_BASE, VERSYM_HIDDEN};
use crate::elf::tables::{
    Dynamic, GnuHash, Image, SymbolTable, hash, is_confined, malformed, record,
};
use crate::elf::{ALIGNMENT_WITHOUT_SECTIONS, STB_GNU_UNIQUE};
use crate::problem::Fault;

/// The definitions of one shared object.
pub struct Definitions<'a> {
    bytes: &'a [u8],
    endian: Endian,
    table: Table<'a>,
    /// `.gnu.version`, and whatever follows.
    versions: Option<&'a [u8]>,
    /// DT_VERDEF, if there is one.
    nodes: Option<Vec<versions::Definition<'a>>>,
    /// Without the base version, by index, as the loader sees them.
    by_index: Vec<Option<&'a BStr>>,
}

/// How many definitions of one name are looked at. glibc has three versions of some: a
/// library of nothing but one name would take whoever looks for it often forever.
const MOST_OF_A_NAME: usize = 1 << 10;

enum Table<'a> {
    Gnu(GnuHash<'a>),
    /// Of objects without DT_GNU_HASH, which are few: old ones, MIPS, stubs.
    Sorted(Vec<(&'a BStr, u32, Sym)>),
}

/// One definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Defined {
    pub kind: ImportKind,
    pub size: u64,
    address: u64,
    section: usize,
}

/// What to look for. The hash is computed once for all objects that are asked.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'w> {
    name: &'w BStr,
    version: Option<&'w BStr>,
    hash: u32,
}

impl<'w> Wanted<'w> {
    pub fn new(import: &Import<'w>) -> Wanted<'w> {
        Wanted {
            name: import.name,
            version: import.version,
            hash: hash::gnu(import.name),
        }
    }

    /// Whatever the version.
    pub fn named(name: &'w BStr) -> Wanted<'w> {
        Wanted {
            name,
            version: None,
            hash: hash::gnu(name),
        }
    }
}

impl<'a> Definitions<'a> {
    /// Those of the shared object with these bytes.
    ///
    /// Faults: `Truncated`, `Malformed`, `Contradictory`.
    pub fn new(bytes: &'a [u8]) -> Result<Definitions<'a>, Fault> {
        let image = Image::new(bytes)?;
        let Some(dynamic) = Dynamic::new(&image)? else {
            return Err(malformed("no dynamic section"));
        };
        let nodes = nodes(&image, &dynamic)?;
        let mut by_index: Vec<Option<&BStr>> = Vec::new();
        for node in nodes.iter().flatten() {
            // The base definition names the object: nothing is bound to it
            // (glibc, elf/dl-version.c).
            if node.flags & VER_FLG_BASE != 0 {
                continue;
            }
            let index = usize::from(node.index);
            if by_index.len() <= index {
                by_index.resize(index + 1, None);
            }
            by_index[index] = Some(node.names[0]);
        }
        Ok(Definitions {
            bytes,
            endian: image.ctx.le,
            table: match dynamic.value(DT_GNU_HASH) {
                Some(table) => Table::Gnu(GnuHash::new(&image, &dynamic, table)?),
                None => Table::Sorted(sorted(&image, &dynamic)?),
            },
            versions: match dynamic.value(DT_VERSYM) {
                Some(address) => Some(image.rest_from_address(address, "symbol versions")?),
                None => None,
            },
            nodes,
            by_index,
        })
    }

    /// Whether the loader lets those start who ask for this version: it never
    /// stops them if the object defines none (glibc, elf/dl-version.c,
    /// `match_symbol`).
    pub fn has_version(&self, name: &BStr) -> bool {
        self.nodes
            .as_ref()
            .is_none_or(|nodes| nodes.iter().any(|node| node.names[0] == name))
    }

    /// The definition that `wanted` is bound to (glibc, elf/dl-lookup.c,
    /// `check_match` and `do_lookup_x`). `by_name` is whether the version was
    /// asked of this object in particular.
    pub fn find(&self, wanted: &Wanted, by_name: bool) -> Option<Defined> {
        let mut found = None;
        let mut versioned = None;
        let mut others = 0;
        let mut of_this_name = 0;
        let mut accept = |index: u32, sym: &Sym| {
            of_this_name += 1;
            if of_this_name > MOST_OF_A_NAME {
                return true;
            }
            if !is_definition(sym) {
                return false;
            }
            let defined = Defined {
                kind: ImportKind::of(sym),
                size: sym.st_size,
                address: sym.st_value,
                section: sym.st_shndx,
            };
            match self.fit(index, wanted.version, by_name) {
                Fit::Yes => {
                    found = Some(defined);
                    true
                }
                Fit::IfOnly => {
                    others += 1;
                    versioned = Some(defined);
                    false
                }
                Fit::No => false,
            }
        };
        match &self.table {
            Table::Gnu(table) => {
                table.find(wanted.name, wanted.hash, accept);
            }
            Table::Sorted(symbols) => {
                let from = symbols.partition_point(|(name, ..)| *name < wanted.name);
                let same = symbols[from..].iter();
                let mut same = same.take_while(|(name, ..)| *name == wanted.name);
                same.any(|(_, index, sym)| accept(*index, sym));
            }
        }
        found.or(versioned.filter(|_| others == 1))
    }

    fn fit(&self, index: u32, wanted: Option<&BStr>, by_name: bool) -> Fit {
        let versym = self.versions.map(|versions| {
            record::<u16, _>(versions, u64::from(index) * 2, self.endian, "version").unwrap_or(0)
        });
        match (wanted, versym) {
            (None, None) => Fit::Yes,
            // The loader aborts: the library that was asked for this version
            // has lost all of them.
            (Some(_), None) if by_name => Fit::No,
            (Some(_), None) => Fit::Yes,
            (Some(wanted), Some(versym)) => {
                let version = usize::from(versym & !VERSYM_HIDDEN);
                match self.by_index.get(version).copied().flatten() {
                    Some(version) if version == wanted => Fit::Yes,
                    // Without a version: good for all, unless hidden.
                    None if versym & VERSYM_HIDDEN == 0 => Fit::Yes,
                    _ => Fit::No,
                }
            }
            // Index 2 is the oldest version: what is linked without versions
            // may have been when there was no other.
            (None, Some(versym)) if versym & !VERSYM_HIDDEN < 3 => Fit::Yes,
            (None, Some(versym)) if versym & VERSYM_HIDDEN == 0 => Fit::IfOnly,
            (None, Some(_)) => Fit::No,
        }
    }

    /// What copies of the data must be aligned to, as linkers see it: the
    /// alignment of its section, unless its address shows that it can't be as
    /// much.
    pub fn alignment(&self, defined: &Defined) -> Result<u64, Fault> {
        let image = Image::new(self.bytes)?;
        let address = match defined.address {
            0 => u64::MAX,
            address => 1 << address.trailing_zeros(),
        };
        let section = match image.sections.get(defined.section) {
            Some(section) => section.sh_addralign,
            None => image
                .segments
                .iter()
                .filter(|segment| segment.p_type == PT_LOAD)
                .find(|s| defined.address.wrapping_sub(s.p_vaddr) < s.p_memsz)
                .map_or(1, |s| s.p_align.min(ALIGNMENT_WITHOUT_SECTIONS.bytes())),
        };
        Ok(address.min(section.max(1)))
    }
}

/// How a definition suits those who look for it.
enum Fit {
    Yes,
    /// If nothing else does, and no second one of this kind.
    IfOnly,
    No,
}

/// Whether the loader takes it for one.
fn is_definition(sym: &Sym) -> bool {
    let valued = sym.st_value != 0 || sym.st_shndx as u32 == SHN_ABS || sym.st_type() == STT_TLS;
    let kind = matches!(
        sym.st_type(),
        STT_NOTYPE | STT_OBJECT | STT_FUNC | STT_COMMON | STT_TLS | STT_GNU_IFUNC
    );
    let binding = matches!(sym.st_bind(), STB_GLOBAL | STB_WEAK | STB_GNU_UNIQUE);
    sym.st_shndx as u32 != SHN_UNDEF && valued && kind && binding && !is_confined(sym)
}

fn nodes<'a>(
    image: &Image<'a>,
    dynamic: &Dynamic<'a>,
) -> Result<Option<Vec<versions::Definition<'a>>>, Fault> {
    use goblin::elf::dynamic::{DT_VERDEF, DT_VERDEFNUM};
    match (dynamic.value(DT_VERDEF), dynamic.value(DT_VERDEFNUM)) {
        (Some(_), Some(_)) => dynamic.definitions(image).map(Some),
        _ => Ok(None),
    }
}

fn sorted<'a>(
    image: &Image<'a>,
    dynamic: &Dynamic<'a>,
) -> Result<Vec<(&'a BStr, u32, Sym)>, Fault> {
    let table = SymbolTable::new(image, dynamic)?;
    let mut symbols = Vec::new();
    for index in 1..table.count() {
        let sym = table.symbol(index)?;
        if sym.st_shndx as u32 != SHN_UNDEF {
            symbols.push((table.name(&sym)?, index as u32, sym));
        }
    }
    symbols.sort_by_key(|(name, index, _)| (*name, *index));
    Ok(symbols)
}
