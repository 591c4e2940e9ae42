//! The code of a stub, all that is in its `.text`: the trap, to which all
//! functions lead, and what is run when a stub with data is loaded.
//!
//! Programs that a build has just linked do get run: by configure checks, as
//! generators. One that calls into a stub gets one line on standard error, also
//! in the file that `STUB_BUILDER_LOG` names, then SIGABRT (`trap.c`). One that
//! is bound to a stub's data goes on, and leaves a line in that file (`init.c`).
//! Both are compiled once for each machine, by `build.sh`.

use std::collections::HashSet;

use foldhash::fast::FixedState;
use goblin::elf::header::{
    EM_386, EM_AARCH64, EM_ARM, EM_LOONGARCH, EM_PPC64, EM_RISCV, EM_S390, EM_X86_64,
};
use goblin::elf::reloc::{
    R_386_RELATIVE, R_AARCH64_RELATIVE, R_ARM_RELATIVE, R_LARCH_RELATIVE, R_PPC64_RELATIVE,
    R_RISCV_RELATIVE, R_X86_64_RELATIVE,
};

use crate::interface::{Class, Definition, Endian, Interface, Name, Symbol};

/// What every message of the trap starts with, so that build logs can be
/// searched for it.
const GREETING: &[u8] = b"stub-builder: called into a stub: ";
const ADVICE: &[u8] = b" (it is for linking only)\n";

pub(super) const CODE_ALIGNMENT: u64 = 16;

/// The contents of `.text`: the trap, the same again if some functions must not
/// have the address of the others, and the constructor.
pub(super) struct Code<'a> {
    pub bytes: Vec<u8>,
    /// Whether `bytes` can run; if not, the stub must not be loaded.
    pub runs: bool,
    pub constructor: Option<Constructor>,
    machine: u16,
    /// Those that lead to the second copy.
    namesakes: HashSet<Name<'a>, FixedState>,
    /// Where the second copy starts.
    second: u64,
}

/// What loaders run, by way of DT_INIT_ARRAY. (Neither glibc on riscv64 and
/// loongarch64 nor musl on most machines heeds DT_INIT.)
pub(super) struct Constructor {
    /// Where it starts in `.text`.
    pub start: u64,
    /// The type of the relocation that adds the base address to an address, and
    /// whether it stands beside the type, rather than in the place.
    pub relative: u32,
    pub has_addend: bool,
}

struct Machine {
    trap: &'static [u8],
    init: &'static [u8],
    relative: u32,
    has_addend: bool,
}

/// goblin doesn't have it (binutils, include/elf/s390.h).
const R_390_RELATIVE: u32 = 12;

macro_rules! machine {
    ($name:literal, $relative:expr, $has_addend:expr) => {
        Some(Machine {
            trap: include_bytes!(concat!("trap/", $name, ".bin")),
            init: include_bytes!(concat!("init/", $name, ".bin")),
            relative: $relative,
            has_addend: $has_addend,
        })
    };
}

fn machine_of(interface: &Interface) -> Option<Machine> {
    use Class::{Elf32, Elf64};
    use Endian::{Big, Little};
    let target = interface.target;
    match (target.machine, target.class, target.endian) {
        (EM_X86_64, _, Little) => machine!("x86_64", R_X86_64_RELATIVE, true),
        (EM_386, Elf32, Little) => machine!("i386", R_386_RELATIVE, false),
        (EM_AARCH64, Elf64, Little) => machine!("aarch64", R_AARCH64_RELATIVE, true),
        (EM_ARM, Elf32, Little) => machine!("arm", R_ARM_RELATIVE, false),
        (EM_RISCV, Elf64, Little) => machine!("riscv64", R_RISCV_RELATIVE, true),
        (EM_PPC64, Elf64, Little) => machine!("ppc64le", R_PPC64_RELATIVE, true),
        (EM_S390, Elf64, Big) => machine!("s390x", R_390_RELATIVE, true),
        (EM_LOONGARCH, Elf64, Little) => machine!("loongarch64", R_LARCH_RELATIVE, true),
        _ => None,
    }
}

impl<'a> Code<'a> {
    pub fn of(interface: &Interface<'a>) -> Code<'a> {
        let machine = machine_of(interface);
        let name: &[u8] = match &interface.soname {
            Some(soname) => soname,
            None => b"a library without SONAME",
        };
        let message = [GREETING, name, ADVICE].concat();
        let mut bytes = match &machine {
            // trap.c reads the length byte by byte, the lowest first.
            Some(machine) => {
                let length = (message.len() as u32).to_le_bytes();
                [machine.trap, &length, &message].concat()
            }
            None => message,
        };
        let namesakes = unversioned_namesakes(interface);
        let second = padded(&bytes);
        if !namesakes.is_empty() {
            let copy = bytes.clone();
            bytes.resize(second, 0);
            bytes.extend(copy);
        }
        // The constructor for x86_64 doesn't know the tables of x32.
        let is_x32 =
            (interface.target.machine, interface.target.class) == (EM_X86_64, Class::Elf32);
        let machine = machine.as_ref();
        let constructor = machine.filter(|_| has_data(interface) && !is_x32);
        let constructor = constructor.map(|machine| {
            let start = padded(&bytes);
            bytes.resize(start, 0);
            bytes.extend(machine.init);
            Constructor {
                start: start as u64,
                relative: machine.relative,
                has_addend: machine.has_addend,
            }
        });
        Code {
            bytes,
            runs: machine.is_some(),
            constructor,
            machine: interface.target.machine,
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

fn padded(bytes: &[u8]) -> usize {
    bytes.len().next_multiple_of(CODE_ALIGNMENT as usize)
}

/// Whether there is anything that a program would read zeros from.
fn has_data(interface: &Interface) -> bool {
    let mut symbols = interface.symbols.iter();
    symbols.any(|symbol| {
        matches!(
            symbol.definition,
            Definition::Data { .. } | Definition::Tls { .. }
        )
    })
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
