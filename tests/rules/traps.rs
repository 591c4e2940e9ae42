//! The trap code of each machine, out of a stub, run by QEMU.

use std::os::unix::process::ExitStatusExt;

use stub_builder::elf;

use crate::generator::{functions, target};
use crate::lab::Lab;

const SIGABRT: i32 = 6;

/// Machine, target of clang, QEMU, and where calls enter.
const MACHINES: &[(&str, &str, &str, u32)] = &[
    ("x86_64", "x86_64-linux-gnu", "qemu-x86_64", 0),
    ("i386", "i386-linux-gnu", "qemu-i386", 0),
    ("aarch64", "aarch64-linux-gnu", "qemu-aarch64", 0),
    ("arm", "armv7a-linux-gnueabi", "qemu-arm", 4),
    ("arm", "armv7a-linux-gnueabi", "qemu-arm", 1),
    ("riscv64", "riscv64-linux-gnu", "qemu-riscv64", 0),
    ("ppc64le", "powerpc64le-linux-gnu", "qemu-ppc64le", 0),
    ("s390x", "s390x-linux-gnu", "qemu-s390x", 0),
    (
        "loongarch64",
        "loongarch64-linux-gnu",
        "qemu-loongarch64",
        0,
    ),
];

#[test]
fn trap_of_each_machine_says_so_and_aborts() {
    const MESSAGE: &str =
        "stub-builder: called into a stub: libfunctions.so.1 (it is for linking only)\n";
    for &(machine, triple, qemu, entry) in MACHINES {
        let lab = Lab::new();
        lab.write("stub.so", elf::write(&functions(target(machine))).unwrap());
        lab.run("", "llvm-objcopy-19 -O binary -j .text stub.so text.bin");
        // Anywhere in a page, as in stubs.
        lab.write(
            "trap.s",
            format!(
                ".text\n.globl _start\n.balign 4096\n.zero 0x370\n\
                 trap: .incbin \"text.bin\"\n.set _start, trap + {entry}\n"
            ),
        );
        lab.run(
            "",
            &format!("clang-19 --target={triple} -c trap.s -o trap.o"),
        );
        lab.run("", "ld.lld-19 -e _start trap.o -o trap");
        let command = format!("env STUB_BUILDER_LOG=$L/log {qemu} ./trap");
        let output = lab.output("", &command);
        assert_eq!(
            output.status.signal(),
            Some(SIGABRT),
            "{machine}: {}",
            output.status
        );
        // QEMU has a word to say, too.
        let messages = String::from_utf8_lossy(&output.stderr);
        assert!(messages.starts_with(MESSAGE), "{machine}: {messages}");
        assert_eq!(
            String::from_utf8_lossy(&lab.read("log")),
            MESSAGE,
            "{machine}"
        );
    }
}
