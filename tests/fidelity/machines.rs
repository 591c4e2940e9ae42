//! The machines: what their assembler and linkers are called and how assembler
//! code refers to a symbol.

use std::path::{Path, PathBuf};

use stub_builder::interface::{Class, Target};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Linker {
    Bfd,
    Gold,
    Lld,
    Mold,
}

pub const LINKERS: [Linker; 4] = [Linker::Bfd, Linker::Gold, Linker::Lld, Linker::Mold];

impl Linker {
    pub fn name(self) -> &'static str {
        match self {
            Linker::Bfd => "bfd",
            Linker::Gold => "gold",
            Linker::Lld => "lld",
            Linker::Mold => "mold",
        }
    }
}

pub struct Machine {
    pub name: &'static str,
    /// `e_machine`.
    pub number: u16,
    pub class: Class,
    /// What clang calls it.
    pub target: &'static str,
    pub assembler_flags: &'static [&'static str],
    /// What binutils and Debian's cross libraries call it.
    pub triple: &'static str,
    /// Linkers' `-m`.
    pub emulation: &'static str,
    pub hash_style: &'static str,
    /// Type of the copy relocation.
    pub copy: u32,
    /// Those that there are for it.
    pub linkers: &'static [Linker],
    pub dialect: Dialect,
}

/// Assembler code that refers to the symbol `{}`.
pub struct Dialect {
    pub prologue: &'static [&'static str],
    /// Calls a function and takes its address, in code that may lie anywhere.
    pub pic_call: &'static [&'static str],
    /// The same in code that needs no relocation at run time.
    pub call: &'static [&'static str],
    /// Takes an address from the global offset table.
    pub got: &'static [&'static str],
    /// Takes the address of data where the link fixes it.
    pub address: &'static [&'static str],
    /// Takes the offset of thread-local data (initial exec).
    pub tls: &'static [&'static str],
    /// A pointer in data to data.
    pub pointer: &'static str,
    /// And one to a function, where that has a relocation of its own.
    pub function_pointer: Option<&'static str>,
}

use Linker::{Bfd, Gold, Lld, Mold};

