//! Where linkers see what symbols name: code, data of some kind, numbers.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use bstr::BStr;
use goblin::elf::header::{EM_ARM, EM_MIPS};
use goblin::elf::program_header::{PT_GNU_RELRO, PT_LOAD};
use goblin::elf::section_header::{
    SHF_ALLOC, SHF_EXECINSTR, SHF_WRITE, SHN_ABS, SHN_LORESERVE, SHN_UNDEF, SHN_XINDEX, SHT_NOBITS,
};
use goblin::elf::sym::{STB_LOCAL, STT_FUNC, STT_GNU_IFUNC, STT_OBJECT, STT_TLS};
use goblin::elf::{ProgramHeader, SectionHeader, Sym};

use crate::elf::tables::{Image, SymbolTable, malformed};
use crate::elf::{ALIGNMENT_WITHOUT_SECTIONS, DATA_REL_RO};
use crate::interface::{Alignment, Definition, Object, Placement};
use crate::problem::Fault;

/// Libraries have a dozen; only core files have more than a few.
const MOST_SEGMENTS: usize = 1000;

/// Where linkers see what symbols name.
pub struct Places<'a> {
    /// By index: flags, type, alignment, and whether the name is `.data.rel.ro`.
    sections: Vec<(SectionHeader, bool)>,
    segments: Vec<&'a ProgramHeader>,
    relro: Vec<&'a ProgramHeader>,
    odd_code: bool,
    data: Numbers,
    thread_local: Numbers,
    pub objects: Vec<Object>,
    /// Of the sections that hold the objects.
    pub alignments: BTreeMap<Placement, Alignment>,
    /// Some of the objects lie in a PT_GNU_RELRO with PF_W.
    pub writable_relro: bool,
}

impl<'i> Places<'i> {
    /// Those of the symbols in this table.
    pub fn new(image: &'i Image, table: &SymbolTable) -> Result<Places<'i>, Fault> {
        let (mut data, mut thread_local) = (Vec::new(), Vec::new());
        for index in 1..table.count() {
            let sym = table.symbol(index)?;
            if sym.st_shndx as u32 == SHN_UNDEF || sym.st_bind() == STB_LOCAL {
                continue;
            }
            let place = (sym.st_value, sym.st_shndx);
            match sym.st_type() {
                STT_TLS => thread_local.push(place),
                STT_FUNC | STT_GNU_IFUNC => {}
                _ => data.push(place),
            }
        }
        let sections = image
            .sections
            .iter()
            .map(|section| {
                let named = image.section_name(section)?.starts_with(DATA_REL_RO);
                Ok((section.clone(), named))
            })
            .collect::<Result<_, Fault>>()?;
        // Each is looked at for each symbol.
        if image.segments.len() > MOST_SEGMENTS {
            let count = image.segments.len();
            return Err(malformed(format!("a library with {count} program headers")));
        }
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
            data: Numbers::new(data),
            thread_local: Numbers::new(thread_local),
            objects: Vec::new(),
            alignments: BTreeMap::new(),
            writable_relro: false,
        })
    }

    /// What this one of them, which is defined, is a name for.
    pub fn definition<'a>(&mut self, sym: &Sym, name: &BStr) -> Result<Definition<'a>, Fault> {
        let index = sym.st_shndx;
        let place = (sym.st_value, index);
        if sym.st_type() == STT_TLS {
            let (object, _) = self.thread_local.of(place)?;
            return Ok(Definition::Tls { object });
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
                alignment: Alignment::at_most(sym.st_value),
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
        let (object, is_new) = self.data.of(place)?;
        let seen = self.object(sym.st_value, &seen);
        if is_new {
            self.objects.push(seen);
        }
        Ok(Definition::Data { object })
    }

    /// The object at this address, as linkers see it.
    fn object(&mut self, address: u64, seen: &Seen) -> Object {
        let alignments = &mut self.alignments;
        let section = alignments.entry(seen.placement).or_insert(seen.alignment);
        *section = seen.alignment.max(*section);
        if seen.placement.is_relro() {
            let is_writable = self.relro_around(address).any(ProgramHeader::is_write);
            self.writable_relro |= is_writable;
        }
        Object {
            placement: seen.placement,
            // What a linker assumes (lld, `getSymbolAlignment`; bfd,
            // `_bfd_elf_adjust_dynamic_copy`): the section's alignment, unless the
            // address shows that it can't be as much.
            alignment: seen.alignment.min(Alignment::of_address(address)),
        }
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
            alignment: Alignment::at_most(section.sh_addralign),
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
            alignment: Alignment::at_most(segment.p_align).min(ALIGNMENT_WITHOUT_SECTIONS),
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
    /// Of the section. The gABI wants 0, 1 or a power of two; anything else is rounded
    /// down.
    alignment: Alignment,
}

/// Numbers for places, in the order in which they are first asked for. The places
/// are sorted, not hashed: of a library that names a million of them a hash table
/// would take as much memory as all its symbols.
struct Numbers {
    places: Vec<Place>,
    /// Of each, one more than its number, so that it takes four bytes.
    numbers: Vec<Option<NonZeroU32>>,
    next: NonZeroU32,
}

/// Address, and index of the section.
type Place = (u64, usize);

impl Numbers {
    fn new(mut places: Vec<Place>) -> Numbers {
        places.sort_unstable();
        places.dedup();
        places.shrink_to_fit();
        Numbers {
            numbers: vec![None; places.len()],
            places,
            next: NonZeroU32::MIN,
        }
    }

    /// The number of one of the places, and whether it is a new one.
    fn of(&mut self, place: Place) -> Result<(usize, bool), Fault> {
        let Ok(index) = self.places.binary_search(&place) else {
            // Someone writes to the file while it is read.
            return Err(malformed("symbols that do not stay the same"));
        };
        let number = &mut self.numbers[index];
        let is_new = number.is_none();
        let number = *number.get_or_insert(self.next);
        if is_new {
            self.next = self.next.saturating_add(1);
        }
        Ok((number.get() as usize - 1, is_new))
    }
}
