//! Damage, at random and on purpose.

use crate::libraries::Library;
use crate::places::{
    self, Field, Places, SHT_DYNSYM, SHT_GNU_ATTRIBUTES, SHT_GNU_HASH, SHT_HASH, SHT_NOTE,
    SHT_PROC_ATTRIBUTES, SHT_STRTAB, SHT_VERDEF, SHT_VERNEED, SHT_VERSYM,
};
use crate::random::Random;

pub struct Mutant<'l> {
    pub bytes: Vec<u8>,
    /// What was done, for who looks for it.
    pub what: String,
    places: &'l Places,
}

type Damage = fn(&mut Mutant, &mut Random);

pub const KINDS: [(&str, Damage); 14] = [
    ("flipped bits", flipped_bits),
    ("random bytes", random_bytes),
    ("truncated", truncated),
    ("sections swapped", sections_swapped),
    ("section headers", section_headers),
    ("program headers", program_headers),
    ("extreme counts", extreme_counts),
    ("overlapping tables", overlapping_tables),
    ("dynamic section", dynamic_section),
    ("chains of versions", chains),
    ("lying hash tables", lying_hash_tables),
    ("symbols", symbols),
    ("versions of symbols", symbol_versions),
    ("several at once", several),
];

impl<'l> Mutant<'l> {
    pub fn new(library: &'l Library) -> Mutant<'l> {
        Mutant {
            bytes: library.bytes.clone(),
            what: String::new(),
            places: &library.places,
        }
    }

    fn get(&self, field: Field) -> u64 {
        places::get(&self.bytes, field, self.places.is_big)
    }

    fn set(&mut self, field: Field, value: u64) {
        let Field { at, size } = field;
        let Some(place) = self.bytes.get_mut(at..at + size) else {
            return;
        };
        let little = value.to_le_bytes();
        place.copy_from_slice(&little[..size]);
        if self.places.is_big {
            place.reverse();
        }
        self.what += &format!("{at:#x}={value:#x} ");
    }

    /// A number that a field of this size could be mistaken about.
    fn odd(&self, field: Field, random: &mut Random) -> u64 {
        let now = self.get(field);
        let length = self.bytes.len() as u64;
        let small = random.next() % 64;
        let any = random.next();
        random.of(&[
            0,
            1,
            small,
            now.wrapping_add(1),
            now.wrapping_sub(1),
            now.wrapping_add(small),
            now.wrapping_sub(small),
            now << 1,
            now >> 1,
            length,
            length - 1,
            any % length,
            0x7fff,
            0x8000,
            0xffff,
            0x7fff_ffff,
            0x8000_0000,
            0xffff_ffff,
            i64::MAX as u64,
            u64::MAX,
            u64::MAX - small,
            any,
            now ^ 1 << (any % 64),
        ])
    }

    fn set_odd(&mut self, field: Field, random: &mut Random) {
        let value = self.odd(field, random);
        self.set(field, value);
    }

    /// Somewhere in the headers and tables.
    fn somewhere(&self, random: &mut Random) -> usize {
        let (start, end) = random.of(&self.places.metadata);
        start + random.below(end - start)
    }

    /// Somewhere in a section of one of these types, at a multiple of `step`.
    fn within(&self, types: &[u64], step: usize, random: &mut Random) -> Option<usize> {
        let section = self.places.section(random.of(types))?;
        let steps = section.size / step;
        (steps > 0).then(|| section.offset + random.below(steps) * step)
    }
}

/// The file less its section headers, which is no damage.
pub fn without_sections(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let [_, sections, _, count] = Places::of(&bytes).counts();
    for Field { at, size } in [sections, count] {
        bytes[at..at + size].fill(0);
    }
    bytes
}

fn flipped_bits(mutant: &mut Mutant, random: &mut Random) {
    for _ in 0..=random.below(4) {
        let at = mutant.somewhere(random);
        let bit = 1 << random.below(8);
        mutant.bytes[at] ^= bit;
        mutant.what += &format!("{at:#x}^{bit:#x} ");
    }
}

fn random_bytes(mutant: &mut Mutant, random: &mut Random) {
    for _ in 0..=random.below(4) {
        let at = mutant.somewhere(random);
        let value = random.next();
        mutant.set(Field { at, size: 1 }, value);
    }
}

/// Cut off, or with zeros from there on, as after a crash.
fn truncated(mutant: &mut Mutant, random: &mut Random) {
    let length = match random.below(2) {
        0 => mutant.somewhere(random),
        _ => random.below(mutant.bytes.len()),
    };
    // A file of three bytes is no ELF file any more.
    let length = length.max(4);
    mutant.what = format!("{length} bytes");
    match random.below(2) {
        0 => mutant.bytes.truncate(length),
        _ => mutant.bytes[length..].fill(0),
    }
}

fn sections_swapped(mutant: &mut Mutant, random: &mut Random) {
    let places = mutant.places;
    if places.sections.len() < 2 {
        return;
    }
    let (a, b) = (random.of(&places.sections), random.of(&places.sections));
    let fields: &[usize] = random.of(&[&[4][..], &[3, 4], &[3, 4, 5], &[1], &[0], &[6]]);
    for &field in fields {
        let a = places.section_field(a.header, field);
        let b = places.section_field(b.header, field);
        let (was, is) = (mutant.get(a), mutant.get(b));
        mutant.set(a, is);
        mutant.set(b, was);
    }
}

fn section_headers(mutant: &mut Mutant, random: &mut Random) {
    for _ in 0..=random.below(2) {
        let section = random.of(&mutant.places.sections);
        let field = mutant
            .places
            .section_field(section.header, random.below(10));
        mutant.set_odd(field, random);
    }
}

fn program_headers(mutant: &mut Mutant, random: &mut Random) {
    for _ in 0..=random.below(2) {
        let segment = random.of(&mutant.places.segments);
        let field = mutant.places.segment_field(segment, random.below(7));
        mutant.set_odd(field, random);
    }
}

/// 2^32-1 of everything that is counted.
fn extreme_counts(mutant: &mut Mutant, random: &mut Random) {
    let places = mutant.places;
    let most = random.of(&[0xffff_ffff, 0xffff, u64::MAX, 0x10_0000, 0x7fff_ffff]);
    let field = match random.below(5) {
        0 => random.of(&places.counts()),
        1 => {
            let section = random.of(&places.sections);
            places.section_field(section.header, random.of(&[5, 7, 9]))
        }
        2 => {
            // DT_STRSZ, DT_VERDEFNUM, DT_VERNEEDNUM, DT_SYMENT, DT_MIPS_SYMTABNO.
            let tags = [10, 0x6fff_fffd, 0x6fff_ffff, 11, 0x7000_0011];
            let counts = places.dynamic().into_iter();
            let counts = counts.filter(|(tag, _)| tags.contains(&mutant.get(*tag)));
            let counts: Vec<Field> = counts.map(|(_, value)| value).collect();
            if counts.is_empty() {
                return;
            }
            random.of(&counts)
        }
        3 => {
            let Some(table) = places.section(random.of(&[SHT_HASH, SHT_GNU_HASH])) else {
                return;
            };
            let at = table.offset + random.below(4) * 4;
            Field { at, size: 4 }
        }
        _ => {
            let Some(table) = places.section(random.of(&[SHT_VERDEF, SHT_VERNEED])) else {
                return;
            };
            // vd_cnt, vn_cnt.
            let at = table.offset + random.of(&[2, 6]);
            Field { at, size: 2 }
        }
    };
    mutant.set(field, most);
}

/// One table where another is: by section header, dynamic entry, or both.
fn overlapping_tables(mutant: &mut Mutant, random: &mut Random) {
    let places = mutant.places;
    let entries = places.dynamic();
    if random.below(2) == 0 && entries.len() > 1 {
        let (_, a) = random.of(&entries);
        let (_, b) = random.of(&entries);
        let value = mutant.get(b).wrapping_add(random.of(&[0, 0, 1, 16]));
        mutant.set(a, value);
    }
    let (a, b) = (random.of(&places.sections), random.of(&places.sections));
    for field in [3, 4] {
        let value = mutant.get(places.section_field(b.header, field));
        mutant.set(places.section_field(a.header, field), value);
    }
    // The dynamic section, where it agrees with that.
    let was = mutant.get(places.section_field(b.header, 3));
    if random.below(2) == 0
        && let Some((_, value)) = entries.iter().find(|(_, value)| mutant.get(*value) == was)
    {
        mutant.set(*value, was.wrapping_add(16));
    }
}

fn dynamic_section(mutant: &mut Mutant, random: &mut Random) {
    let entries = mutant.places.dynamic();
    for _ in 0..=random.below(2) {
        let Some(&(tag, value)) = entries.get(random.below(entries.len())) else {
            return;
        };
        match random.below(3) {
            0 => {
                let other = random.of(&[
                    0,
                    1,
                    4,
                    5,
                    6,
                    10,
                    11,
                    14,
                    15,
                    29,
                    0x6fff_fef5,
                    0x6fff_fff0,
                    0x6fff_fffc,
                    0x6fff_fffd,
                    0x6fff_fffe,
                    0x6fff_ffff,
                    0x7fff_ffff,
                ]);
                mutant.set(tag, other);
            }
            1 => {
                let (other_tag, other_value) = random.of(&entries);
                let (other_tag, other_value) = (mutant.get(other_tag), mutant.get(other_value));
                mutant.set(tag, other_tag);
                mutant.set(value, other_value);
            }
            _ => mutant.set_odd(value, random),
        }
    }
}

/// Chains of version records that end early, late or never, or run in circles.
fn chains(mutant: &mut Mutant, random: &mut Random) {
    for _ in 0..=random.below(2) {
        let Some(at) = mutant.within(&[SHT_VERDEF, SHT_VERNEED], 4, random) else {
            return;
        };
        let size = random.of(&[2, 4]);
        let field = Field { at, size };
        match random.below(3) {
            // Back to where it came from.
            0 => {
                let back = random.of(&[20u32, 16, 28, 8, 4, 36]).wrapping_neg();
                mutant.set(Field { at, size: 4 }, back.into());
            }
            1 => {
                let step = random.of(&[0, 4, 8, 16, 20, 28, 36]);
                mutant.set(field, step);
            }
            _ => mutant.set_odd(field, random),
        }
    }
}

fn lying_hash_tables(mutant: &mut Mutant, random: &mut Random) {
    // In half of them there is nothing else to go by.
    if random.below(2) == 0 {
        let [_, sections, _, count] = mutant.places.counts();
        mutant.set(sections, 0);
        mutant.set(count, 0);
    }
    for _ in 0..=random.below(3) {
        if let Some(at) = mutant.within(&[SHT_HASH, SHT_GNU_HASH], 4, random) {
            mutant.set_odd(Field { at, size: 4 }, random);
        }
    }
}

/// Names beyond the string table, sections that are not there, and the like.
fn symbols(mutant: &mut Mutant, random: &mut Random) {
    for _ in 0..=random.below(3) {
        let size = mutant.places.symbol_size();
        let Some(symbol) = mutant.within(&[SHT_DYNSYM], size, random) else {
            return;
        };
        let field = mutant.places.symbol_field(symbol, random.below(6));
        mutant.set_odd(field, random);
    }
}

fn symbol_versions(mutant: &mut Mutant, random: &mut Random) {
    for _ in 0..=random.below(3) {
        if let Some(at) = mutant.within(&[SHT_VERSYM], 2, random) {
            let value = random.of(&[0, 1, 2, 3, 4, 0x8000, 0x8001, 0x8002, 0x8003, 0xffff]);
            mutant.set(Field { at, size: 2 }, value);
        }
        let rest = [
            SHT_STRTAB,
            SHT_NOTE,
            SHT_GNU_ATTRIBUTES,
            SHT_PROC_ATTRIBUTES,
        ];
        if random.below(4) == 0
            && let Some(at) = mutant.within(&rest, 1, random)
        {
            let value = random.next();
            mutant.set(Field { at, size: 1 }, value);
        }
    }
}

fn several(mutant: &mut Mutant, random: &mut Random) {
    let others = &KINDS[..KINDS.len() - 1];
    for _ in 0..2 + random.below(2) {
        let (_, damage) = random.of(others);
        damage(mutant, random);
        // What was cut short may have lost the rest.
        if mutant.what.contains("bytes") {
            return;
        }
    }
}
