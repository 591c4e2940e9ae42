//! One damage each, and the code of the problem that it is.

use bstr::BStr;
use stub_builder::elf;
use stub_builder::interface::Version;

use crate::generator;
use crate::poke::{
    PT_DYNAMIC, Poke, SHT_DYNAMIC, SHT_DYNSYM, SHT_HASH, SHT_NOTE, SHT_RELA, SHT_STRTAB,
    SHT_VERDEF, SHT_VERNEED, SHT_VERSYM,
};

const TRUNCATED: &str = "SB0201";
const MALFORMED: &str = "SB0202";
const CONTRADICTORY: &str = "SB0203";
const NOT_EXPRESSIBLE: &str = "SB0204";

const DT_HASH: u64 = 4;
const DT_STRTAB: u64 = 5;
const DT_SYMTAB: u64 = 6;
const DT_STRSZ: u64 = 10;
const DT_SYMENT: u64 = 11;
const DT_SONAME: u64 = 14;
const DT_NEEDED: u64 = 1;
const DT_VERSYM: u64 = 0x6fff_fff0;
const DT_VERDEF: u64 = 0x6fff_fffc;
const DT_VERDEFNUM: u64 = 0x6fff_fffd;
const DT_VERNEED: u64 = 0x6fff_fffe;
const DT_VERNEEDNUM: u64 = 0x6fff_ffff;

/// Beyond the end of any file here.
const FAR: u64 = 0x4000_0000;
const EVERYTHING: u64 = u64::MAX;

type Damage = fn(&mut Poke);

