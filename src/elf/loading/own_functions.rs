//! Functions that an object looks for though it defines them itself.
//!
//! Each relocation that names such a function has the loader search the whole
//! process for it. In its place the same record may hold the function's address,
//! as if the object had been linked with `-Bsymbolic-non-weak-functions`; nothing
//! moves. Linkers sort relocations without a symbol to the front and count them
//! (DT_RELACOUNT), so what was bound afterwards can be told by its place.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use bstr::BStr;
use foldhash::fast::FixedState;
use goblin::container::Container;
use goblin::elf::Sym;
use goblin::elf::dynamic::{DT_JMPREL, DT_PLTRELSZ, DT_RELA, DT_RELACOUNT, DT_RELASZ};
use goblin::elf::header::{EM_AARCH64, EM_X86_64};
use goblin::elf::reloc::{
    R_AARCH64_ABS64, R_AARCH64_GLOB_DAT, R_AARCH64_JUMP_SLOT, R_AARCH64_RELATIVE, R_X86_64_64,
    R_X86_64_GLOB_DAT, R_X86_64_JUMP_SLOT, R_X86_64_RELATIVE, Reloc,
};
use goblin::elf::section_header::{SHN_LORESERVE, SHN_UNDEF};
use goblin::elf::sym::{STB_GLOBAL, STT_FUNC};
use scroll::{Pread, Pwrite};

use crate::elf::tables::{Dynamic, Image, SymbolTable, is_confined, malformed, resolves_at_once};
use crate::problem::Fault;

/// What is to be written where.
pub struct Bound {
    /// How many functions it is.
    pub functions: usize,
    /// Tables of relocations, by offset in the file.
    pub tables: Vec<(usize, Vec<u8>)>,
}

/// Binds the object with these bytes to those of its own strong functions that
/// it looks for when it is loaded, and that `may` be. `None` if there are none, or
/// if it is for another machine than x86-64 or AArch64.
///
/// Data is never bound: a program may have a copy of it that all have to use. Nor
/// are weak functions, which are there to be replaced, and in C++ to be one for
/// all; nor IFUNCs, whose address is found out by running them; nor what the
/// language has everybody replace. A function that is
/// looked for when it is first called has no relocation without a symbol (glibc,
/// sysdeps/x86_64/dl-machine.h, `elf_machine_lazy_rel`).
///
/// Faults: `Truncated`, `Malformed`, `Contradictory`.
pub fn bind_own_functions(
    bytes: &[u8],
    may: impl Fn(&BStr) -> bool,
) -> Result<Option<Bound>, Fault> {
    let Some(object) = Object::new(bytes)? else {
        return Ok(None);
    };
    let mut functions = HashSet::<usize, FixedState>::default();
    let mut tables = Vec::new();
    for table in &object.tables {
        let mut written = bytes[table.range.clone()].to_vec();
        let mut changed = false;
        object.each(table, |at, reloc| {
            let Some(addend) = object.address(&reloc, &may)? else {
                return Ok(());
            };
            let relative = Reloc {
                r_sym: 0,
                r_type: object.types.relative,
                r_addend: Some(addend),
                ..reloc
            };
            let put = written.pwrite_with(relative, at, (true, object.image.ctx));
            put.map_err(|error| malformed(format!("relocations: {error}")))?;
            functions.insert(reloc.r_sym);
            changed = true;
            Ok(())
        })?;
        if changed {
            tables.push((table.range.start, written));
        }
    }
    Ok((!tables.is_empty()).then_some(Bound {
        functions: functions.len(),
        tables,
    }))
}

/// The functions that an object with these bytes was bound to by
/// [`bind_own_functions`].
///
/// Faults: `Truncated`, `Malformed`, `Contradictory`.
pub fn own_functions(bytes: &[u8]) -> Result<Vec<&BStr>, Fault> {
    let Some(object) = Object::new(bytes)? else {
        return Ok(Vec::new());
    };
    let mut by_address: HashMap<u64, usize, FixedState> = HashMap::default();
    for index in 1..object.symbols.count() {
        let sym = object.symbols.symbol(index)?;
        if is_strong_function(&sym) {
            by_address.insert(sym.st_value, index);
        }
    }
    let mut bound = Vec::new();
    for table in &object.tables {
        object.each(table, |_, reloc| {
            let addend = reloc.r_addend.unwrap_or_default() as u64;
            if reloc.r_type == object.types.relative
                && let Some(index) = by_address.remove(&addend)
            {
                bound.push(object.symbols.name(&object.symbols.symbol(index)?)?);
            }
            Ok(())
        })?;
    }
    Ok(bound)
}

