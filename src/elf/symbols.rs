//! The dynamic symbol table as [`Symbol`]s: their versions, and where linkers
//! see what they name.

use std::collections::{BTreeMap, HashMap, HashSet};

use bstr::BStr;
use foldhash::fast::FixedState;
use goblin::elf::program_header::{PT_GNU_RELRO, PT_LOAD};
use goblin::elf::section_header::{
    SHF_ALLOC, SHF_EXECINSTR, SHF_WRITE, SHN_ABS, SHN_LORESERVE, SHN_UNDEF, SHN_XINDEX, SHT_NOBITS,
};
use goblin::elf::sym::{
    STB_GLOBAL, STB_LOCAL, STB_WEAK, STT_COMMON, STT_FUNC, STT_GNU_IFUNC, STT_NOTYPE, STT_OBJECT,
    STT_TLS, STV_HIDDEN, STV_INTERNAL,
};
use goblin::elf::{ProgramHeader, SectionHeader, Sym};

use super::dynamic::SymbolTable;
use super::image::{Image, malformed, record, string};
use super::versions::{VER_FLG_BASE, VER_NDX_GLOBAL, VER_NDX_LOCAL, VERSYM_HIDDEN};
use super::{DATA_REL_RO, EM_MIPS, STB_GNU_UNIQUE};
use crate::interface::{Binding, Definition, Kind, Object, Placement, Symbol};
use crate::problem::Fault;

/// What a file without section headers is taken to align its data to: the
/// strictest that compilers ask for of their own accord.
const ALIGNMENT_WITHOUT_SECTIONS: u64 = 64;

pub(super) struct Symbols<'a> {
    pub symbols: Vec<Symbol<'a>>,
    pub objects: Vec<Object>,
    pub alignments: BTreeMap<Placement, u64>,
    pub writable_relro: bool,
}

/// The symbols that linkers see: global, visible outside, and with a name.
pub(super) fn read<'a>(image: &Image<'a>, table: &SymbolTable<'a>) -> Result<Symbols<'a>, Fault> {
    let versions = Versions::new(table)?;
    let mut places = Places::new(image)?;
    let size = Sym::size(image.ctx.container);
    let mut symbols = Vec::with_capacity(table.symbols.len() / size);
    for index in 1..table.symbols.len() / size {
        let sym: Sym = record(table.symbols, (index * size) as u64, image.ctx, "symbol")?;
        let versym = match table.versions {
            Some(versions) => record(versions, index as u64 * 2, image.ctx.le, "symbol versions")?,
            None => VER_NDX_GLOBAL,
        };
        let defined = sym.st_shndx as u32 != SHN_UNDEF;
        let confined = is_confined(&sym) || versym & !VERSYM_HIDDEN == VER_NDX_LOCAL;
        if sym.st_bind() == STB_LOCAL || (defined && confined) {
            continue;
        }
        let name = string(table.strings, sym.st_name as u64, "name of a symbol")?;
        if name.is_empty() {
            continue;
        }
        let (version, file) = match versions.of(versym, defined) {
            Some(named) => named,
            None => {
                return Err(malformed(format!(
                    "symbol {name} has version {}, which is not there",
                    versym & !VERSYM_HIDDEN
                )));
            }
        };
        let hidden = versym & VERSYM_HIDDEN != 0;
        // bfd writes `foo@` as hidden and without a version, beside versions.
        let bare = version.is_none() && table.definitions.is_empty();
        if hidden && (bare || !defined) {
            return Err(Fault::Contradictory {
                what: format!("symbol {name} is hidden behind a version that it does not define"),
            });
        }
        let definition = if defined {
            places.definition(&sym, name)?
        } else {
            Definition::Undefined { file }
        };
        symbols.push(Symbol {
            name,
            version,
            hidden,
            binding: binding(sym.st_bind()),
            kind: kind(sym.st_type()),
            other: sym.st_other,
            size: if defined { sym.st_size } else { 0 },
            definition,
        });
    }
    Ok(Symbols {
        symbols,
        objects: places.objects,
        alignments: places.alignments,
        writable_relro: places.writable_relro,
    })
}

/// The names of the symbols that [`read`] would find defined.
pub(super) fn defined_names<'a>(
    image: &Image<'a>,
    table: &SymbolTable<'a>,
) -> Result<HashSet<&'a BStr, FixedState>, Fault> {
    let size = Sym::size(image.ctx.container);
    let mut names = HashSet::default();
    for index in 1..table.symbols.len() / size {
        let sym: Sym = record(table.symbols, (index * size) as u64, image.ctx, "symbol")?;
        if sym.st_shndx as u32 != SHN_UNDEF && sym.st_bind() != STB_LOCAL {
            names.insert(string(
                table.strings,
                sym.st_name as u64,
                "name of a symbol",
            )?);
        }
    }
    Ok(names)
}

/// Whether a symbol is for the object alone. (goblin's `st_visibility` takes
/// three bits; the gABI has two, and the third is STO_MIPS_OPTIONAL.)
pub(super) fn is_confined(sym: &Sym) -> bool {
    matches!(sym.st_other & 3, STV_HIDDEN | STV_INTERNAL)
}