const CASES: &[(&str, &str, Damage)] = &[
    // The ELF header.
    ("magic alone", MALFORMED, |p| p.bytes.truncate(4)),
    ("half a header", TRUNCATED, |p| p.bytes.truncate(40)),
    ("no such class", MALFORMED, |p| p.set(4, 1, 3)),
    ("no such byte order", MALFORMED, |p| p.set(5, 1, 0)),
    ("program headers beyond the end", TRUNCATED, |p| {
        p.set(32, 8, FAR)
    }),
    ("program headers beyond all", TRUNCATED, |p| {
        p.set(32, 8, EVERYTHING)
    }),
    ("program headers of another size", MALFORMED, |p| {
        p.set(54, 2, 55)
    }),
    ("too many program headers", TRUNCATED, |p| {
        p.set(56, 2, 0xfffe)
    }),
    ("more program headers than libraries have", MALFORMED, |p| {
        let (start, count) = (p.get(32, 8) as usize, p.get(56, 2));
        let mut headers = p.bytes[start..start + count as usize * 56].to_vec();
        headers.resize(headers.len() + 1000 * 56, 0);
        let end = p.bytes.len() as u64;
        p.bytes.extend(headers);
        p.set(32, 8, end);
        p.set(56, 2, count + 1000);
    }),
    ("section headers beyond the end", TRUNCATED, |p| {
        p.set(40, 8, FAR)
    }),
    ("section headers beyond all", TRUNCATED, |p| {
        p.set(40, 8, EVERYTHING - 7)
    }),
    ("section headers of another size", MALFORMED, |p| {
        p.set(58, 2, 40)
    }),
    ("too many section headers", TRUNCATED, |p| {
        p.set(60, 2, 0xfeff)
    }),
    ("far too many section headers", MALFORMED, |p| {
        p.set(60, 2, 0);
        let null = p.section_at(0);
        p.set(null + 32, 8, EVERYTHING);
    }),
    ("names of sections in no section", MALFORMED, |p| {
        p.set(62, 2, 0x7fff)
    }),
    // Cut off at each table.
    ("cut in the program headers", TRUNCATED, |p| {
        p.without_sections();
        p.bytes.truncate(64 + 56 + 3);
    }),
    ("cut in the symbols", TRUNCATED, |p| cut(p, SHT_DYNSYM)),
    ("cut in the names", TRUNCATED, |p| cut(p, SHT_STRTAB)),
    ("cut in the versions", TRUNCATED, |p| cut(p, SHT_VERSYM)),
    ("cut in the version definitions", TRUNCATED, |p| {
        cut(p, SHT_VERDEF)
    }),
    ("cut in the version requirements", TRUNCATED, |p| {
        cut(p, SHT_VERNEED)
    }),
    ("cut in the hash table", TRUNCATED, |p| cut(p, SHT_HASH)),
    ("cut in the dynamic section", TRUNCATED, |p| {
        let at = p.dynamic(DT_SONAME);
        p.without_sections();
        p.bytes.truncate(at + 8);
    }),
    ("cut in the section headers", TRUNCATED, |p| {
        let length = p.bytes.len();
        p.bytes.truncate(length - 1);
    }),
    // The dynamic section.
    ("dynamic section beyond the end", TRUNCATED, |p| {
        p.without_sections();
        let dynamic = p.segment(PT_DYNAMIC);
        p.set(dynamic + 8, 8, FAR);
    }),
    ("dynamic section without end", MALFORMED, |p| {
        let dynamic = p.segment(PT_DYNAMIC);
        let size = p.get(dynamic + 32, 8);
        p.set(dynamic + 32, 8, size - 16);
    }),
    ("two dynamic sections", CONTRADICTORY, |p| {
        let dynamic = p.segment(PT_DYNAMIC);
        let offset = p.get(dynamic + 8, 8);
        p.set(dynamic + 8, 8, offset + 16);
    }),
    ("no string table", MALFORMED, |p| p.drop_dynamic(DT_STRTAB)),
    ("string table without size", MALFORMED, |p| {
        p.drop_dynamic(DT_STRSZ)
    }),
    ("string table in no segment", MALFORMED, |p| {
        p.set_dynamic(DT_STRTAB, FAR)
    }),
    ("string table longer than its segment", MALFORMED, |p| {
        p.set_dynamic(DT_STRSZ, EVERYTHING)
    }),
    ("segment beyond the end", TRUNCATED, |p| {
        let load = p.segment(1);
        p.set(load + 8, 8, FAR);
    }),
    ("segment beyond the address space", MALFORMED, |p| {
        let load = p.segment(1);
        p.set(load + 8, 8, EVERYTHING);
    }),
    (
        "name of a needed library beyond the table",
        MALFORMED,
        |p| p.set_dynamic(DT_NEEDED, FAR),
    ),
    ("SONAME beyond the table", MALFORMED, |p| {
        p.set_dynamic(DT_SONAME, EVERYTHING)
    }),
    ("last name without end", MALFORMED, |p| {
        let at = p.section(SHT_STRTAB);
        let end = p.get(at + 24, 8) + p.get(at + 32, 8);
        p.set(end as usize - 1, 1, b'x'.into());
    }),
    ("two string tables", CONTRADICTORY, |p| {
        // The entry behind DT_NULL's place would be another; this one is spare.
        let spare = p.dynamic(DT_NEEDED);
        p.set(spare, 8, DT_STRTAB);
    }),
    ("another string table for linkers", CONTRADICTORY, |p| {
        let strings = p.section(SHT_STRTAB);
        let address = p.get(strings + 16, 8);
        p.set(strings + 16, 8, address + 1);
    }),
    (
        "strings at another offset for linkers",
        CONTRADICTORY,
        |p| {
            let strings = p.section(SHT_STRTAB);
            let offset = p.get(strings + 24, 8);
            p.set(strings + 24, 8, offset - 1);
        },
    ),
    ("fewer strings for linkers", CONTRADICTORY, |p| {
        let strings = p.section(SHT_STRTAB);
        let size = p.get(strings + 32, 8);
        p.set(strings + 32, 8, size - 1);
    }),
    ("names of symbols in no string table", CONTRADICTORY, |p| {
        let dynsym = p.section(SHT_DYNSYM);
        p.set(dynsym + 40, 4, 0);
    }),
    (
        "names of versions in another string table",
        CONTRADICTORY,
        |p| {
            let names = p.get(62, 2);
            let verdef = p.section(SHT_VERDEF);
            p.set(verdef + 40, 4, names);
        },
    ),
    ("names in another table for linkers", CONTRADICTORY, |p| {
        let names = p.get(62, 2);
        let dynamic = p.section(SHT_DYNAMIC);
        p.set(dynamic + 40, 4, names);
    }),
    ("dynamic section of another name", CONTRADICTORY, |p| {
        let (dynamic, text) = (p.section(SHT_DYNAMIC), p.section_at(1));
        let (a, b) = (p.get(dynamic, 4), p.get(text, 4));
        p.set(dynamic, 4, b);
        p.set(text, 4, a);
    }),
    ("no dynamic section for linkers", CONTRADICTORY, |p| {
        let dynamic = p.section(SHT_DYNAMIC);
        p.set(dynamic + 4, 4, 1);
    }),
    ("two dynamic sections for linkers", CONTRADICTORY, |p| {
        let dynamic = p.section(SHT_DYNAMIC);
        let text = p.section_at(1);
        let header = p.bytes[dynamic..dynamic + 64].to_vec();
        p.bytes[text..text + 64].copy_from_slice(&header);
    }),
    ("half a dynamic section for linkers", CONTRADICTORY, |p| {
        let dynamic = p.section(SHT_DYNAMIC);
        let size = p.get(dynamic + 32, 8);
        p.set(dynamic + 32, 8, size / 2);
    }),
    (
        "dynamic section beyond the end for linkers",
        TRUNCATED,
        |p| {
            let dynamic = p.section(SHT_DYNAMIC);
            p.set(dynamic + 32, 8, FAR);
        },
    ),
    ("entries behind the end for linkers", CONTRADICTORY, |p| {
        // The last two: DT_SYMENT, which no one asks for, and DT_NULL.
        let last = p.dynamic(DT_SYMENT);
        p.set(last, 8, 0);
        p.set(last + 16, 8, DT_NEEDED);
    }),
    // Symbols.
    (
        "symbols at another offset for linkers",
        CONTRADICTORY,
        |p| {
            let dynsym = p.section(SHT_DYNSYM);
            let offset = p.get(dynsym + 24, 8);
            p.set(dynsym + 24, 8, offset + 24);
        },
    ),
    ("no symbols for linkers", CONTRADICTORY, |p| {
        let dynsym = p.section(SHT_DYNSYM);
        p.set(dynsym + 4, 4, 1);
    }),
    ("two symbol tables for linkers", CONTRADICTORY, |p| {
        let dynsym = p.section(SHT_DYNSYM);
        let text = p.section(1);
        let header = p.bytes[dynsym..dynsym + 64].to_vec();
        p.bytes[text..text + 64].copy_from_slice(&header);
    }),
    ("no symbol table", MALFORMED, |p| {
        p.without_sections();
        p.drop_dynamic(DT_SYMTAB);
    }),
    ("no symbol table for the loader", CONTRADICTORY, |p| {
        p.drop_dynamic(DT_SYMTAB)
    }),
    ("two symbol tables", CONTRADICTORY, |p| {
        p.set_dynamic(DT_SYMTAB, 64)
    }),
    ("symbols of another size", CONTRADICTORY, |p| {
        let dynsym = p.section(SHT_DYNSYM);
        p.set(dynsym + 56, 8, 16);
    }),
    ("two numbers of symbols", CONTRADICTORY, |p| {
        let dynsym = p.section(SHT_DYNSYM);
        p.set(dynsym + 32, 8, 48);
    }),
    ("too many symbols", MALFORMED, |p| {
        number_of_symbols(p, 0xffff_ffff)
    }),
    ("one symbol too many", MALFORMED, |p| {
        number_of_symbols(p, 0x400)
    }),
    ("symbols that run into their names", CONTRADICTORY, |p| {
        let count = p.get(p.section(SHT_DYNSYM) + 32, 8) / 24;
        number_of_symbols(p, count + 1)
    }),
    ("too few symbols", CONTRADICTORY, |p| {
        let count = p.get(p.section(SHT_DYNSYM) + 32, 8) / 24;
        number_of_symbols(p, count / 2)
    }),
    ("symbols that no hash table has", CONTRADICTORY, |p| {
        set_in(p, SHT_HASH, 8, 4, 0);
        p.without_sections();
    }),
    ("a hash table in circles", CONTRADICTORY, |p| {
        let first = p.get(p.contents(SHT_HASH) + 8, 4);
        set_in(p, SHT_HASH, 12 + first as usize * 4, 4, first);
        p.without_sections();
    }),
    ("a hash table with too many buckets", CONTRADICTORY, |p| {
        set_in(p, SHT_HASH, 0, 4, FAR);
        p.without_sections();
    }),
    ("a relocation for no symbol", CONTRADICTORY, |p| {
        let relocation = p.contents(SHT_RELA);
        p.set(relocation + 12, 4, 0x1000);
        p.without_sections();
    }),
    ("symbols without number", MALFORMED, |p| {
        p.without_sections();
        p.drop_dynamic(DT_HASH);
    }),
    ("hash table in no segment", MALFORMED, |p| {
        p.set_dynamic(DT_HASH, FAR)
    }),
    ("name of a symbol beyond the table", MALFORMED, |p| {
        let symbol = p.symbol(3);
        p.set(symbol, 4, FAR);
    }),
    ("symbol in no section", MALFORMED, |p| {
        let symbol = p.symbol(1);
        p.set(symbol + 6, 2, 0x1000);
    }),
    ("symbol in a section beyond reach", MALFORMED, |p| {
        let symbol = p.symbol(1);
        p.set(symbol + 6, 2, 0xffff);
    }),
    ("data beyond the address space", NOT_EXPRESSIBLE, |p| {
        let symbol = p.symbol(1);
        p.set(symbol + 16, 8, EVERYTHING);
    }),
    ("symbol at no address", MALFORMED, |p| {
        let symbol = p.symbol(1);
        p.without_sections();
        p.set(symbol + 8, 8, 0x7fff_ffff_0000);
    }),
    // Versions.
    ("version that is not there", MALFORMED, |p| {
        let versions = p.contents(SHT_VERSYM);
        p.set(versions + 2, 2, 0x123);
    }),
    ("versions in no segment", MALFORMED, |p| {
        p.set_dynamic(DT_VERSYM, FAR)
    }),
    ("definitions in no segment", MALFORMED, |p| {
        p.set_dynamic(DT_VERDEF, FAR)
    }),
    ("requirements in no segment", MALFORMED, |p| {
        p.set_dynamic(DT_VERNEED, FAR)
    }),
    ("definitions without number", CONTRADICTORY, |p| {
        p.drop_dynamic(DT_VERDEFNUM)
    }),
    ("number without requirements", CONTRADICTORY, |p| {
        p.drop_dynamic(DT_VERNEED)
    }),
    ("more definitions than the chain has", CONTRADICTORY, |p| {
        p.set_dynamic(DT_VERDEFNUM, 9)
    }),
    (
        "fewer requirements than the chain has",
        CONTRADICTORY,
        |p| p.set_dynamic(DT_VERNEEDNUM, 1),
    ),
    ("definitions that share their names", MALFORMED, |p| {
        *p = shared_names();
    }),
    ("other versions for linkers", CONTRADICTORY, |p| {
        let versions = p.section(SHT_VERSYM);
        let (address, offset) = (p.get(versions + 16, 8), p.get(versions + 24, 8));
        p.set(versions + 16, 8, address + 2);
        p.set(versions + 24, 8, offset + 2);
    }),
    ("no versions for linkers", CONTRADICTORY, |p| {
        let versions = p.section(SHT_VERSYM);
        p.set(versions + 4, 4, 1);
    }),
    ("no definitions for the loader", CONTRADICTORY, |p| {
        p.drop_dynamic(DT_VERDEF);
        p.drop_dynamic(DT_VERDEFNUM);
    }),
    ("fewer definitions for linkers", CONTRADICTORY, |p| {
        let verdef = p.section(SHT_VERDEF);
        p.set(verdef + 44, 4, 1);
    }),
    ("two versions with one number", CONTRADICTORY, |p| {
        // The second and third definition, which have one name each.
        let second = p.get(p.contents(SHT_VERDEF) + 16, 4) as usize;
        let second = p.contents(SHT_VERDEF) + second;
        let third = second + p.get(second + 16, 4) as usize;
        let number = p.get(second + 4, 2);
        p.set(third + 4, 2, number);
    }),
    (
        "a required version with a defined one's number",
        CONTRADICTORY,
        |p| {
            let needed = p.contents(SHT_VERNEED) + 16;
            p.set(needed + 6, 2, 2);
        },
    ),
    (
        "fewer versions of symbols for linkers",
        CONTRADICTORY,
        |p| {
            let versions = p.section(SHT_VERSYM);
            p.set(versions + 32, 8, 2);
        },
    ),
    ("a requirement without versions", MALFORMED, |p| {
        let last = p.get(p.contents(SHT_VERNEED) + 12, 4);
        let at = p.contents(SHT_VERNEED) + last as usize;
        p.set(at + 2, 2, 0);
    }),
    ("an undefined symbol that is hidden", CONTRADICTORY, |p| {
        let (at, version) = undefined_version(p);
        p.set(at, 2, version | 0x8000);
    }),
    (
        "an undefined symbol with a version of the file",
        MALFORMED,
        |p| {
            let (at, _) = undefined_version(p);
            p.set(at, 2, 2);
        },
    ),
    ("a base version that is not the first", CONTRADICTORY, |p| {
        set_in(p, SHT_VERDEF, 4, 2, 77)
    }),
    ("a definition with a hidden number", MALFORMED, |p| {
        let second = p.get(p.contents(SHT_VERDEF) + 16, 4) as usize;
        set_in(p, SHT_VERDEF, second + 4, 2, 0x8002);
    }),
    ("a definition with the number of none", MALFORMED, |p| {
        let second = p.get(p.contents(SHT_VERDEF) + 16, 4) as usize;
        set_in(p, SHT_VERDEF, second + 4, 2, 0);
    }),
    ("a required version with a hidden number", MALFORMED, |p| {
        let number = p.get(p.contents(SHT_VERNEED) + 22, 2);
        set_in(p, SHT_VERNEED, 22, 2, number | 0x8000);
    }),
    (
        "a required version with the file's number",
        MALFORMED,
        |p| set_in(p, SHT_VERNEED, 22, 2, 1),
    ),
    ("definition of another revision", MALFORMED, |p| {
        set_in(p, SHT_VERDEF, 0, 2, 2)
    }),
    ("definition without a name", MALFORMED, |p| {
        set_in(p, SHT_VERDEF, 6, 2, 0)
    }),
    ("names of a definition beyond the end", TRUNCATED, |p| {
        set_in(p, SHT_VERDEF, 12, 4, FAR)
    }),
    ("next definition beyond the end", TRUNCATED, |p| {
        set_in(p, SHT_VERDEF, 16, 4, 0xffff_ffff)
    }),
    ("name of a definition beyond the table", MALFORMED, |p| {
        set_in(p, SHT_VERDEF, 20, 4, FAR)
    }),
    ("requirement of another revision", MALFORMED, |p| {
        set_in(p, SHT_VERNEED, 0, 2, 0)
    }),
    (
        "more required versions than the chain has",
        CONTRADICTORY,
        |p| set_in(p, SHT_VERNEED, 2, 2, 9),
    ),
    ("file of a requirement beyond the table", MALFORMED, |p| {
        set_in(p, SHT_VERNEED, 4, 4, FAR)
    }),
    ("versions of a requirement beyond the end", TRUNCATED, |p| {
        set_in(p, SHT_VERNEED, 8, 4, FAR)
    }),
    ("next required version beyond the end", TRUNCATED, |p| {
        set_in(p, SHT_VERNEED, 28, 4, FAR)
    }),
    // Other sections.
    ("name of a section beyond the table", MALFORMED, |p| {
        let section = p.section_at(1);
        p.set(section, 4, FAR);
    }),
    ("names of sections beyond the end", TRUNCATED, |p| {
        let names = p.section_at(p.get(62, 2) as usize);
        p.set(names + 24, 8, FAR);
    }),
    ("warning beyond the end", TRUNCATED, |p| {
        // The last sections: two warnings, attributes, names.
        let warning = p.section_at(p.get(62, 2) as usize - 2);
        p.set(warning + 24, 8, EVERYTHING);
    }),
    ("attributes with an alignment of 3", MALFORMED, |p| {
        let attributes = p.section(0x6fff_fff5);
        p.set(attributes + 48, 8, 3);
    }),
    ("attributes aligned to 128 KiB", MALFORMED, |p| {
        let attributes = p.section(0x6fff_fff5);
        p.set(attributes + 48, 8, 1 << 17);
    }),
    ("attributes aligned to half of all", MALFORMED, |p| {
        let attributes = p.section(0x6fff_fff5);
        p.set(attributes + 48, 8, 1 << 63);
    }),
    ("attributes of another section", MALFORMED, |p| {
        let attributes = p.section(0x6fff_fff5);
        p.set(attributes + 8, 8, 0x40);
    }),
    ("attributes that are a warning", MALFORMED, |p| {
        let warning = p.section_at(p.get(62, 2) as usize - 2);
        p.set(warning + 4, 4, 0x6fff_fff5);
    }),
    ("property longer than its note", TRUNCATED, |p| {
        set_in(p, SHT_NOTE, 20, 4, FAR)
    }),
    ("note longer than its section", TRUNCATED, |p| {
        set_in(p, SHT_NOTE, 4, 4, FAR)
    }),
];

