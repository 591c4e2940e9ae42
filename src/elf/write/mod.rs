//! [`Interface`] to bytes: the contents of each section that `layout` placed.

mod code;
mod layout;
mod read_back;
mod sections;
mod strings;

use std::collections::HashMap;

use foldhash::fast::FixedState;
use goblin::container::{Container, Ctx};
use goblin::elf::header::{
    EI_ABIVERSION, EI_CLASS, EI_DATA, EI_OSABI, EI_VERSION, ELFCLASS32, ELFCLASS64, ELFDATA2LSB,
    ELFDATA2MSB, ET_DYN, EV_CURRENT,
};
use goblin::elf::section_header::{SHN_ABS, SHN_UNDEF};
use goblin::elf::sym::{
    STB_GLOBAL, STB_WEAK, STT_COMMON, STT_FUNC, STT_GNU_IFUNC, STT_NOTYPE, STT_OBJECT, STT_TLS,
};
use goblin::elf::{Dyn, Header, ProgramHeader, Reloc, SectionHeader, Sym};
use scroll::Pwrite;
use scroll::ctx::TryIntoCtx;

use self::layout::{HASH_BUCKETS, Layout, layout};
use self::sections::Role;
use crate::elf::tables::versions::{
    VER_FLG_BASE, VER_FLG_WEAK, VER_NDX_GLOBAL, VERSION, VERSYM_HIDDEN, Verdaux, Verdef, Vernaux,
    Verneed,
};
use crate::elf::tables::{MAGIC, has_wide_hash, hash};
use crate::elf::{
    FORMAT_VERSION, NT_GNU_PROPERTY_TYPE_0, STB_GNU_UNIQUE, STUB_NOTE_NAME, STUB_NOTE_TYPE,
};
use crate::interface::{
    Binding, Class, Definition, Endian, Interface, Kind, Name, Requirement, Symbol,
};
use crate::problem::Fault;

/// `vd_cnt` has 16 bits, and counts the version's own name.
const MOST_PARENTS: usize = u16::MAX as usize - 1;

/// Versions are numbered in 15 bits.
const MOST_VERSIONS: usize = (VERSYM_HIDDEN - 1) as usize;

/// A stub with this interface: an ELF shared object to link against. It has been
/// read back and found to have the same interface.
///
/// Faults: `NotExpressible` for what ELF has no room for, `ReadBack`.
pub fn write(interface: &Interface) -> Result<Vec<u8>, Fault> {
    let bytes = {
        let layout = layout(interface)?;
        Writer::new(&layout)?.file()?
    };
    let difference = read_back::difference(interface, &bytes);
    match difference.map_err(|fault| fault.to_string()) {
        Ok(None) => Ok(bytes),
        Ok(Some(what)) | Err(what) => Err(Fault::ReadBack { what }),
    }
}

struct Writer<'l> {
    layout: &'l Layout<'l>,
    ctx: Ctx,
    /// In `.gnu.version`: of each definition, and of each required version.
    defined: Vec<u16>,
    required: Vec<Vec<u16>>,
    /// Both, by file and name.
    indices: HashMap<(Option<Name<'l>>, Name<'l>), u16, FixedState>,
    bytes: Vec<u8>,
}

