//! The assembler files: one for each way in which an object can refer to what a
//! library exports.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use bstr::{BStr, ByteSlice};
use stub_builder::interface::{Definition, Interface, Kind, Symbol};

use crate::machines::Machine;

/// A way to use a library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Variant {
    /// All exports, from a position-independent program.
    Pie,
    /// All exports, from one that isn't: copy relocations, canonical PLTs.
    Nopie,
    /// All exports, from another library.
    Shared,
    /// Half of them, so that aliases are named singly.
    Half,
    /// A third, with the library first on the command line.
    Libfirst,
    /// The program defines what the library leaves undefined.
    Undef,
    /// The program defines some of the exports itself.
    Interpose,
    /// The program has common symbols of the same names.
    Common,
    /// A few weak references and --as-needed: is the library needed at all?
    Asneeded,
}

pub const VARIANTS: [Variant; 9] = [
    Variant::Pie,
    Variant::Nopie,
    Variant::Shared,
    Variant::Half,
    Variant::Libfirst,
    Variant::Undef,
    Variant::Interpose,
    Variant::Common,
    Variant::Asneeded,
];

impl Variant {
    pub fn name(self) -> &'static str {
        match self {
            Variant::Pie => "pie",
            Variant::Nopie => "nopie",
            Variant::Shared => "shared",
            Variant::Half => "half",
            Variant::Libfirst => "libfirst",
            Variant::Undef => "undef",
            Variant::Interpose => "interpose",
            Variant::Common => "common",
            Variant::Asneeded => "asneeded",
        }
    }

    /// Whether the code may lie anywhere.
    pub fn is_pic(self) -> bool {
        matches!(self, Variant::Pie | Variant::Shared | Variant::Asneeded)
    }

    /// Whether the object refers to this export.
    fn refers_to(self, name: &BStr) -> bool {
        let share = share_of(name);
        match self {
            Variant::Pie | Variant::Nopie | Variant::Shared | Variant::Undef => true,
            Variant::Half => share.is_multiple_of(2),
            Variant::Libfirst => share % 3 == 1,
            Variant::Interpose => share % 4 == 2,
            Variant::Common => share % 4 == 1,
            Variant::Asneeded => false,
        }
    }
}

/// FNV-1a: which part of the exports a name falls into.
fn share_of(name: &BStr) -> u32 {
    let hash = name.iter().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    });
    hash ^ (hash >> 15)
}

/// How an export is referred to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reference {
    Call,
    /// Copied into programs that aren't position-independent.
    Data,
    /// Only through the global offset table.
    Got,
    Tls,
}

fn reference(symbol: &Symbol, is_pic: bool) -> Reference {
    const STV_PROTECTED: u8 = 3;
    let protected = symbol.other & 3 == STV_PROTECTED;
    match symbol.kind {
        _ if matches!(symbol.definition, Definition::Absolute { .. }) => Reference::Got,
        Kind::Tls => Reference::Tls,
        // Linkers refuse to give these a place in a program.
        Kind::Function | Kind::IndirectFunction if protected && !is_pic => Reference::Got,
        Kind::Function | Kind::IndirectFunction => Reference::Call,
        Kind::Object | Kind::Common if symbol.size > 0 && !protected => Reference::Data,
        _ => Reference::Got,
    }
}

/// A name that every assembler takes as it is.
pub fn is_plain(name: &BStr) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.$".contains(byte);
    name.iter().all(plain) && !name.first().is_none_or(u8::is_ascii_digit)
}

/// Exports that programs can refer to.
fn exports<'i, 'a>(interface: &'i Interface<'a>) -> impl Iterator<Item = &'i Symbol<'a>> {
    interface.symbols.iter().filter(|symbol| {
        // bfd and gold write a symbol for each version, and refuse to link to it.
        let is_version = matches!(symbol.definition, Definition::Absolute { .. })
            && symbol.version == Some(symbol.name);
        symbol.is_defined() && is_plain(symbol.name) && !is_version
    })
}

/// What a library leaves undefined and does not export itself.
fn undefined<'a>(interface: &Interface<'a>) -> BTreeMap<&'a BStr, Kind> {
    let exported: BTreeSet<&BStr> = exports(interface).map(|symbol| symbol.name).collect();
    interface
        .symbols
        .iter()
        .filter(|symbol| !symbol.is_defined() && is_plain(symbol.name))
        .filter(|symbol| !exported.contains(symbol.name) && symbol.name != "_start")
        .map(|symbol| (symbol.name, symbol.kind))
        .collect()
}

