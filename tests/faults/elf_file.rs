//! ELF files of 64 bits that no linker would write.

use std::iter::repeat_n;

use goblin::elf::dynamic::{
    DT_GNU_HASH, DT_NEEDED, DT_NULL, DT_RUNPATH, DT_STRSZ, DT_STRTAB, DT_SYMENT, DT_SYMTAB,
};

const HEADER: usize = 64;
const SEGMENT: usize = 56;
const SECTION: usize = 64;
const SYMBOL: usize = 24;

/// A shared object in the making.
#[derive(Default)]
pub struct ElfFile {
    strings: Vec<u8>,
    symbols: Vec<u8>,
    dynamic: Vec<(u64, u64)>,
    /// Offsets of names, type, offset and size.
    sections: Vec<[u64; 4]>,
    section_names: Vec<u8>,
    contents: Vec<u8>,
}

/// Where the contents of sections begin.
const CONTENTS: u64 = (HEADER + 2 * SEGMENT) as u64;

impl ElfFile {
    /// The offset of a string in the dynamic string table.
    pub fn string(&mut self, text: &str) -> u64 {
        if self.strings.is_empty() {
            self.strings.push(0);
        }
        let at = self.strings.len() as u64;
        self.strings.extend_from_slice(text.as_bytes());
        self.strings.push(0);
        at
    }

    pub fn runpath(&mut self, path: &str) {
        let path = self.string(path);
        self.dynamic.push((DT_RUNPATH, path));
    }

    pub fn needs(&mut self, name: &str) {
        let name = self.string(name);
        self.needs_string(name);
    }

    pub fn needs_string(&mut self, name: u64) {
        self.dynamic.push((DT_NEEDED, name));
    }

    /// An undefined function.
    pub fn imports(&mut self, name: u64) {
        self.symbols.extend_from_slice(&(name as u32).to_le_bytes());
        self.symbols.push(0x12);
        self.symbols.extend(repeat_n(0, SYMBOL - 5));
    }

    /// A section with this name and contents. `names` has a NUL in front.
    pub fn section(&mut self, names: &[u8], contents: &[u8]) {
        self.contents = contents.to_vec();
        self.sections(1, names, contents.len() as u64);
    }

    /// So many sections, all with one name and the same `size` bytes of contents.
    pub fn sections(&mut self, count: usize, names: &[u8], size: u64) {
        if self.contents.is_empty() {
            self.contents = b"\x78\x9c".repeat(size as usize);
        }
        self.section_names = names.to_vec();
        self.section_names.push(0);
        self.sections = vec![[1, 1, CONTENTS, size]; count];
    }

    pub fn bytes(mut self) -> Vec<u8> {
        let mut file = vec![0; CONTENTS as usize];
        file.append(&mut self.contents);
        let mut put = |bytes: &[u8]| {
            file.resize(file.len().next_multiple_of(8), 0);
            let at = file.len() as u64;
            file.extend_from_slice(bytes);
            at
        };
        if self.strings.is_empty() {
            self.strings.push(0);
        }
        let strings = put(&self.strings);
        let symbols = [vec![0; SYMBOL], self.symbols].concat();
        let symbols_at = put(&symbols);
        let count = (symbols.len() / SYMBOL) as u32;
        let hash: Vec<u8> = [1, count, 1, 0, 0, 0, 0]
            .into_iter()
            .flat_map(u32::to_le_bytes)
            .collect();
        let hash = put(&hash);
        self.dynamic.extend([
            (DT_STRTAB, strings),
            (DT_STRSZ, self.strings.len() as u64),
            (DT_SYMTAB, symbols_at),
            (DT_SYMENT, SYMBOL as u64),
            (DT_GNU_HASH, hash),
            (DT_NULL, 0),
        ]);
        let dynamic = words(self.dynamic.iter().flat_map(|&(tag, value)| [tag, value]));
        let dynamic_at = put(&dynamic);
        let end = dynamic_at + dynamic.len() as u64;

        let names = put(&self.section_names);
        let mut headers = vec![0; SECTION];
        let strings_of_sections = [0, 3, names, self.section_names.len() as u64];
        for [name, kind, offset, size] in self.sections.iter().chain([&strings_of_sections]) {
            headers.extend(words([name | kind << 32, 0, 0, *offset, *size, 0, 1, 0]));
        }
        let count = self.sections.len() as u64 + 2;
        let is_empty = self.sections.is_empty();
        let headers = if is_empty { 0 } else { put(&headers) };

        let load = [1 | 7 << 32, 0, 0, 0, end, end, 4096];
        let size = dynamic.len() as u64;
        let of_dynamic = [
            2 | 6 << 32,
            dynamic_at,
            dynamic_at,
            dynamic_at,
            size,
            size,
            8,
        ];
        file[HEADER..HEADER + 2 * SEGMENT].copy_from_slice(&words([load, of_dynamic].concat()));
        file[..16].copy_from_slice(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
        let sections = match is_empty {
            true => SECTION as u64,
            false => SECTION as u64 | count << 16 | (count - 1) << 32,
        };
        let rest = [
            3 | 62 << 16 | 1 << 32,
            0,
            HEADER as u64,
            headers,
            (HEADER as u64) << 32 | (SEGMENT as u64) << 48,
            2 | sections << 16,
        ];
        file[16..HEADER].copy_from_slice(&words(rest));
        file
    }
}

fn words(words: impl IntoIterator<Item = u64>) -> Vec<u8> {
    words.into_iter().flat_map(u64::to_le_bytes).collect()
}