impl<'l> Writer<'l> {
    fn new(layout: &'l Layout) -> Result<Writer<'l>, Fault> {
        let interface = layout.interface;
        // The base definition has index 1 by convention; with or without one,
        // symbols' versions start at 2.
        let mut next = VER_NDX_GLOBAL;
        let mut count = 1;
        let mut number = |base: bool| {
            if base {
                return VER_NDX_GLOBAL;
            }
            count += 1;
            next = next.wrapping_add(1);
            next
        };
        let mut indices = HashMap::default();
        let mut defined = Vec::with_capacity(interface.versions.len());
        for version in &interface.versions {
            let parents = version.parents.len();
            if parents > MOST_PARENTS {
                let what = format!("version {} inherits from {parents}", version.name);
                return Err(Fault::NotExpressible { what });
            }
            let index = number(version.base);
            defined.push(index);
            if !version.base {
                indices.entry((None, version.name)).or_insert(index);
            }
        }
        let mut required = Vec::with_capacity(interface.requirements.len());
        for Requirement { file, versions } in &interface.requirements {
            let numbers: Vec<u16> = versions.iter().map(|_| number(false)).collect();
            for (version, &index) in versions.iter().zip(&numbers) {
                indices.entry((Some(*file), version.name)).or_insert(index);
            }
            required.push(numbers);
        }
        if count > MOST_VERSIONS {
            return Err(Fault::NotExpressible {
                what: format!("{count} versions"),
            });
        }
        Ok(Writer {
            layout,
            ctx: layout.ctx,
            defined,
            required,
            indices,
            bytes: vec![0; layout.size as usize],
        })
    }

    fn file(mut self) -> Result<Vec<u8>, Fault> {
        self.headers()?;
        for section in &self.layout.sections {
            let at = section.header.sh_offset as usize;
            match section.role {
                Role::Null | Role::Data(_) | Role::Space | Role::Tls => {}
                Role::Symbols => self.symbols(at)?,
                Role::Strings => self.copy(at, &self.layout.strings.bytes),
                Role::SymbolVersions => self.symbol_versions(at)?,
                Role::VersionDefinitions => self.version_definitions(at)?,
                Role::VersionRequirements => self.version_requirements(at)?,
                Role::Hash => self.hash(at)?,
                Role::PropertyNote => self.property_note(at)?,
                Role::StubNote => self.stub_note(at)?,
                Role::Attributes(index) => {
                    self.copy(at, self.layout.interface.attributes[index].contents);
                }
                Role::Relocations => self.relocations(at)?,
                Role::Code => self.copy(at, &self.layout.code.bytes),
                Role::InitArray => self.init_array(at)?,
                Role::Dynamic => self.dynamic(at)?,
                Role::Warning(index) => {
                    self.copy(at, self.layout.interface.warnings[index].message);
                }
                Role::SectionNames => self.section_names(at),
            }
        }
        Ok(self.bytes)
    }

    fn headers(&mut self) -> Result<(), Fault> {
        let Layout {
            interface,
            sections,
            segments,
            section_headers,
            ..
        } = self.layout;
        let target = interface.target;
        let mut ident = [0; 16];
        ident[..4].copy_from_slice(MAGIC);
        ident[EI_CLASS] = match target.class {
            Class::Elf32 => ELFCLASS32,
            Class::Elf64 => ELFCLASS64,
        };
        ident[EI_DATA] = match target.endian {
            Endian::Little => ELFDATA2LSB,
            Endian::Big => ELFDATA2MSB,
        };
        ident[EI_VERSION] = EV_CURRENT;
        ident[EI_OSABI] = target.os_abi;
        ident[EI_ABIVERSION] = target.abi_version;
        let names = sections.iter().position(|s| s.role == Role::SectionNames);
        let header = Header {
            e_ident: ident,
            e_type: ET_DYN,
            e_machine: target.machine,
            e_version: EV_CURRENT.into(),
            e_entry: 0,
            e_phoff: Header::size(self.ctx) as u64,
            e_shoff: *section_headers,
            e_flags: target.flags,
            e_ehsize: Header::size(self.ctx) as u16,
            e_phentsize: ProgramHeader::size(self.ctx) as u16,
            e_phnum: segments.len() as u16,
            e_shentsize: SectionHeader::size(self.ctx) as u16,
            e_shnum: sections.len() as u16,
            e_shstrndx: names.unwrap_or(0) as u16,
        };
        self.put(0, header, self.ctx.le)?;
        let size = ProgramHeader::size(self.ctx);
        for (index, segment) in segments.iter().enumerate() {
            let at = Header::size(self.ctx) + index * size;
            self.put(at, segment.clone(), self.ctx)?;
        }
        let size = SectionHeader::size(self.ctx);
        for (index, section) in sections.iter().enumerate() {
            let at = *section_headers as usize + index * size;
            self.put(at, section.header.clone(), self.ctx)?;
        }
        Ok(())
    }

    fn symbols(&mut self, at: usize) -> Result<(), Fault> {
        let layout = self.layout;
        let index_of = |role| layout.sections.iter().position(|s| s.role == role);
        let text = index_of(Role::Code).map(|at| (at, layout.sections[at].header.sh_addr));
        let tls = index_of(Role::Tls);
        let data: Vec<usize> = layout
            .interface
            .objects
            .iter()
            .map(|object| index_of(Role::Data(object.placement)).unwrap_or(0))
            .collect();
        let size = Sym::size(self.ctx.container);
        let names = &layout.strings.symbols;
        for (index, (symbol, &name)) in layout.interface.symbols.iter().zip(names).enumerate() {
            let (section, value) = match symbol.definition {
                Definition::Undefined { .. } => (SHN_UNDEF as usize, 0),
                Definition::Code { odd } => {
                    let (section, address) = text.unwrap_or_default();
                    (section, address + layout.code.entry(symbol, odd))
                }
                Definition::Data { object } => (data[object], layout.object_addresses[object]),
                Definition::Tls { object } => (tls.unwrap_or(0), layout.tls_offsets[object]),
                Definition::Absolute { value } => (SHN_ABS as usize, value),
            };
            let sym = Sym {
                st_name: name as usize,
                st_info: binding(symbol) << 4 | kind(symbol),
                st_other: symbol.other,
                st_shndx: section,
                st_value: value,
                st_size: symbol.size,
            };
            self.put(at + (index + 1) * size, sym, self.ctx)?;
        }
        Ok(())
    }

    fn symbol_versions(&mut self, at: usize) -> Result<(), Fault> {
        let interface = self.layout.interface;
        // Most symbols have the version of the one before.
        let mut last = (None, VER_NDX_GLOBAL);
        for (index, symbol) in interface.symbols.iter().enumerate() {
            let version = match symbol.definition {
                Definition::Undefined { file } => symbol.version.map(|name| (file, name)),
                _ => symbol.version.map(|name| (None, name)),
            };
            if version != last.0 {
                last = (version, self.version_index(symbol, version)?);
            }
            let mut versym = last.1;
            if symbol.hidden {
                versym |= VERSYM_HIDDEN;
            }
            self.put(at + (index + 1) * 2, versym, self.ctx.le)?;
        }
        Ok(())
    }

    /// What `.gnu.version` says of a symbol of this version, less the hidden bit.
    fn version_index(
        &self,
        symbol: &Symbol,
        version: Option<(Option<Name>, Name)>,
    ) -> Result<u16, Fault> {
        let Some((file, name)) = version else {
            return Ok(VER_NDX_GLOBAL);
        };
        let index = self.indices.get(&(file, name)).copied();
        index.ok_or_else(|| Fault::NotExpressible {
            what: format!("symbol {} has no definition of version {name}", symbol.name),
        })
    }

    fn version_definitions(&mut self, mut at: usize) -> Result<(), Fault> {
        let layout = self.layout;
        let count = layout.interface.versions.len();
        let names = &layout.strings.versions;
        for (index, (version, names)) in layout.interface.versions.iter().zip(names).enumerate() {
            let size = size_of::<Verdef>() + names.len() * size_of::<Verdaux>();
            let verdef = Verdef {
                version: VERSION,
                flags: if version.base { VER_FLG_BASE } else { 0 }
                    | if version.weak { VER_FLG_WEAK } else { 0 },
                index: self.defined[index],
                names: names.len() as u16,
                hash: hash::sysv(version.name),
                aux: size_of::<Verdef>() as u32,
                next: if index + 1 < count { size as u32 } else { 0 },
            };
            self.put(at, verdef, self.ctx.le)?;
            let mut aux = at + size_of::<Verdef>();
            for (index, &name) in names.iter().enumerate() {
                let last = index + 1 == names.len();
                let next = if last { 0 } else { size_of::<Verdaux>() as u32 };
                self.put(aux, Verdaux { name, next }, self.ctx.le)?;
                aux += size_of::<Verdaux>();
            }
            at += size;
        }
        Ok(())
    }

    fn version_requirements(&mut self, mut at: usize) -> Result<(), Fault> {
        let layout = self.layout;
        let requirements = &layout.interface.requirements;
        let names = &layout.strings.requirements;
        for (index, (requirement, (file, names))) in requirements.iter().zip(names).enumerate() {
            let size = size_of::<Verneed>() + names.len() * size_of::<Vernaux>();
            let last = index + 1 == requirements.len();
            let verneed = Verneed {
                version: VERSION,
                versions: names.len() as u16,
                file: *file,
                aux: size_of::<Verneed>() as u32,
                next: if last { 0 } else { size as u32 },
            };
            self.put(at, verneed, self.ctx.le)?;
            let mut aux = at + size_of::<Verneed>();
            let numbers = self.required[index].clone();
            let versions = requirement.versions.iter().zip(names).zip(numbers);
            for (number, ((version, &name), index)) in versions.enumerate() {
                let last = number + 1 == names.len();
                let vernaux = Vernaux {
                    hash: hash::sysv(version.name),
                    flags: if version.weak { VER_FLG_WEAK } else { 0 },
                    index,
                    name,
                    next: if last { 0 } else { size_of::<Vernaux>() as u32 },
                };
                self.put(aux, vernaux, self.ctx.le)?;
                aux += size_of::<Vernaux>();
            }
            at += size;
        }
        Ok(())
    }

    /// gABI, "Hash Table": with one bucket it is a list, each entry the index of
    /// the next. Only definitions are in it.
    fn hash(&mut self, at: usize) -> Result<(), Fault> {
        let interface = self.layout.interface;
        let wide = has_wide_hash(interface.target.machine, self.ctx.container);
        let mut put = |index: u64, word: u64| match wide {
            true => self.put(at + index as usize * 8, word, self.ctx.le),
            false => self.put(at + index as usize * 4, word as u32, self.ctx.le),
        };
        put(0, HASH_BUCKETS)?;
        put(1, interface.symbols.len() as u64 + 1)?;
        // The bucket holds the first; what follows symbol n stands n after that.
        let bucket = 2;
        let mut last = bucket;
        for (symbol, number) in interface.symbols.iter().zip(1..) {
            if symbol.is_defined() {
                put(last, number)?;
                last = bucket + HASH_BUCKETS + number;
            }
        }
        Ok(())
    }

    fn property_note(&mut self, at: usize) -> Result<(), Fault> {
        let word = self.ctx.size();
        let le = self.ctx.le;
        let mut offset = at + 16;
        for property in &self.layout.interface.properties {
            let size = property.contents.len();
            self.put(offset, property.property_type, le)?;
            self.put(offset + 4, size as u32, le)?;
            self.copy(offset + 8, property.contents);
            offset += 8 + size.next_multiple_of(word);
        }
        self.put(at, 4u32, le)?;
        self.put(at + 4, (offset - at - 16) as u32, le)?;
        self.put(at + 8, NT_GNU_PROPERTY_TYPE_0, le)?;
        self.copy(at + 12, b"GNU\0");
        Ok(())
    }

    fn stub_note(&mut self, at: usize) -> Result<(), Fault> {
        let le = self.ctx.le;
        let name = STUB_NOTE_NAME.len();
        self.put(at, name as u32, le)?;
        self.put(at + 4, 4u32, le)?;
        self.put(at + 8, STUB_NOTE_TYPE, le)?;
        self.copy(at + 12, STUB_NOTE_NAME);
        self.put(at + 12 + name.next_multiple_of(4), FORMAT_VERSION, le)
    }

    /// Adds the base address to what [`Writer::init_array`] has written.
    fn relocations(&mut self, at: usize) -> Result<(), Fault> {
        let Some(constructor) = &self.layout.code.constructor else {
            return Ok(());
        };
        let relocation = Reloc {
            r_offset: self.address_of(Role::InitArray),
            r_addend: constructor.has_addend.then_some(self.constructor() as i64),
            r_sym: 0,
            r_type: constructor.relative,
        };
        self.put(at, relocation, (constructor.has_addend, self.ctx))
    }

    fn init_array(&mut self, at: usize) -> Result<(), Fault> {
        let address = self.constructor();
        match self.ctx.container {
            Container::Little => self.put(at, address as u32, self.ctx.le),
            Container::Big => self.put(at, address, self.ctx.le),
        }
    }

    /// The address of the constructor.
    fn constructor(&self) -> u64 {
        let constructor = &self.layout.code.constructor;
        let start = constructor.as_ref().map(|constructor| constructor.start);
        self.address_of(Role::Code) + start.unwrap_or(0)
    }

    fn address_of(&self, role: Role) -> u64 {
        let mut sections = self.layout.sections.iter();
        let section = sections.find(|section| section.role == role);
        section.map_or(0, |section| section.header.sh_addr)
    }

    /// DT_NULL at the end is there already: it is all zeros.
    fn dynamic(&mut self, at: usize) -> Result<(), Fault> {
        let size = Dyn::size(self.ctx.container);
        for (index, &(d_tag, d_val)) in self.layout.dynamic.iter().enumerate() {
            self.put(at + index * size, Dyn { d_tag, d_val }, self.ctx)?;
        }
        Ok(())
    }

    fn section_names(&mut self, mut at: usize) {
        for section in &self.layout.sections {
            self.copy(at, &section.name);
            at += section.name.len() + 1;
        }
    }

    fn copy(&mut self, at: usize, bytes: &[u8]) {
        self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
    }

    fn put<T, C>(&mut self, at: usize, record: T, ctx: C) -> Result<(), Fault>
    where
        C: Copy,
        T: TryIntoCtx<C>,
        T::Error: From<scroll::Error> + std::fmt::Display,
    {
        self.bytes
            .pwrite_with(record, at, ctx)
            .map(|_| ())
            .map_err(|error| Fault::NotExpressible {
                what: error.to_string(),
            })
    }
}

fn binding(symbol: &Symbol) -> u8 {
    match symbol.binding {
        Binding::Global => STB_GLOBAL,
        Binding::Weak => STB_WEAK,
        Binding::Unique => STB_GNU_UNIQUE,
        Binding::Other(value) => value,
    }
}

fn kind(symbol: &Symbol) -> u8 {
    match symbol.kind {
        Kind::NoType => STT_NOTYPE,
        Kind::Object => STT_OBJECT,
        Kind::Function => STT_FUNC,
        Kind::Common => STT_COMMON,
        Kind::Tls => STT_TLS,
        Kind::IndirectFunction => STT_GNU_IFUNC,
        Kind::Other(value) => value,
    }
}
