//! Writes into a 64-bit little-endian ELF file, by the names of the ELF
//! specification.

use stub_builder::elf;

use crate::generator;

pub const SHT_STRTAB: u32 = 3;
pub const SHT_RELA: u32 = 4;
pub const SHT_HASH: u32 = 5;
pub const SHT_DYNAMIC: u32 = 6;
pub const SHT_NOTE: u32 = 7;
pub const SHT_DYNSYM: u32 = 11;
pub const SHT_GNU_HASH: u32 = 0x6fff_fff6;
pub const SHT_VERDEF: u32 = 0x6fff_fffd;
pub const SHT_VERNEED: u32 = 0x6fff_fffe;
pub const SHT_VERSYM: u32 = 0x6fff_ffff;

pub const PT_DYNAMIC: u32 = 2;

pub struct Poke {
    pub bytes: Vec<u8>,
}

impl Poke {
    /// A file with everything in it that a reader looks at.
    pub fn new() -> Poke {
        let interface = generator::everything(generator::target("x86_64"));
        let bytes = elf::write(&interface).unwrap();
        Poke { bytes }
    }

    pub fn get(&self, at: usize, size: usize) -> u64 {
        let mut word = [0; 8];
        word[..size].copy_from_slice(&self.bytes[at..at + size]);
        u64::from_le_bytes(word)
    }

    pub fn set(&mut self, at: usize, size: usize, value: u64) {
        self.bytes[at..at + size].copy_from_slice(&value.to_le_bytes()[..size]);
    }

    /// Where the header of the first segment of this type is.
    pub fn segment(&self, p_type: u32) -> usize {
        let (start, count) = (self.get(32, 8) as usize, self.get(56, 2) as usize);
        let mut headers = (0..count).map(|index| start + index * 56);
        headers
            .find(|&at| self.get(at, 4) == u64::from(p_type))
            .unwrap()
    }

    /// Where the header of section `index` is.
    pub fn section_at(&self, index: usize) -> usize {
        self.get(40, 8) as usize + index * 64
    }

    /// Where the header of the first section of this type is.
    pub fn section(&self, sh_type: u32) -> usize {
        let count = self.get(60, 2) as usize;
        let mut headers = (0..count).map(|index| self.section_at(index));
        headers
            .find(|&at| self.get(at + 4, 4) == u64::from(sh_type))
            .unwrap()
    }

    /// Where the contents of the first section of this type are.
    pub fn contents(&self, sh_type: u32) -> usize {
        self.get(self.section(sh_type) + 24, 8) as usize
    }

    /// Where the dynamic entry with this tag is.
    pub fn dynamic(&self, tag: u64) -> usize {
        let start = self.get(self.segment(PT_DYNAMIC) + 8, 8) as usize;
        let mut entries = (0..).map(|index| start + index * 16);
        entries.find(|&at| self.get(at, 8) == tag).unwrap()
    }

    pub fn set_dynamic(&mut self, tag: u64, value: u64) {
        let at = self.dynamic(tag);
        self.set(at + 8, 8, value);
    }

    /// Makes an entry one that nobody knows.
    pub fn drop_dynamic(&mut self, tag: u64) {
        let at = self.dynamic(tag);
        self.set(at, 8, 0x6000_0abc);
    }

    /// Where dynamic symbol `index` is.
    pub fn symbol(&self, index: usize) -> usize {
        self.contents(SHT_DYNSYM) + index * 24
    }

    pub fn without_sections(&mut self) {
        self.set(40, 8, 0);
        self.set(60, 2, 0);
    }
}