pub const MACHINES: &[Machine] = &[
    Machine {
        name: "x86_64",
        number: 62,
        class: Class::Elf64,
        target: "x86_64-linux-gnu",
        assembler_flags: &[],
        triple: "x86_64-linux-gnu",
        emulation: "elf_x86_64",
        hash_style: "gnu",
        copy: 5,
        linkers: &LINKERS,
        dialect: Dialect {
            prologue: &[],
            pic_call: &["call {}@PLT", "movq {}@GOTPCREL(%rip), %rax"],
            call: &["call {}@PLT", "movl ${}, %eax"],
            got: &["movq {}@GOTPCREL(%rip), %rax"],
            address: &["leaq {}(%rip), %rax", "movl ${}, %eax"],
            tls: &["movq {}@GOTTPOFF(%rip), %rax"],
            pointer: ".quad {}",
            function_pointer: Some(".quad {}"),
        },
    },
    Machine {
        name: "i386",
        number: 3,
        class: Class::Elf32,
        target: "i386-linux-gnu",
        assembler_flags: &[],
        triple: "i686-linux-gnu",
        emulation: "elf_i386",
        hash_style: "gnu",
        copy: 5,
        linkers: &LINKERS,
        dialect: Dialect {
            prologue: &[],
            pic_call: &["call {}@PLT", "movl {}@GOT(%ebx), %eax"],
            call: &["call {}", "movl ${}, %eax"],
            got: &["movl {}@GOT(%ebx), %eax"],
            address: &["movl ${}, %eax"],
            tls: &["movl {}@GOTNTPOFF(%ebx), %eax"],
            pointer: ".long {}",
            function_pointer: Some(".long {}"),
        },
    },
    Machine {
        name: "aarch64",
        number: 183,
        class: Class::Elf64,
        target: "aarch64-linux-gnu",
        assembler_flags: &[],
        triple: "aarch64-linux-gnu",
        emulation: "aarch64linux",
        hash_style: "gnu",
        copy: 1024,
        linkers: &LINKERS,
        dialect: Dialect {
            prologue: &[],
            pic_call: &["bl {}", "adrp x0, :got:{}", "ldr x0, [x0, :got_lo12:{}]"],
            call: &["bl {}", "adrp x0, {}", "add x0, x0, :lo12:{}"],
            got: &["adrp x0, :got:{}", "ldr x0, [x0, :got_lo12:{}]"],
            address: &["adrp x0, {}", "add x0, x0, :lo12:{}"],
            tls: &["adrp x0, :gottprel:{}", "ldr x0, [x0, :gottprel_lo12:{}]"],
            pointer: ".xword {}",
            function_pointer: Some(".xword {}"),
        },
    },
    Machine {
        name: "armhf",
        number: 40,
        class: Class::Elf32,
        target: "armv7-linux-gnueabihf",
        assembler_flags: &[],
        triple: "arm-linux-gnueabihf",
        emulation: "armelf_linux_eabi",
        hash_style: "gnu",
        copy: 20,
        linkers: &LINKERS,
        dialect: Dialect {
            prologue: &[],
            pic_call: &["bl {}"],
            call: &["bl {}", "movw r0, #:lower16:{}", "movt r0, #:upper16:{}"],
            got: &[".word {}(GOT_PREL)"],
            address: &["movw r0, #:lower16:{}", "movt r0, #:upper16:{}"],
            tls: &[".word {}(GOTTPOFF)"],
            pointer: ".word {}",
            function_pointer: Some(".word {}"),
        },
    },
    Machine {
        name: "riscv64",
        number: 243,
        class: Class::Elf64,
        target: "riscv64-linux-gnu",
        assembler_flags: &[],
        triple: "riscv64-linux-gnu",
        emulation: "elf64lriscv",
        hash_style: "gnu",
        copy: 4,
        // gold does not know it.
        linkers: &[Bfd, Lld, Mold],
        dialect: Dialect {
            prologue: &[".option pic"],
            pic_call: &["call {}", "la a0, {}"],
            call: &["call {}", "lla a0, {}"],
            got: &["la a0, {}"],
            address: &["lla a0, {}"],
            tls: &["la.tls.ie a0, {}"],
            pointer: ".quad {}",
            function_pointer: Some(".quad {}"),
        },
    },
    Machine {
        name: "ppc64le",
        number: 21,
        class: Class::Elf64,
        target: "powerpc64le-linux-gnu",
        assembler_flags: &[],
        triple: "powerpc64le-linux-gnu",
        emulation: "elf64lppc",
        hash_style: "gnu",
        copy: 19,
        linkers: &LINKERS,
        dialect: Dialect {
            prologue: &[".abiversion 2"],
            pic_call: &["bl {}", "nop", "addis 3, 2, {}@got@ha", "ld 3, {}@got@l(3)"],
            call: &[
                "bl {}",
                "nop",
                "addis 3, 2, {}@toc@ha",
                "addi 3, 3, {}@toc@l",
            ],
            got: &["addis 3, 2, {}@got@ha", "ld 3, {}@got@l(3)"],
            address: &["addis 3, 2, {}@toc@ha", "addi 3, 3, {}@toc@l"],
            tls: &["addis 3, 2, {}@got@tprel@ha", "ld 3, {}@got@tprel@l(3)"],
            pointer: ".quad {}",
            function_pointer: Some(".quad {}"),
        },
    },
    Machine {
        name: "s390x",
        number: 22,
        class: Class::Elf64,
        target: "s390x-linux-gnu",
        assembler_flags: &[],
        triple: "s390x-linux-gnu",
        emulation: "elf64_s390",
        hash_style: "gnu",
        copy: 9,
        linkers: &LINKERS,
        dialect: Dialect {
            prologue: &[],
            pic_call: &["brasl %r14, {}@PLT", "lgrl %r1, {}@GOT"],
            call: &["brasl %r14, {}@PLT", "larl %r1, {}"],
            got: &["lgrl %r1, {}@GOT"],
            address: &["larl %r1, {}"],
            tls: &["larl %r1, {}@INDNTPOFF"],
            pointer: ".quad {}",
            function_pointer: Some(".quad {}"),
        },
    },
    Machine {
        name: "mips64el",
        number: 8,
        class: Class::Elf64,
        target: "mips64el-linux-gnuabi64",
        assembler_flags: &["-fPIC"],
        triple: "mips64el-linux-gnuabi64",
        emulation: "elf64ltsmip",
        // GNU hash tables want an order of symbols that the MIPS ABI forbids.
        hash_style: "sysv",
        copy: 126,
        // mold does not know it.
        linkers: &[Bfd, Gold, Lld],
        dialect: Dialect {
            prologue: &[".set noreorder", ".option pic2"],
            pic_call: &["ld $25, %call16({})($28)"],
            call: &["ld $25, %call16({})($28)"],
            got: &["ld $2, %got_disp({})($28)"],
            address: &["lui $2, %hi({})", "addiu $2, $2, %lo({})"],
            tls: &["ld $2, %gottprel({})($28)"],
            pointer: ".8byte {}",
            function_pointer: None,
        },
    },
];

impl Machine {
    pub fn of(target: &Target) -> Option<&'static Machine> {
        MACHINES
            .iter()
            .find(|machine| machine.number == target.machine && machine.class == target.class)
    }

    /// Where its libraries lie.
    pub fn folders(&self, cross: &Path) -> Vec<PathBuf> {
        let folders = match self.name {
            "x86_64" => vec!["/usr/lib/x86_64-linux-gnu".into(), "/usr/lib64".into()],
            _ => {
                let folder = cross.join("usr").join(self.triple);
                vec![folder.join("lib"), folder.join("lib64")]
            }
        };
        let known = folders.into_iter();
        known
            .filter_map(|folder: PathBuf| folder.canonicalize().ok())
            .collect()
    }

    /// The program to call: the machine's own are on PATH, those for other
    /// machines in the tree that get-cross.sh makes.
    pub fn program(&self, linker: Linker, cross: &Path) -> PathBuf {
        let kind = match linker {
            Lld => return "ld.lld-19".into(),
            Mold => return "ld.mold".into(),
            Bfd => "bfd",
            Gold => "gold",
        };
        if self.name == "x86_64" {
            return format!("ld.{kind}").into();
        }
        cross.join(format!("usr/bin/{}-ld.{kind}", self.triple))
    }
}