fn set_in(poke: &mut Poke, sh_type: u32, at: usize, size: usize, value: u64) {
    let start = poke.contents(sh_type);
    poke.set(start + at, size, value);
}

/// Where the version of a symbol stands that is undefined, and which it is.
fn undefined_version(poke: &Poke) -> (usize, u64) {
    let count = poke.get(poke.section(SHT_DYNSYM) + 32, 8) as usize / 24;
    let versions = poke.contents(SHT_VERSYM);
    (1..count)
        .filter(|&index| poke.get(poke.symbol(index) + 6, 2) == 0)
        .map(|index| (versions + index * 2, poke.get(versions + index * 2, 2)))
        .find(|(_, version)| *version > 1)
        .unwrap()
}

/// Ends the file within the contents of a section; without section headers,
/// which would be the first thing that is missing.
fn cut(poke: &mut Poke, sh_type: u32) {
    let at = poke.contents(sh_type);
    poke.without_sections();
    poke.bytes.truncate(at + 5);
}

fn number_of_symbols(poke: &mut Poke, count: u64) {
    set_in(poke, SHT_HASH, 4, 4, count);
    poke.without_sections();
}

pub fn all() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let damaged = |&(name, code, damage): &(&'static str, &'static str, Damage)| {
        let mut poke = Poke::new();
        damage(&mut poke);
        (name, code, poke.bytes)
    };
    CASES.iter().map(damaged).collect()
}

/// A thousand definitions, each with the thousand names of the last one.
fn shared_names() -> Poke {
    const NUMBER: usize = 1000;
    let mut interface = generator::functions(generator::target("x86_64"));
    let version = |parents| Version {
        name: BStr::new("V"),
        base: false,
        weak: false,
        parents: vec![BStr::new("V"); parents],
    };
    interface.versions = vec![version(0); NUMBER];
    interface.versions.push(version(NUMBER));
    let bytes = elf::write(&interface).unwrap();
    let mut poke = Poke { bytes };
    let start = poke.contents(SHT_VERDEF);
    // A definition with one name is 28 bytes long, its names start at 20.
    for index in 0..NUMBER {
        let at = start + index * 28;
        let last = (NUMBER - index) * 28 + 20;
        poke.set(at + 6, 2, NUMBER as u64 + 1);
        poke.set(at + 12, 4, last as u64);
    }
    poke
}
