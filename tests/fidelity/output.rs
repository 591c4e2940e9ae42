//! A linked program or library, read as facts.
//!
//! With goblin's records and not the crate's own reader: what that can't see
//! must not go unseen here.

use std::collections::{BTreeMap, BTreeSet};

use goblin::container::Ctx;
use goblin::elf::dynamic::{
    DT_FLAGS, DT_FLAGS_1, DT_NEEDED, DT_NULL, DT_PLTREL, DT_PLTRELSZ, DT_RELACOUNT, DT_RELASZ,
    DT_RELCOUNT, DT_RELSZ, DT_RPATH, DT_RUNPATH, DT_SONAME, DT_VERDEFNUM, DT_VERNEEDNUM,
};
use goblin::elf::section_header::{
    SHF_ALLOC, SHT_DYNAMIC, SHT_DYNSYM, SHT_GNU_VERDEF, SHT_GNU_VERNEED, SHT_NOBITS, SHT_NOTE,
    SHT_PROGBITS, SHT_REL, SHT_RELA, SHT_SYMTAB,
};
use goblin::elf::sym::{STT_FUNC, STT_GNU_IFUNC, STT_NOTYPE, STT_TLS, Symtab};
use goblin::elf::symver::{VerdefSection, VerneedSection, VersymSection};
use goblin::elf::{Dyn, Elf, Header, ProgramHeader, RelocSection, SectionHeader};
use goblin::strtab::Strtab;

use crate::facts::{Fact, Facts, Key, Symbol};

/// A parsed output.
#[derive(Default)]
pub struct Output {
    pub facts: Facts,
    /// Of each section, by name.
    pub alignments: BTreeMap<String, u64>,
    /// Where data of libraries was copied to.
    pub copies: BTreeMap<Key, u64>,
    /// The same, as often as the relocations say so.
    pub copy_addresses: Vec<u64>,
}

struct Reader<'a> {
    bytes: &'a [u8],
    ctx: Ctx,
    header: Header,
    sections: Vec<SectionHeader>,
    names: Vec<&'a str>,
    output: Output,
}

impl Output {
    /// `copy` is the type of copy relocations.
    pub fn read(bytes: &[u8], copy: u32) -> Result<Output, String> {
        let read = Reader::new(bytes).and_then(|reader| reader.read(copy));
        read.map_err(|error| error.to_string())
    }
}

/// The names in `.symtab`, in order.
pub fn static_names(bytes: &[u8]) -> Result<Vec<String>, String> {
    let read = || -> goblin::error::Result<Vec<String>> {
        let reader = Reader::new(bytes)?;
        let Some(table) = reader.of_type(SHT_SYMTAB) else {
            return Ok(Vec::new());
        };
        let strings = reader.strings(&reader.sections[table.sh_link as usize])?;
        let count = (table.sh_size / table.sh_entsize.max(1)) as usize;
        let symbols = Symtab::parse(bytes, table.sh_offset as usize, count, reader.ctx)?;
        let names = symbols
            .iter()
            .filter_map(|symbol| strings.get_at(symbol.st_name));
        Ok(names.map(str::to_owned).collect())
    };
    read().map_err(|error| error.to_string())
}