fn binding(value: u8) -> Binding {
    match value {
        STB_GLOBAL => Binding::Global,
        STB_WEAK => Binding::Weak,
        STB_GNU_UNIQUE => Binding::Unique,
        other => Binding::Other(other),
    }
}

fn kind(value: u8) -> Kind {
    match value {
        STT_NOTYPE => Kind::NoType,
        STT_OBJECT => Kind::Object,
        STT_FUNC => Kind::Function,
        STT_COMMON => Kind::Common,
        STT_TLS => Kind::Tls,
        STT_GNU_IFUNC => Kind::IndirectFunction,
        other => Kind::Other(other),
    }
}

/// What the values in `.gnu.version` stand for: a version, and for a required
/// one the file it is required of.
struct Versions<'a> {
    by_index: Vec<Option<(&'a BStr, Option<&'a BStr>)>>,
}

type VersionAndFile<'a> = (Option<&'a BStr>, Option<&'a BStr>);

impl<'a> Versions<'a> {
    fn new(table: &SymbolTable<'a>) -> Result<Versions<'a>, Fault> {
        let required = table.requirements.iter().flat_map(|requirement| {
            let file = Some(requirement.file);
            let versions = requirement.versions.iter();
            versions.map(move |version| (version.index, (version.name, file)))
        });
        let defined = table.definitions.iter();
        let defined = defined.map(|definition| (definition.index, (definition.names[0], None)));
        // LSB, "Version Definitions": 1 is the base definition's, and only that.
        for definition in &table.definitions {
            let is_base = definition.flags & VER_FLG_BASE != 0;
            if is_base != (definition.index == VER_NDX_GLOBAL) {
                return Err(Fault::Contradictory {
                    what: format!(
                        "version {} has number {}",
                        definition.names[0], definition.index
                    ),
                });
            }
        }
        let mut by_index = Vec::new();
        for (index, version) in required.chain(defined) {
            let index = usize::from(index);
            if by_index.len() <= index {
                by_index.resize(index + 1, None);
            }
            if let Some((other, _)) = by_index[index].replace(version) {
                let (name, _) = version;
                return Err(Fault::Contradictory {
                    what: format!("versions {other} and {name} have one number, {index}"),
                });
            }
        }
        Ok(Versions { by_index })
    }

    /// Version and, for a required one, the file it is required of; `None` if
    /// the value stands for nothing.
    fn of(&self, versym: u16, defined: bool) -> Option<VersionAndFile<'a>> {
        let index = versym & !VERSYM_HIDDEN;
        // Nothing is defined with the base version: it stands for the object.
        if index <= VER_NDX_GLOBAL {
            return Some((None, None));
        }
        match self.by_index.get(usize::from(index)).copied().flatten() {
            // What is defined has a version of its own, what is not another's.
            Some((name, file)) if defined == file.is_none() => Some((Some(name), file)),
            // An undefined symbol without versions at all has no one to ask.
            None if !defined && self.by_index.is_empty() => Some((None, None)),
            _ => None,
        }
    }
}

/// Where linkers see what a symbol names.
struct Places<'a> {
    /// By index: flags, type, alignment, and whether the name is `.data.rel.ro`.
    sections: Vec<(SectionHeader, bool)>,
    segments: Vec<&'a ProgramHeader>,
    relro: Vec<&'a ProgramHeader>,
    odd_code: bool,
    objects: Vec<Object>,
    by_address: HashMap<(usize, u64), usize, FixedState>,
    alignments: BTreeMap<Placement, u64>,
    /// Some of the objects lie in a PT_GNU_RELRO with PF_W.
    writable_relro: bool,
    /// By section and offset.
    thread_local: HashMap<(usize, u64), usize, FixedState>,
}