/// The types of a machine's relocations (its psABI).
struct Types {
    relative: u32,
    /// Of a function's address, and whether the addend counts.
    address: [(u32, bool); 3],
}

struct Object<'a> {
    image: Image<'a>,
    types: &'static Types,
    symbols: SymbolTable<'a>,
    tables: Vec<Table>,
}

/// A table of relocations, behind those that name no symbol.
struct Table {
    range: Range<usize>,
}

impl<'a> Object<'a> {
    fn new(bytes: &'a [u8]) -> Result<Option<Object<'a>>, Fault> {
        const X86_64: Types = Types {
            relative: R_X86_64_RELATIVE,
            address: [
                (R_X86_64_GLOB_DAT, false),
                (R_X86_64_JUMP_SLOT, false),
                (R_X86_64_64, true),
            ],
        };
        const AARCH64: Types = Types {
            relative: R_AARCH64_RELATIVE,
            address: [
                (R_AARCH64_GLOB_DAT, true),
                (R_AARCH64_JUMP_SLOT, true),
                (R_AARCH64_ABS64, true),
            ],
        };
        let image = Image::new(bytes)?;
        let types = match (image.header.e_machine, image.ctx.container) {
            (EM_X86_64, Container::Big) => &X86_64,
            (EM_AARCH64, Container::Big) => &AARCH64,
            _ => return Ok(None),
        };
        let Some(dynamic) = Dynamic::new(&image)? else {
            return Ok(None);
        };
        let size = Reloc::size(true, image.ctx);
        let relative = dynamic.value(DT_RELACOUNT).unwrap_or(0);
        let mut tables = Vec::new();
        for (address, length, skip, at_once) in [
            (DT_RELA, DT_RELASZ, relative, true),
            (DT_JMPREL, DT_PLTRELSZ, 0, resolves_at_once(&dynamic)),
        ] {
            if let (Some(address), Some(length)) = (dynamic.value(address), dynamic.value(length))
                && length > 0
                && at_once
            {
                image.at_address(address, length, "relocations")?;
                let start = image.offset_of(address, "relocations")? as usize;
                let end = start + length as usize;
                let skip = skip.saturating_mul(size as u64).min(length) as usize;
                tables.push(Table {
                    range: start + skip..end,
                });
            }
        }
        Ok(Some(Object {
            symbols: SymbolTable::new(&image, &dynamic)?,
            image,
            types,
            tables,
        }))
    }

    /// Calls `each` with the relocations of a table and where in it they are.
    fn each(
        &self,
        table: &Table,
        mut each: impl FnMut(usize, Reloc) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let size = Reloc::size(true, self.image.ctx);
        let bytes = &self.image.bytes[table.range.clone()];
        for at in (0..bytes.len() / size).map(|index| index * size) {
            let reloc: Reloc = bytes
                .pread_with(at, (true, self.image.ctx))
                .map_err(|error| malformed(format!("relocations: {error}")))?;
            each(at, reloc)?;
        }
        Ok(())
    }

    /// The address that a relocation is to put in its place, if it is that of an
    /// own function.
    fn address(&self, reloc: &Reloc, may: impl Fn(&BStr) -> bool) -> Result<Option<i64>, Fault> {
        let mut types = self.types.address.iter();
        let Some((_, adds)) = types.find(|(r_type, _)| *r_type == reloc.r_type) else {
            return Ok(None);
        };
        if reloc.r_sym == 0 {
            return Ok(None);
        }
        let sym = self.symbols.symbol(reloc.r_sym)?;
        if !is_strong_function(&sym) {
            return Ok(None);
        }
        let name = self.symbols.name(&sym)?;
        if is_replaceable(name) || !may(name) {
            return Ok(None);
        }
        let addend = if *adds { reloc.r_addend } else { None };
        let address = sym.st_value as i64;
        Ok(Some(address.wrapping_add(addend.unwrap_or_default())))
    }
}

/// `operator new` and `operator delete` in all their forms (C++,
/// [replacement.functions]; Itanium C++ ABI, 5.1.3), which GCC's library defines
/// as strong functions.
fn is_replaceable(name: &BStr) -> bool {
    const PREFIXES: [&[u8]; 4] = [b"_Znw", b"_Zna", b"_Zdl", b"_Zda"];
    PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

fn is_strong_function(sym: &Sym) -> bool {
    let section = sym.st_shndx as u32;
    sym.st_bind() == STB_GLOBAL
        && sym.st_type() == STT_FUNC
        && section != SHN_UNDEF
        && section < SHN_LORESERVE
        && sym.st_value != 0
        && !is_confined(sym)
}
