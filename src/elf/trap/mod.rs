//! What happens to a program that calls into a stub: one line on standard
//! error, also in the file that `STUB_BUILDER_LOG` names, then SIGABRT.
//!
//! Programs that a build has just linked do get run: by configure checks, as
//! generators. `trap.c` is the code; it is compiled once for each machine.

use std::collections::HashSet;

use foldhash::fast::FixedState;

use crate::interface::{Class, Definition, Endian, Interface, Name, Symbol};

/// What every message starts with, so that build logs can be searched for it.
const GREETING: &[u8] = b"stub-builder: called into a stub: ";
const ADVICE: &[u8] = b" (it is for linking only)\n";

pub(super) const TRAP_ALIGNMENT: u64 = 16;

/// The contents of `.text`, to which all functions of a stub lead: the trap, and
/// the same again if some of them must not have the address of the others.
pub(super) struct Trap<'a> {
    pub bytes: Vec<u8>,
    /// Whether `bytes` is code; if not, the stub must not be loaded.
    pub is_code: bool,
    machine: u16,
    /// Those that lead to the second copy.
    namesakes: HashSet<Name<'a>, FixedState>,
    /// Where the second copy starts.
    second: u64,
}

const EM_386: u16 = 3;
const EM_PPC64: u16 = 21;
const EM_S390: u16 = 22;
const EM_ARM: u16 = 40;
const EM_X86_64: u16 = 62;
const EM_AARCH64: u16 = 183;
const EM_RISCV: u16 = 243;
const EM_LOONGARCH: u16 = 258;

impl<'a> Trap<'a> {
    pub fn of(interface: &Interface<'a>) -> Trap<'a> {
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
        let mut bytes = match code {
            // trap.c reads the length byte by byte, the lowest first.
            Some(code) => [code, &(message.len() as u32).to_le_bytes(), &message].concat(),
            None => message,
        };
        let namesakes = unversioned_namesakes(interface);
        let second = bytes.len().next_multiple_of(TRAP_ALIGNMENT as usize);
        if !namesakes.is_empty() {
            let copy = bytes.clone();
            bytes.resize(second, 0);
            bytes.extend(copy);
        }
        Trap {
            bytes,
            is_code: code.is_some(),
            machine: target.machine,
            namesakes,
            second: second as u64,
        }
    }

    /// What to add to the address of `.text` for this function; `odd` as in
    /// [`Definition::Code`].
    pub fn entry(&self, symbol: &Symbol, odd: bool) -> u64 {
        let copy = match symbol.version {
            None if self.namesakes.contains(symbol.name) => self.second,
            _ => 0,
        };
        copy + match (self.machine, odd) {
            // A Thumb instruction that switches to the ARM code behind it.
            (EM_ARM, true) => 1,
            (EM_ARM, false) => 4,
            _ => odd.into(),
        }
    }
}

/// The functions that are there without a version and with a default one.
///
/// gold enters `foo@@V` under the bare name, too (symtab.cc,
/// `Symbol_table::add_from_object`), and takes the second definition with a
/// section and value that it has seen in the same object for the first one over
/// again (resolve.cc, `Symbol_table::resolve`): the version would be lost.
/// `foo@V` stays apart from both.
fn unversioned_namesakes<'a>(interface: &Interface<'a>) -> HashSet<Name<'a>, FixedState> {
    let functions = || {
        let symbols = interface.symbols.iter();
        symbols.filter(|symbol| matches!(symbol.definition, Definition::Code { .. }))
    };
    // The base version may be marked as hidden, which gold doesn't look at.
    let unversioned = || functions().filter(|symbol| symbol.version.is_none());
    // Most libraries have no versions, or nothing without one.
    if interface.versions.is_empty() || unversioned().next().is_none() {
        return HashSet::default();
    }
    let default = functions().filter(|symbol| symbol.version.is_some() && !symbol.hidden);
    let default: HashSet<Name, FixedState> = default.map(|symbol| symbol.name).collect();
    let names = unversioned().map(|symbol| symbol.name);
    names.filter(|name| default.contains(name)).collect()
}
