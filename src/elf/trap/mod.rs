//! What happens to a program that calls into a stub: one line on standard
//! error, also in the file that `STUB_BUILDER_LOG` names, then SIGABRT.
//!
//! Programs that a build has just linked do get run: by configure checks, as
//! generators. `trap.c` is the code; it is compiled once for each machine.

use crate::interface::{Class, Endian, Interface};

/// What every message starts with, so that build logs can be searched for it.
const GREETING: &[u8] = b"stub-builder: called into a stub: ";
const ADVICE: &[u8] = b" (it is for linking only)\n";

/// The contents of `.text`, to which all functions of a stub lead.
pub(super) struct Trap {
    pub bytes: Vec<u8>,
    /// Whether `bytes` is code; if not, the stub must not be loaded.
    pub is_code: bool,
    machine: u16,
}

const EM_386: u16 = 3;
const EM_PPC64: u16 = 21;
const EM_S390: u16 = 22;
const EM_ARM: u16 = 40;
const EM_X86_64: u16 = 62;
const EM_AARCH64: u16 = 183;
const EM_RISCV: u16 = 243;
const EM_LOONGARCH: u16 = 258;

impl Trap {
    pub fn of(interface: &Interface) -> Trap {
        let target = interface.target;
        let code: Option<&[u8]> = match (target.machine, target.class, target.endian) {
            (EM_X86_64, _, Endian::Little) => Some(include_bytes!("x86_64.bin")),
            (EM_386, Class::Elf32, Endian::Little) => Some(include_bytes!("i386.bin")),
            (EM_AARCH64, Class::Elf64, Endian::Little) => Some(include_bytes!("aarch64.bin")),
            (EM_ARM, Class::Elf32, Endian::Little) => Some(include_bytes!("arm.bin")),
            (EM_RISCV, Class::Elf64, Endian::Little) => Some(include_bytes!("riscv64.bin")),
            (EM_PPC64, Class::Elf64, Endian::Little) => Some(include_bytes!("ppc64le.bin")),
            (EM_S390, Class::Elf64, Endian::Big) => Some(include_bytes!("s390x.bin")),
            (EM_LOONGARCH, Class::Elf64, Endian::Little) => Some(include_bytes!("loongarch64.bin")),
            _ => None,
        };
        let name: &[u8] = match &interface.soname {
            Some(soname) => soname,
            None => b"a library without SONAME",
        };
        let message = [GREETING, name, ADVICE].concat();
        let bytes = match code {
            // trap.c reads the length byte by byte, the lowest first.
            Some(code) => [code, &(message.len() as u32).to_le_bytes(), &message].concat(),
            None => message,
        };
        Trap {
            bytes,
            is_code: code.is_some(),
            machine: target.machine,
        }
    }

    /// What to add to the address of the trap for a function; `odd` as in
    /// [`crate::interface::Definition::Code`].
    pub fn entry(&self, odd: bool) -> u64 {
        match (self.machine, odd) {
            // A Thumb instruction that switches to the ARM code behind it.
            (EM_ARM, true) => 1,
            (EM_ARM, false) => 4,
            _ => odd.into(),
        }
    }
}
