//! What an ELF file asks of others before it runs.

use bstr::BStr;
use goblin::elf::Sym;
use goblin::elf::section_header::SHN_UNDEF;
use goblin::elf::sym::{
    STB_LOCAL, STB_WEAK, STT_COMMON, STT_FILE, STT_FUNC, STT_GNU_IFUNC, STT_OBJECT, STT_SECTION,
    STT_TLS,
};

use super::needed::{self, Needed};
use crate::elf::identify::{self, FileKind};
use crate::elf::tables::versions::{Requirement, VER_FLG_WEAK, VER_NDX_GLOBAL, VERSYM_HIDDEN};
use crate::elf::tables::{
    Dynamic, Image, SymbolTable, copy_type, is_confined, record, relocations,
};
use crate::problem::Fault;

/// All that one file asks of others.
pub struct Imports<'a> {
    pub kind: FileKind,
    pub needed: Needed<'a>,
    pub symbols: Vec<Import<'a>>,
    /// DT_VERNEED. The loader refuses to start without a strong one even if no
    /// symbol has it (glibc, elf/dl-version.c, `_dl_check_map_versions`).
    pub versions: Vec<RequiredNode<'a>>,
}

/// A symbol that another object has to define.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Import<'a> {
    pub name: &'a BStr,
    pub version: Option<&'a BStr>,
    /// What DT_VERNEED says is to supply the version.
    pub file: Option<&'a BStr>,
    /// May stay undefined.
    pub weak: bool,
    pub kind: ImportKind,
    /// The data is copied into the file when it starts.
    pub copy: Option<Copy>,
}

/// A copy relocation: room for a library's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copy {
    pub size: u64,
    /// What the address of the room is a multiple of.
    pub alignment: u64,
}

/// What a symbol is to those who use it, as far as its type says so. Linkers
/// give imports the type of the definition, or none (lld).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ImportKind {
    Untyped,
    Function,
    Data,
    Tls,
}

/// A version that a file has to define.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequiredNode<'a> {
    pub file: &'a BStr,
    pub name: &'a BStr,
    /// VER_FLG_WEAK: its absence stops nobody.
    pub weak: bool,
}

impl ImportKind {
    pub(super) fn of(sym: &Sym) -> ImportKind {
        match sym.st_type() {
            STT_FUNC | STT_GNU_IFUNC => ImportKind::Function,
            STT_OBJECT | STT_COMMON => ImportKind::Data,
            STT_TLS => ImportKind::Tls,
            _ => ImportKind::Untyped,
        }
    }

    /// Whether what was compiled for one works with the other.
    pub fn fits(self, other: ImportKind) -> bool {
        self == other || self == ImportKind::Untyped || other == ImportKind::Untyped
    }
}

/// What the file with these bytes asks of others. Only what is loaded asks for
/// anything: not object files, nor what `objcopy --only-keep-debug` left.
///
/// Faults: `Truncated`, `Malformed`, `Contradictory`.
pub fn imports(bytes: &[u8]) -> Result<Imports<'_>, Fault> {
    let image = Image::new(bytes)?;
    let kind = identify::kind(&image)?;
    let loaded = matches!(kind, FileKind::Executable | FileKind::SharedObject { .. });
    let dynamic = match loaded {
        true => Dynamic::new(&image)?,
        false => None,
    };
    let mut imports = Imports {
        kind,
        needed: match loaded {
            true => needed::of(&image, dynamic.as_ref())?,
            false => Needed::default(),
        },
        symbols: Vec::new(),
        versions: Vec::new(),
    };
    let Some(dynamic) = dynamic else {
        return Ok(imports);
    };
    let table = SymbolTable::new(&image, &dynamic)?;
    imports.versions = required_nodes(&table.requirements);
    let reader = Reader {
        image: &image,
        table: &table,
        by_index: by_index(&table),
    };
    reader.undefined(&mut imports.symbols)?;
    if kind == FileKind::Executable {
        reader.copied(&dynamic, &mut imports.symbols)?;
    }
    Ok(imports)
}