/// The assembler file of a variant, for all exports but those in `left_out`.
pub fn assembly(
    machine: &Machine,
    interface: &Interface,
    variant: Variant,
    left_out: &BTreeSet<&BStr>,
) -> String {
    let mut file = File {
        machine,
        is_pic: variant.is_pic(),
        head: String::new(),
        text: String::new(),
        data: String::new(),
        tls: String::new(),
    };
    let kept = |symbol: &&Symbol| !left_out.contains(symbol.name);
    let exports: Vec<&Symbol> = exports(interface).filter(kept).collect();
    let (hidden, default): (Vec<&Symbol>, Vec<&Symbol>) =
        exports.into_iter().partition(|symbol| symbol.hidden);

    let mut referred = BTreeSet::new();
    for symbol in default.iter().filter(|s| variant.refers_to(s.name)) {
        file.refer(&symbol.name.to_str_lossy(), symbol);
        referred.insert(symbol.name);
    }
    let all_versions = matches!(
        variant,
        Variant::Pie | Variant::Nopie | Variant::Shared | Variant::Half
    );
    for (index, symbol) in hidden.iter().enumerate() {
        if let Some(version) = symbol.version
            && all_versions
            && variant.refers_to(symbol.name)
        {
            let name = format!("__hidden_version_{index}");
            let _ = writeln!(file.head, ".symver {name}, {}@{version}", symbol.name);
            file.refer(&name, symbol);
        }
    }
    match variant {
        Variant::Undef => {
            for (name, kind) in undefined(interface) {
                if !left_out.contains(name) {
                    file.define(name, kind);
                }
            }
        }
        Variant::Interpose => {
            for symbol in &default {
                if share_of(symbol.name) % 4 == 1 && symbol.name != "_start" {
                    match reference(symbol, true) {
                        Reference::Call => file.define(symbol.name, Kind::Function),
                        Reference::Data => file.define(symbol.name, Kind::Object),
                        Reference::Got | Reference::Tls => {}
                    }
                }
            }
        }
        Variant::Common => {
            for symbol in &default {
                if share_of(symbol.name) % 4 != 1 && reference(symbol, true) == Reference::Data {
                    let _ = writeln!(file.data, ".comm {}, 4, 4", symbol.name);
                }
            }
        }
        Variant::Asneeded => {
            let is_usual = |symbol: &&&Symbol| matches!(symbol.kind, Kind::Function | Kind::Object);
            for symbol in default.iter().filter(is_usual).take(5) {
                let _ = writeln!(file.head, ".weak {}", symbol.name);
                let name = symbol.name.to_str_lossy();
                file.code(machine.dialect.got, &name);
            }
        }
        _ => {}
    }
    let is_program = variant != Variant::Shared && !referred.contains(BStr::new("_start"));
    file.finish(is_program)
}

struct File<'m> {
    machine: &'m Machine,
    is_pic: bool,
    head: String,
    text: String,
    data: String,
    tls: String,
}

impl File<'_> {
    fn code(&mut self, lines: &[&str], name: &str) {
        for line in lines {
            let _ = writeln!(self.text, "{}", line.replace("{}", name));
        }
    }

    fn refer(&mut self, name: &str, symbol: &Symbol) {
        let dialect = &self.machine.dialect;
        let (lines, pointer) = match reference(symbol, self.is_pic) {
            Reference::Call if self.is_pic => (dialect.pic_call, dialect.function_pointer),
            Reference::Call => (dialect.call, dialect.function_pointer),
            Reference::Data if self.is_pic => (dialect.got, Some(dialect.pointer)),
            Reference::Data => (dialect.address, None),
            Reference::Got => (dialect.got, None),
            Reference::Tls => (dialect.tls, None),
        };
        self.code(lines, name);
        if let Some(pointer) = pointer {
            let _ = writeln!(self.data, "{}", pointer.replace("{}", name));
        }
    }

    fn define(&mut self, name: &BStr, kind: Kind) {
        let (part, kind) = match kind {
            Kind::Object => (&mut self.data, "object"),
            Kind::Tls => (&mut self.tls, "tls_object"),
            _ => (&mut self.text, "function"),
        };
        let _ = write!(
            part,
            ".p2align 2\n.globl {name}\n.type {name}, %{kind}\n{name}:\n.4byte 0\n.size {name}, 4\n"
        );
    }

    fn finish(self, is_program: bool) -> String {
        let prologue = self.machine.dialect.prologue.join("\n");
        let start = match is_program {
            true => ".globl _start\n.type _start, %function\n_start:\n",
            false => "",
        };
        format!(
            "{prologue}\n{}.text\n{start}.4byte 0\n{}.data\n.p2align 3\n{}\
             .section .tdata,\"awT\",%progbits\n{}\
             .section .note.GNU-stack,\"\",%progbits\n",
            self.head, self.text, self.data, self.tls
        )
    }
}
