//! Dynamic relocations, as far as they name symbols.

use goblin::container::{Container, Ctx};
use goblin::elf::dynamic::{
    DF_1_NOW, DF_BIND_NOW, DT_BIND_NOW, DT_FLAGS, DT_FLAGS_1, DT_JMPREL, DT_PLTREL, DT_PLTRELSZ,
    DT_REL, DT_RELA, DT_RELACOUNT, DT_RELASZ, DT_RELCOUNT, DT_RELSZ,
};
use goblin::elf::header::{
    EM_68K, EM_386, EM_AARCH64, EM_ARM, EM_LOONGARCH, EM_MIPS, EM_PPC, EM_PPC64, EM_RISCV, EM_S390,
    EM_SH, EM_SPARC, EM_SPARC32PLUS, EM_SPARCV9, EM_X86_64,
};
use goblin::elf::reloc::{
    R_386_COPY, R_AARCH64_COPY, R_ARM_COPY, R_LARCH_COPY, R_MIPS_COPY, R_PPC_COPY, R_PPC64_COPY,
    R_RISCV_COPY, R_X86_64_COPY,
};
use goblin::elf::reloc::{Reloc, RelocSection, reloc64::mips64el_r_info};

use super::dynamic::Dynamic;
use super::image::{Image, malformed};
use crate::problem::Fault;

/// The type of a machine's copy relocations (its psABI; binutils,
/// include/elf/*.h, where goblin doesn't know it).
pub fn copy_type(machine: u16) -> Option<u32> {
    Some(match machine {
        EM_X86_64 => R_X86_64_COPY,
        EM_386 => R_386_COPY,
        EM_AARCH64 => R_AARCH64_COPY,
        EM_ARM => R_ARM_COPY,
        EM_RISCV => R_RISCV_COPY,
        EM_LOONGARCH => R_LARCH_COPY,
        EM_PPC => R_PPC_COPY,
        EM_PPC64 => R_PPC64_COPY,
        EM_MIPS => R_MIPS_COPY,
        EM_S390 => 9,
        EM_SPARC | EM_SPARC32PLUS | EM_SPARCV9 | EM_68K => 19,
        EM_SH => 162,
        _ => return None,
    })
}

/// Where a relocation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// DT_RELA or DT_REL: resolved when the object is loaded.
    Data,
    /// DT_JMPREL: resolved when a function is first called, unless the object
    /// says otherwise.
    Plt,
}

/// Calls `each` with every dynamic relocation that may name a symbol.
pub fn relocations(
    image: &Image,
    dynamic: &Dynamic,
    mut each: impl FnMut(Table, Reloc),
) -> Result<(), Fault> {
    let value = |tag| dynamic.value(tag);
    let plt_is_rela = value(DT_PLTREL) == Some(DT_RELA);
    for (table, address, size, relative, is_rela) in [
        (Table::Data, DT_RELA, DT_RELASZ, Some(DT_RELACOUNT), true),
        (Table::Data, DT_REL, DT_RELSZ, Some(DT_RELCOUNT), false),
        (Table::Plt, DT_JMPREL, DT_PLTRELSZ, None, plt_is_rela),
    ] {
        let (Some(address), Some(size)) = (value(address), value(size)) else {
            continue;
        };
        if size == 0 {
            continue;
        }
        let bytes = image.at_address(address, size, "relocations")?;
        // Those of DT_RELACOUNT come first, and name nothing.
        let skip = relative.and_then(value).unwrap_or(0);
        let skip = skip.saturating_mul(Reloc::size(is_rela, image.ctx) as u64);
        let rest = usize::try_from(skip)
            .ok()
            .and_then(|skip| bytes.get(skip..));
        let rest = rest.unwrap_or_default();
        let section = RelocSection::parse(rest, 0, rest.len(), is_rela, image.ctx)
            .map_err(|error| malformed(format!("relocations: {error}")))?;
        for reloc in section.iter() {
            each(table, decoded(reloc, image.header.e_machine, image.ctx));
        }
    }
    Ok(())
}

/// Whether those of DT_JMPREL are resolved when the object is loaded, too.
pub fn resolves_at_once(dynamic: &Dynamic) -> bool {
    dynamic.value(DT_BIND_NOW).is_some()
        || dynamic.has_flag(DT_FLAGS, DF_BIND_NOW)
        || dynamic.has_flag(DT_FLAGS_1, DF_1_NOW)
}

/// On 64-bit MIPS `r_info` is a record of its own, whose fields keep their order
/// whatever the byte order, and holds up to three types (MIPS64 psABI).
fn decoded(reloc: Reloc, machine: u16, ctx: Ctx) -> Reloc {
    if machine != EM_MIPS || ctx.container != Container::Big {
        return reloc;
    }
    let mut info = (reloc.r_sym as u64) << 32 | u64::from(reloc.r_type);
    if ctx.le.is_little() {
        info = mips64el_r_info(info);
    }
    Reloc {
        r_sym: (info >> 32) as usize,
        r_type: (info & 0xff) as u32,
        ..reloc
    }
}