impl<'i> Places<'i> {
    fn new(image: &'i Image) -> Result<Places<'i>, Fault> {
        const EM_ARM: u16 = 40;
        let sections = image
            .sections
            .iter()
            .map(|section| {
                let named = image.section_name(section)?.starts_with(DATA_REL_RO);
                Ok((section.clone(), named))
            })
            .collect::<Result<_, Fault>>()?;
        let of_type = |wanted| {
            image
                .segments
                .iter()
                .filter(move |segment| segment.p_type == wanted)
        };
        Ok(Places {
            sections,
            segments: of_type(PT_LOAD).collect(),
            relro: of_type(PT_GNU_RELRO).collect(),
            odd_code: matches!(image.header.e_machine, EM_ARM | EM_MIPS),
            objects: Vec::new(),
            by_address: HashMap::default(),
            alignments: BTreeMap::new(),
            writable_relro: false,
            thread_local: HashMap::default(),
        })
    }

    fn definition<'a>(&mut self, sym: &Sym, name: &BStr) -> Result<Definition<'a>, Fault> {
        let index = sym.st_shndx;
        if sym.st_type() == STT_TLS {
            let next = self.thread_local.len();
            let place = self.thread_local.entry((index, sym.st_value));
            return Ok(Definition::Tls {
                object: *place.or_insert(next),
            });
        }
        if index as u32 == SHN_ABS {
            return Ok(Definition::Absolute {
                value: sym.st_value,
            });
        }
        if index as u32 == SHN_XINDEX {
            return Err(malformed(format!(
                "symbol {name} is in a section beyond the reach of dynamic symbols"
            )));
        }
        let is_code = matches!(sym.st_type(), STT_FUNC | STT_GNU_IFUNC);
        let seen = if self.sections.is_empty() {
            self.by_segment(sym.st_value)
        } else if index as u32 >= SHN_LORESERVE {
            // SHN_COMMON and the like: space that has no place yet.
            Some(Seen {
                placement: Placement::Zero,
                executable: false,
                alignment: power_of_two(sym.st_value),
            })
        } else {
            self.by_section(index, sym.st_value)
        };
        let Some(seen) = seen else {
            let place = match self.sections.is_empty() {
                true => format!("at address {:#x}", sym.st_value),
                false => format!("in section {index}"),
            };
            return Err(malformed(format!(
                "symbol {name} is {place}, which is not there"
            )));
        };
        if is_code || (seen.executable && sym.st_type() != STT_OBJECT) {
            return Ok(Definition::Code {
                odd: self.odd_code && sym.st_value & 1 != 0,
            });
        }
        Ok(Definition::Data {
            object: self.object(index, sym.st_value, &seen),
        })
    }

    /// The object at this address, which other symbols may have named before.
    fn object(&mut self, section: usize, address: u64, seen: &Seen) -> usize {
        let section_alignment = self.alignments.entry(seen.placement).or_insert(1);
        *section_alignment = (*section_alignment).max(seen.alignment);
        if seen.placement.is_relro() {
            let is_writable = self.relro_around(address).any(ProgramHeader::is_write);
            self.writable_relro |= is_writable;
        }
        // What a linker assumes (lld, `getSymbolAlignment`; bfd,
        // `_bfd_elf_adjust_dynamic_copy`): the section's alignment, unless the
        // address shows that it can't be as much.
        let alignment = match address {
            0 => seen.alignment,
            address => seen.alignment.min(1 << address.trailing_zeros()),
        };
        let objects = &mut self.objects;
        *self
            .by_address
            .entry((section, address))
            .or_insert_with(|| {
                objects.push(Object {
                    placement: seen.placement,
                    alignment,
                });
                objects.len() - 1
            })
    }

    fn by_section(&self, index: usize, address: u64) -> Option<Seen> {
        let (section, named_data_rel_ro) = self.sections.get(index).filter(|_| index != 0)?;
        let has = |flag: u32| section.sh_flags & u64::from(flag) != 0;
        if !has(SHF_ALLOC) {
            return None;
        }
        let zero = section.sh_type == SHT_NOBITS;
        let placement = if !has(SHF_WRITE) {
            Placement::ReadOnly
        } else if self.is_relro(address) {
            match (zero, named_data_rel_ro) {
                (true, _) => Placement::RelRoZero,
                (false, true) => Placement::DataRelRo,
                (false, false) => Placement::RelRo,
            }
        } else if zero {
            Placement::Zero
        } else {
            Placement::Data
        };
        Some(Seen {
            placement,
            executable: has(SHF_EXECINSTR),
            alignment: power_of_two(section.sh_addralign),
        })
    }

    fn by_segment(&self, address: u64) -> Option<Seen> {
        let holds = |s: &&&ProgramHeader| address.wrapping_sub(s.p_vaddr) < s.p_memsz;
        // The likes of `_end` name what is behind the last byte.
        let ends = |s: &&&ProgramHeader| address.wrapping_sub(s.p_vaddr) == s.p_memsz;
        let mut segments = self.segments.iter();
        let within = segments.clone().find(holds);
        let segment = within.or_else(|| segments.find(ends))?;
        let zero = address - segment.p_vaddr >= segment.p_filesz;
        let placement = match (segment.is_write(), self.is_relro(address), zero) {
            (false, _, _) => Placement::ReadOnly,
            (true, true, true) => Placement::RelRoZero,
            (true, true, false) => Placement::RelRo,
            (true, false, true) => Placement::Zero,
            (true, false, false) => Placement::Data,
        };
        Some(Seen {
            placement,
            executable: segment.is_executable(),
            alignment: power_of_two(segment.p_align).min(ALIGNMENT_WITHOUT_SECTIONS),
        })
    }

    fn is_relro(&self, address: u64) -> bool {
        self.relro_around(address).next().is_some()
    }

    fn relro_around(&self, address: u64) -> impl Iterator<Item = &ProgramHeader> {
        let relro = self.relro.iter().copied();
        relro.filter(move |segment| address.wrapping_sub(segment.p_vaddr) < segment.p_memsz)
    }
}

struct Seen {
    placement: Placement,
    executable: bool,
    /// Of the section, in bytes.
    alignment: u64,
}

/// The gABI wants 0, 1 or a power of two; anything else is rounded down.
fn power_of_two(alignment: u64) -> u64 {
    match alignment {
        0 => 1,
        n => 1 << n.ilog2(),
    }
}