/// The versions that the object with these bytes asks of others.
///
/// Faults: `Truncated`, `Malformed`, `Contradictory`.
pub fn required_versions(bytes: &[u8]) -> Result<Vec<RequiredNode<'_>>, Fault> {
    let image = Image::new(bytes)?;
    match Dynamic::new(&image)? {
        Some(dynamic) => Ok(required_nodes(&dynamic.requirements(&image)?)),
        None => Ok(Vec::new()),
    }
}

fn required_nodes<'a>(requirements: &[Requirement<'a>]) -> Vec<RequiredNode<'a>> {
    let nodes = requirements.iter().flat_map(|requirement| {
        let versions = requirement.versions.iter();
        versions.map(|version| RequiredNode {
            file: requirement.file,
            name: version.name,
            weak: version.flags & VER_FLG_WEAK != 0,
        })
    });
    nodes.collect()
}

/// Version and file, by the values in `.gnu.version`.
type ByIndex<'a> = Vec<Option<(&'a BStr, &'a BStr)>>;

fn by_index<'a>(table: &SymbolTable<'a>) -> ByIndex<'a> {
    let mut by_index = ByIndex::new();
    for requirement in &table.requirements {
        for version in &requirement.versions {
            let index = usize::from(version.index);
            if by_index.len() <= index {
                by_index.resize(index + 1, None);
            }
            by_index[index] = Some((version.name, requirement.file));
        }
    }
    by_index
}

struct Reader<'r, 'a> {
    image: &'r Image<'a>,
    table: &'r SymbolTable<'a>,
    by_index: ByIndex<'a>,
}

impl<'a> Reader<'_, 'a> {
    fn undefined(&self, imports: &mut Vec<Import<'a>>) -> Result<(), Fault> {
        for index in 1..self.table.count() {
            let sym = self.table.symbol(index)?;
            // What is hidden binds to the file itself (glibc, elf/dl-reloc.c,
            // RESOLVE_MAP).
            let wanted = sym.st_shndx as u32 == SHN_UNDEF
                && sym.st_bind() != STB_LOCAL
                && !matches!(sym.st_type(), STT_SECTION | STT_FILE)
                && !is_confined(&sym);
            if wanted && let Some(import) = self.import(index, &sym)? {
                imports.push(import);
            }
        }
        Ok(())
    }

    /// The symbols of copy relocations are defined, by the room for the copy,
    /// and yet looked for elsewhere (glibc, ELF_RTYPE_CLASS_COPY).
    fn copied(&self, dynamic: &Dynamic<'a>, imports: &mut Vec<Import<'a>>) -> Result<(), Fault> {
        let Some(copy_type) = copy_type(self.image.header.e_machine) else {
            return Ok(());
        };
        let mut indices = Vec::new();
        relocations(self.image, dynamic, |_, reloc| {
            if reloc.r_type == copy_type {
                indices.push((reloc.r_sym, reloc.r_offset));
            }
        })?;
        for (index, address) in indices {
            let sym = self.table.symbol(index)?;
            if sym.st_shndx as u32 == SHN_UNDEF {
                continue;
            }
            if let Some(mut import) = self.import(index, &sym)? {
                import.copy = Some(Copy {
                    size: sym.st_size,
                    alignment: 1 << address.trailing_zeros().min(63),
                });
                imports.push(import);
            }
        }
        Ok(())
    }

    /// Nothing if it has no name.
    fn import(&self, index: usize, sym: &Sym) -> Result<Option<Import<'a>>, Fault> {
        let name = self.table.name(sym)?;
        if name.is_empty() {
            return Ok(None);
        }
        let versym = match self.table.versions {
            Some(versions) => record(
                versions,
                index as u64 * 2,
                self.image.ctx.le,
                "symbol versions",
            )?,
            None => VER_NDX_GLOBAL,
        };
        // What stands for no requirement is as good as no version (glibc,
        // elf/dl-reloc.c: `version->hash == 0`).
        let version = usize::from(versym & !VERSYM_HIDDEN);
        let version = self.by_index.get(version).copied().flatten();
        Ok(Some(Import {
            name,
            version: version.map(|(name, _)| name),
            file: version.map(|(_, file)| file),
            weak: sym.st_bind() == STB_WEAK,
            kind: ImportKind::of(sym),
            copy: None,
        }))
    }
}
