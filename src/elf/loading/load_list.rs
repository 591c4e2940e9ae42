//! A load list: a shared object that holds nothing but DT_NEEDED. Whoever needs
//! it loads what it names, in its order.

use std::iter;

use bstr::BStr;
use goblin::elf::dynamic::{
    DT_GNU_HASH, DT_NEEDED, DT_NULL, DT_STRSZ, DT_STRTAB, DT_SYMENT, DT_SYMTAB,
};
use goblin::elf::header::{EI_OSABI, EM_386, EM_RISCV, EM_S390, EM_X86_64, ET_DYN};
use goblin::elf::program_header::{PF_R, PF_W, PT_DYNAMIC, PT_GNU_STACK, PT_LOAD};
use goblin::elf::section_header::{SHF_ALLOC, SHF_WRITE, SHT_DYNAMIC, SHT_DYNSYM, SHT_STRTAB};
use goblin::elf::{Dyn, Header, ProgramHeader, SectionHeader, Sym};
use scroll::Pwrite;
use scroll::ctx::TryIntoCtx;

use crate::elf::tables::{Image, malformed};
use crate::problem::Fault;

const SHT_GNU_HASH: u32 = 0x6fff_fff6;
/// Each with its NUL.
const SECTION_NAMES: [&str; 6] = [
    "\0",
    ".gnu.hash\0",
    ".dynsym\0",
    ".dynstr\0",
    ".dynamic\0",
    ".shstrtab\0",
];
const SEGMENTS: usize = 3;

/// A load list for the machine of `program`, which are the bytes of an ELF file.
///
/// It has the sections that strip(1) and patchelf look for, a hash table that
/// says it defines nothing (musl looks into it unasked), and its one segment is
/// writable: loaders before glibc 2.35 write addresses into the dynamic section.
///
/// Faults: `Truncated`, `Malformed`.
pub fn load_list(program: &[u8], names: &[&BStr]) -> Result<Vec<u8>, Fault> {
    let like = Image::new(program)?;
    let ctx = like.ctx;
    let word = ctx.size();
    let mut strings = vec![0];
    let mut needed = Vec::with_capacity(names.len());
    for name in names {
        needed.push(strings.len() as u64);
        strings.extend_from_slice(name);
        strings.push(0);
    }
    // One bucket, the first hashed symbol's index, one word of Bloom filter.
    let hash_size = 4 * 4 + word + 4;
    let hash = Header::size(ctx) + SEGMENTS * ProgramHeader::size(ctx);
    let symbols = (hash + hash_size).next_multiple_of(word);
    let strings_at = symbols + Sym::size(ctx.container);
    let dynamic = (strings_at + strings.len()).next_multiple_of(word);
    let entries: Vec<(u64, u64)> = needed
        .into_iter()
        .map(|offset| (DT_NEEDED, offset))
        .chain([
            (DT_GNU_HASH, hash as u64),
            (DT_SYMTAB, symbols as u64),
            (DT_SYMENT, Sym::size(ctx.container) as u64),
            (DT_STRTAB, strings_at as u64),
            (DT_STRSZ, strings.len() as u64),
            (DT_NULL, 0),
        ])
        .collect();
    let dynamic_size = entries.len() * Dyn::size(ctx.container);
    let names_at = dynamic + dynamic_size;
    let names_size: usize = SECTION_NAMES.iter().map(|name| name.len()).sum();
    let headers = (names_at + names_size).next_multiple_of(word);
    let end = headers + SECTION_NAMES.len() * SectionHeader::size(ctx);

    let mut file = File {
        bytes: vec![0; end],
    };
    let mut header = Header {
        e_type: ET_DYN,
        e_entry: 0,
        e_phoff: Header::size(ctx) as u64,
        e_shoff: headers as u64,
        e_phnum: SEGMENTS as u16,
        e_shentsize: SectionHeader::size(ctx) as u16,
        e_shnum: SECTION_NAMES.len() as u16,
        e_shstrndx: SECTION_NAMES.len() as u16 - 1,
        ..like.header
    };
    header.e_ident[EI_OSABI] = 0;
    file.put(0, header, ctx.le)?;
    let writable = PF_R | PF_W;
    for (index, segment) in [
        segment(PT_LOAD, writable, 0..names_at, page(like.header.e_machine)),
        segment(PT_DYNAMIC, writable, dynamic..names_at, word as u64),
        segment(PT_GNU_STACK, writable, 0..0, 16),
    ]
    .into_iter()
    .enumerate()
    {
        let at = Header::size(ctx) + index * ProgramHeader::size(ctx);
        file.put(at, segment, ctx)?;
    }
    // buckets, first symbol, words, shift; the filter and the bucket are 0
    for (index, value) in [1u32, 1, 1, 0].into_iter().enumerate() {
        file.put(hash + index * 4, value, ctx.le)?;
    }
    file.bytes[strings_at..strings_at + strings.len()].copy_from_slice(&strings);
    for (index, (d_tag, d_val)) in entries.into_iter().enumerate() {
        let at = dynamic + index * Dyn::size(ctx.container);
        file.put(at, Dyn { d_tag, d_val }, ctx)?;
    }
    let section_names = SECTION_NAMES.concat();
    file.bytes[names_at..names_at + names_size].copy_from_slice(section_names.as_bytes());
    let record = |size: usize| size as u64;
    let sections = [
        SectionHeader::default(),
        section(SHT_GNU_HASH, SHF_ALLOC, hash..hash + hash_size, 2, 0),
        SectionHeader {
            sh_info: 1,
            ..section(
                SHT_DYNSYM,
                SHF_ALLOC,
                symbols..strings_at,
                3,
                record(Sym::size(ctx.container)),
            )
        },
        section(
            SHT_STRTAB,
            SHF_ALLOC,
            strings_at..strings_at + strings.len(),
            0,
            0,
        ),
        section(
            SHT_DYNAMIC,
            SHF_ALLOC | SHF_WRITE,
            dynamic..names_at,
            3,
            record(Dyn::size(ctx.container)),
        ),
        SectionHeader {
            sh_addr: 0,
            ..section(SHT_STRTAB, 0, names_at..names_at + names_size, 0, 0)
        },
    ];
    let name_offsets = iter::once(0).chain(SECTION_NAMES.iter().scan(0, |at, name| {
        *at += name.len();
        Some(*at)
    }));
    for (index, (section, name)) in sections.into_iter().zip(name_offsets).enumerate() {
        let section = SectionHeader {
            sh_name: name,
            sh_addralign: match section.sh_type {
                0 => 0,
                SHT_STRTAB => 1,
                _ => word as u64,
            },
            ..section
        };
        file.put(headers + index * SectionHeader::size(ctx), section, ctx)?;
    }
    Ok(file.bytes)
}

