//! Where in an undamaged library the fields are that readers look at.

/// A field: where it is, and its bytes.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    pub at: usize,
    pub size: usize,
}

pub struct Places {
    pub is_big: bool,
    pub word: usize,
    /// Offsets of section headers, and what each has.
    pub sections: Vec<Section>,
    /// Offsets of program headers.
    pub segments: Vec<usize>,
    /// From where to where there are headers and tables of linking.
    pub metadata: Vec<(usize, usize)>,
}

#[derive(Debug, Clone, Copy)]
pub struct Section {
    pub header: usize,
    pub sh_type: u64,
    pub offset: usize,
    pub size: usize,
}

pub const SHT_STRTAB: u64 = 3;
pub const SHT_HASH: u64 = 5;
pub const SHT_DYNAMIC: u64 = 6;
pub const SHT_NOTE: u64 = 7;
pub const SHT_DYNSYM: u64 = 11;
pub const SHT_GNU_ATTRIBUTES: u64 = 0x6fff_fff5;
pub const SHT_GNU_HASH: u64 = 0x6fff_fff6;
pub const SHT_VERDEF: u64 = 0x6fff_fffd;
pub const SHT_VERNEED: u64 = 0x6fff_fffe;
pub const SHT_VERSYM: u64 = 0x6fff_ffff;
pub const SHT_PROC_ATTRIBUTES: u64 = 0x7000_0003;

const LINKING: [u64; 11] = [
    SHT_STRTAB,
    SHT_HASH,
    SHT_DYNAMIC,
    SHT_NOTE,
    SHT_DYNSYM,
    SHT_GNU_ATTRIBUTES,
    SHT_GNU_HASH,
    SHT_VERDEF,
    SHT_VERNEED,
    SHT_VERSYM,
    SHT_PROC_ATTRIBUTES,
];

pub fn get(bytes: &[u8], field: Field, is_big: bool) -> u64 {
    let Some(found) = bytes.get(field.at..field.at + field.size) else {
        return 0;
    };
    let digits: Box<dyn Iterator<Item = &u8>> = match is_big {
        true => Box::new(found.iter()),
        false => Box::new(found.iter().rev()),
    };
    digits.fold(0, |value, byte| value << 8 | u64::from(*byte))
}

impl Places {
    pub fn of(bytes: &[u8]) -> Places {
        let mut places = Places {
            is_big: bytes[5] == 2,
            word: if bytes[4] == 1 { 4 } else { 8 },
            sections: Vec::new(),
            segments: Vec::new(),
            metadata: Vec::new(),
        };
        let is_big = places.is_big;
        let value = |field| get(bytes, field, is_big) as usize;
        let (header_size, section_size, segment_size) = match places.word {
            4 => (52, 40, 32),
            _ => (64, 64, 56),
        };
        let [segments, sections, segment_count, section_count] = places.counts().map(value);
        places.segments = (0..segment_count)
            .map(|index| segments + index * segment_size)
            .collect();
        places.sections = (0..section_count)
            .map(|index| sections + index * section_size)
            .map(|header| Section {
                header,
                sh_type: value(places.section_field(header, 1)) as u64,
                offset: value(places.section_field(header, 4)),
                size: value(places.section_field(header, 5)),
            })
            .collect();
        places.metadata.push((0, header_size));
        places
            .metadata
            .push((segments, segments + segment_count * segment_size));
        places
            .metadata
            .push((sections, sections + section_count * section_size));
        let linking = places.sections.iter();
        let linking = linking.filter(|section| LINKING.contains(&section.sh_type));
        let linking: Vec<_> = linking.map(|s| (s.offset, s.offset + s.size)).collect();
        places.metadata.extend(linking);
        places
            .metadata
            .retain(|(start, end)| start < end && *end <= bytes.len());
        places
    }

    /// `e_phoff`, `e_shoff`, `e_phnum`, `e_shnum`.
    pub fn counts(&self) -> [Field; 4] {
        let at = |at, size| Field { at, size };
        match self.word {
            4 => [at(28, 4), at(32, 4), at(44, 2), at(48, 2)],
            _ => [at(32, 8), at(40, 8), at(56, 2), at(60, 2)],
        }
    }

    /// In the order of the gABI: name, type, flags, address, offset, size, link,
    /// info, alignment, entry size.
    pub fn section_field(&self, header: usize, number: usize) -> Field {
        const WIDE: [(usize, usize); 10] = [
            (0, 4),
            (4, 4),
            (8, 8),
            (16, 8),
            (24, 8),
            (32, 8),
            (40, 4),
            (44, 4),
            (48, 8),
            (56, 8),
        ];
        let (at, size) = match self.word {
            4 => (number * 4, 4),
            _ => WIDE[number],
        };
        Field {
            at: header + at,
            size,
        }
    }

    /// Type, flags, offset, address, size in the file, size in memory, alignment.
    pub fn segment_field(&self, header: usize, number: usize) -> Field {
        const NARROW: [usize; 7] = [0, 24, 4, 8, 16, 20, 28];
        const WIDE: [(usize, usize); 7] =
            [(0, 4), (4, 4), (8, 8), (16, 8), (32, 8), (40, 8), (48, 8)];
        let (at, size) = match self.word {
            4 => (NARROW[number], 4),
            _ => WIDE[number],
        };
        Field {
            at: header + at,
            size,
        }
    }

    /// Name, info, other, section, value, size.
    pub fn symbol_field(&self, symbol: usize, number: usize) -> Field {
        const NARROW: [(usize, usize); 6] = [(0, 4), (12, 1), (13, 1), (14, 2), (4, 4), (8, 4)];
        const WIDE: [(usize, usize); 6] = [(0, 4), (4, 1), (5, 1), (6, 2), (8, 8), (16, 8)];
        let (at, size) = match self.word {
            4 => NARROW[number],
            _ => WIDE[number],
        };
        Field {
            at: symbol + at,
            size,
        }
    }

    pub fn symbol_size(&self) -> usize {
        if self.word == 4 { 16 } else { 24 }
    }

    pub fn section(&self, sh_type: u64) -> Option<Section> {
        let mut sections = self.sections.iter();
        sections.find(|section| section.sh_type == sh_type).copied()
    }

    /// Tag and value of each entry of the dynamic section.
    pub fn dynamic(&self) -> Vec<(Field, Field)> {
        let Some(section) = self.section(SHT_DYNAMIC) else {
            return Vec::new();
        };
        let size = self.word;
        let entries = (section.offset..section.offset + section.size).step_by(2 * size);
        let field = |at| Field { at, size };
        entries.map(|at| (field(at), field(at + size))).collect()
    }
}