/// All bytes but the contents of one section.
pub fn without_section(bytes: &[u8], name: &str) -> Result<Vec<u8>, String> {
    let reader = Reader::new(bytes).map_err(|error| error.to_string())?;
    let mut bytes = bytes.to_owned();
    for (section, other) in reader.sections.iter().zip(&reader.names) {
        if *other == name
            && let Some(contents) = section.file_range().and_then(|range| bytes.get_mut(range))
        {
            contents.fill(0);
        }
    }
    Ok(bytes)
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8]) -> goblin::error::Result<Reader<'a>> {
        let header = Elf::parse_header(bytes)?;
        let ctx = Ctx::new(header.container()?, header.endianness()?);
        let (offset, count) = (header.e_shoff as usize, header.e_shnum.into());
        let mut reader = Reader {
            bytes,
            ctx,
            sections: SectionHeader::parse(bytes, offset, count, ctx)?,
            names: Vec::new(),
            output: Output::default(),
            header,
        };
        let names = usize::from(reader.header.e_shstrndx);
        let names = reader.strings(&reader.sections[names])?;
        for section in &reader.sections {
            reader
                .names
                .push(names.get_at(section.sh_name).unwrap_or("?"));
        }
        Ok(reader)
    }

    fn read(mut self, copy: u32) -> goblin::error::Result<Output> {
        let header = self.header;
        self.fact(Fact::Header(format!(
            "machine {} type {} flags {:#x} OSABI {:?}",
            header.e_machine,
            header.e_type,
            header.e_flags,
            &header.e_ident[7..9]
        )));
        let (offset, count) = (header.e_phoff as usize, header.e_phnum.into());
        for segment in ProgramHeader::parse(self.bytes, offset, count, self.ctx)? {
            let text = format!("type {:#x} flags {}", segment.p_type, segment.p_flags);
            self.fact(Fact::Segment(text));
        }
        self.sections();
        self.dynamic()?;
        self.symbols(copy)?;
        Ok(self.output)
    }

    fn fact(&mut self, fact: Fact) {
        *self.output.facts.entry(fact).or_default() += 1;
    }

    fn contents(&self, section: &SectionHeader) -> &'a [u8] {
        match section.file_range() {
            Some(range) if section.sh_type != SHT_NOBITS => self.bytes.get(range).unwrap_or(&[]),
            _ => &[],
        }
    }

    fn strings(&self, section: &SectionHeader) -> goblin::error::Result<Strtab<'a>> {
        Strtab::parse(
            self.bytes,
            section.sh_offset as usize,
            section.sh_size as usize,
            0,
        )
    }

    fn sections(&mut self) {
        for index in 1..self.sections.len() {
            let section = self.sections[index].clone();
            let name = self.names[index].to_owned();
            let alignment = self.output.alignments.entry(name.clone()).or_default();
            *alignment = (*alignment).max(section.sh_addralign);
            // mold makes this one PROGBITS if it is small (CopyrelSection::update_shdr),
            // and that depends on the alignment of what is in it.
            let small = section.sh_size < 4096;
            let kind = match section.sh_type {
                SHT_PROGBITS if name == ".copyrel.rel.ro" && small => "as its size says".to_owned(),
                SHT_NOBITS if name == ".copyrel.rel.ro" && !small => "as its size says".to_owned(),
                kind => format!("{kind:#x}"),
            };
            let text = format!("{name} type {kind} flags {:#x}", section.sh_flags);
            self.fact(Fact::Section(text));
            // Build attributes of the processor, and notes.
            let is_attributes = section.sh_type & 0xf000_0000 == 0x7000_0000;
            let is_attributes = is_attributes && section.sh_flags == 0;
            let is_text = name == ".interp" || name == ".comment";
            if section.sh_type == SHT_NOTE || is_attributes || is_text {
                let contents = self.contents(&section).to_owned();
                self.fact(Fact::Contents(name, contents));
            }
        }
    }

    fn of_type(&self, wanted: u32) -> Option<&SectionHeader> {
        self.sections
            .iter()
            .find(|section| section.sh_type == wanted)
    }

    fn dynamic(&mut self) -> goblin::error::Result<()> {
        const DT_AUDIT: u64 = 0x6fff_fefc;
        const DT_AUXILIARY: u64 = 0x7fff_fffd;
        const DT_DEPAUDIT: u64 = 0x6fff_fefb;
        const DT_FILTER: u64 = 0x7fff_ffff;
        const DT_MIPS_LOCAL_GOTNO: u64 = 0x7000_000a;
        let Some(section) = self.of_type(SHT_DYNAMIC).cloned() else {
            return Ok(());
        };
        let strings = self.strings(&self.sections[section.sh_link as usize])?;
        let size = Dyn::size(self.ctx.container);
        let mut needed = Vec::new();
        for record in self.contents(&section).chunks_exact(size) {
            let entry: Dyn = scroll::Pread::pread_with(record, 0, self.ctx)?;
            let (tag, value) = (entry.d_tag, entry.d_val);
            let text = match tag {
                DT_NULL => break,
                DT_NEEDED => {
                    needed.push(strings.get_at(value as usize).unwrap_or("?"));
                    continue;
                }
                DT_SONAME | DT_RPATH | DT_RUNPATH | DT_AUDIT | DT_DEPAUDIT | DT_FILTER
                | DT_AUXILIARY => strings.get_at(value as usize).unwrap_or("?").to_owned(),
                DT_FLAGS | DT_FLAGS_1 | DT_PLTREL | DT_PLTRELSZ | DT_RELASZ | DT_RELSZ
                | DT_RELACOUNT | DT_RELCOUNT | DT_VERDEFNUM | DT_VERNEEDNUM
                | DT_MIPS_LOCAL_GOTNO => format!("{value:#x}"),
                // An address, or the size of a table.
                _ => String::new(),
            };
            self.fact(Fact::Dynamic(format!("tag {tag:#x} {text}")));
        }
        self.fact(Fact::Dynamic(format!("needs {}", needed.join(" "))));
        Ok(())
    }

    /// Version of each index, as far as there are any.
    fn versions(&mut self) -> goblin::error::Result<BTreeMap<u16, String>> {
        let (bytes, ctx) = (self.bytes, self.ctx);
        let mut versions = BTreeMap::new();
        let mut facts = Vec::new();
        let defined = VerdefSection::parse(bytes, &self.sections, ctx)?;
        for section in defined.iter().flat_map(|table| table.iter()) {
            let strings = self.strings(self.linked_strings(SHT_GNU_VERDEF))?;
            let names: Vec<&str> = section
                .iter()
                .map(|name| strings.get_at(name.vda_name).unwrap_or("?"))
                .collect();
            versions.insert(section.vd_ndx, names[0].to_owned());
            facts.push(format!(
                "defines {} {:#x}",
                names.join(" "),
                section.vd_flags
            ));
        }
        let required = VerneedSection::parse(bytes, &self.sections, ctx)?;
        for file in required.iter().flat_map(|table| table.iter()) {
            let strings = self.strings(self.linked_strings(SHT_GNU_VERNEED))?;
            let library = strings.get_at(file.vn_file).unwrap_or("?").to_owned();
            for version in file.iter() {
                let name = strings.get_at(version.vna_name).unwrap_or("?");
                facts.push(format!(
                    "of {library} requires {name} {:#x}",
                    version.vna_flags
                ));
                versions.insert(version.vna_other, format!("{name} of {library}"));
            }
        }
        for fact in facts {
            self.fact(Fact::Version(fact));
        }
        Ok(versions)
    }

    fn linked_strings(&self, of: u32) -> &SectionHeader {
        let link = self.of_type(of).map_or(0, |section| section.sh_link);
        &self.sections[link as usize]
    }

    fn symbols(&mut self, copy: u32) -> goblin::error::Result<()> {
        let versions = self.versions()?;
        let Some(table) = self.of_type(SHT_DYNSYM).cloned() else {
            return Ok(());
        };
        let strings = self.strings(&self.sections[table.sh_link as usize])?;
        let count = (table.sh_size / table.sh_entsize.max(1)) as usize;
        let symbols = Symtab::parse(self.bytes, table.sh_offset as usize, count, self.ctx)?;
        let versyms = VersymSection::parse(self.bytes, &self.sections, self.ctx)?;

        let mut keys: Vec<Key> = Vec::new();
        let mut at_address: BTreeMap<(bool, u64), BTreeSet<Key>> = BTreeMap::new();
        for (index, symbol) in symbols.iter().enumerate() {
            let versym = versyms.as_ref().and_then(|table| table.get_at(index));
            let version = versym
                .as_ref()
                .and_then(|v| versions.get(&v.version()).cloned());
            let name = strings.get_at(symbol.st_name).unwrap_or("?").to_owned();
            let key = (name, version.unwrap_or_default());
            keys.push(key.clone());
            if index == 0 {
                continue;
            }
            let section = match symbol.st_shndx {
                0 => None,
                index => Some(
                    self.names
                        .get(index)
                        .map_or_else(|| format!("{index:#x}"), |n| (*n).to_owned()),
                ),
            };
            let is_code = matches!(symbol.st_type(), STT_FUNC | STT_GNU_IFUNC);
            // What has no type is a place, such as the end of a section.
            if section.is_some() && symbol.st_type() != STT_NOTYPE {
                let space = (symbol.st_type() == STT_TLS, symbol.st_value);
                at_address.entry(space).or_default().insert(key.clone());
            }
            let seen = Symbol {
                binding: symbol.st_bind(),
                kind: if section.is_none() && is_code {
                    STT_FUNC
                } else {
                    symbol.st_type()
                },
                other: symbol.st_other,
                hidden: versym.is_some_and(|versym| versym.is_hidden()),
                size: if section.is_none() && is_code {
                    0
                } else {
                    symbol.st_size
                },
                has_address: section.is_none() && symbol.st_value != 0,
                section,
            };
            self.fact(Fact::Symbol(key, seen));
        }
        for names in at_address.values().filter(|names| names.len() > 1) {
            self.fact(Fact::Aliases(names.iter().cloned().collect()));
        }
        self.relocations(copy, &keys, &at_address)
    }

    fn relocations(
        &mut self,
        copy: u32,
        keys: &[Key],
        at_address: &BTreeMap<(bool, u64), BTreeSet<Key>>,
    ) -> goblin::error::Result<()> {
        const EM_MIPS: u16 = 8;
        for section in self.sections.clone() {
            let is_rela = section.sh_type == SHT_RELA;
            if !(is_rela || section.sh_type == SHT_REL)
                || section.sh_flags & u64::from(SHF_ALLOC) == 0
            {
                continue;
            }
            let (offset, size) = (section.sh_offset as usize, section.sh_size as usize);
            let table = RelocSection::parse(self.bytes, offset, size, is_rela, self.ctx)?;
            for relocation in table.iter() {
                let (mut symbol, mut kind) = (relocation.r_sym, relocation.r_type);
                if self.header.e_machine == EM_MIPS && self.ctx.is_big() {
                    // The 64-bit MIPS ABI has symbol and types the other way round.
                    (symbol, kind) = (kind as usize, (symbol as u32).swap_bytes());
                }
                let mut key = keys.get(symbol).cloned().unwrap_or_default();
                if kind == copy {
                    self.output.copies.insert(key.clone(), relocation.r_offset);
                    self.output.copy_addresses.push(relocation.r_offset);
                    // Whichever of the aliases it names.
                    let aliases = at_address.get(&(false, relocation.r_offset));
                    if let Some(first) = aliases.and_then(BTreeSet::first) {
                        key = first.clone();
                    }
                }
                self.fact(Fact::Relocation(kind, key));
            }
        }
        Ok(())
    }
}