/// What `p_align` has to be a multiple of: the largest page that the machine's
/// kernels have. Where it is larger than the kernel's, glibc reserves more
/// address space than it needs and gives it back.
fn page(machine: u16) -> u64 {
    match machine {
        EM_X86_64 | EM_386 | EM_RISCV | EM_S390 => 0x1000,
        _ => 0x1_0000,
    }
}

fn segment(
    p_type: u32,
    p_flags: u32,
    range: std::ops::Range<usize>,
    p_align: u64,
) -> ProgramHeader {
    ProgramHeader {
        p_type,
        p_flags,
        p_offset: range.start as u64,
        p_vaddr: range.start as u64,
        p_paddr: range.start as u64,
        p_filesz: range.len() as u64,
        p_memsz: range.len() as u64,
        p_align,
    }
}

fn section(
    sh_type: u32,
    flags: u32,
    range: std::ops::Range<usize>,
    sh_link: u32,
    sh_entsize: u64,
) -> SectionHeader {
    SectionHeader {
        sh_type,
        sh_flags: flags.into(),
        sh_addr: range.start as u64,
        sh_offset: range.start as u64,
        sh_size: range.len() as u64,
        sh_link,
        sh_entsize,
        ..SectionHeader::default()
    }
}

struct File {
    bytes: Vec<u8>,
}

impl File {
    fn put<T, C: Copy>(&mut self, at: usize, value: T, ctx: C) -> Result<(), Fault>
    where
        T: TryIntoCtx<C>,
        T::Error: From<scroll::Error> + std::fmt::Display,
    {
        let put = self.bytes.pwrite_with(value, at, ctx);
        put.map_err(|error| malformed(format!("load list: {error}")))?;
        Ok(())
    }
}
