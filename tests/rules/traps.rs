//! The trap code of each machine, out of a stub, run by QEMU; and the constructor
//! of the one for which there is no loader (tests/loading.rs has the others').

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt;

use stub_builder::elf;

use crate::generator::{self, target};
use crate::lab::Lab;

const SIGABRT: i32 = 6;
const MESSAGE: &str =
    "stub-builder: called into a stub: libentries.so.1 (it is for linking only)\n";

/// Machine, target of clang, QEMU.
const MACHINES: &[(&str, &str, &str)] = &[
    ("x86_64", "x86_64-linux-gnu", "qemu-x86_64"),
    ("i386", "i386-linux-gnu", "qemu-i386"),
    ("aarch64", "aarch64-linux-gnu", "qemu-aarch64"),
    ("arm", "armv7a-linux-gnueabi", "qemu-arm"),
    ("riscv64", "riscv64-linux-gnu", "qemu-riscv64"),
    ("ppc64le", "powerpc64le-linux-gnu", "qemu-ppc64le"),
    ("s390x", "s390x-linux-gnu", "qemu-s390x"),
    ("loongarch64", "loongarch64-linux-gnu", "qemu-loongarch64"),
];

/// Where calls enter, from the start of `.text`.
fn entries(lab: &Lab) -> BTreeSet<u64> {
    let address = |digits: &str| u64::from_str_radix(digits, 16).unwrap();
    let sections = lab.run("", "readelf -W -S stub.so");
    let (_, text) = sections.split_once(" .text ").unwrap();
    // Its type comes first.
    let start = address(text.split_whitespace().nth(1).unwrap());
    let symbols = lab.run("", "readelf -W --dyn-syms stub.so");
    let functions = symbols.lines().filter(|line| line.contains(" FUNC "));
    let values = functions.map(|line| line.split_whitespace().nth(1).unwrap());
    values.map(|value| address(value) - start).collect()
}

#[test]
fn trap_of_each_machine_says_so_and_aborts() {
    for &(machine, triple, qemu) in MACHINES {
        let lab = Lab::new();
        let stub = elf::write(&generator::entries(target(machine))).unwrap();
        lab.write("stub.so", stub);
        let entries = entries(&lab);
        let expected = if machine == "arm" { 4 } else { 2 };
        assert_eq!(entries.len(), expected, "{machine}");
        lab.run("", "llvm-objcopy-19 -O binary -j .text stub.so text.bin");
        for entry in entries {
            says_so_and_aborts(&lab, machine, triple, qemu, entry);
        }
    }
}

fn says_so_and_aborts(lab: &Lab, machine: &str, triple: &str, qemu: &str, entry: u64) {
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
    lab.write("log", "");
}

#[test]
fn constructor_without_a_loader() {
    let lab = Lab::new();
    let clang = "clang-19 --target=loongarch64-linux-gnu -O1 -ffreestanding -nostdlib \
                 --ld-path=ld.lld-19";
    lab.library(
        "libloaded.so.1",
        &format!("{clang} -fPIC -shared $S/../../loading/library.c -Wl,-soname,libloaded.so.1"),
    );
    lab.write(
        "stub/stub.s",
        ".section .rodata\n.globl stub_file\n.balign 4096\nstub_file: .incbin \"libloaded.so.1\"\n",
    );
    for (define, expected) in [
        (
            "-DDATA",
            "stub-builder: bound to data of a stub: libloaded.so.1 (variable)\n",
        ),
        ("-DFUNCTION", ""),
    ] {
        lab.write("log", "");
        lab.run(
            "stub",
            &format!(
                "{clang} -fPIE -fno-direct-access-external-data {define} -I$S/../../../src/elf/write/code \
                 -pie -Wl,--no-dynamic-linker $S/loader.c stub.s libloaded.so.1 -o program"
            ),
        );
        lab.run(
            "stub",
            "env STUB_BUILDER_LOG=$L/log qemu-loongarch64 ./program",
        );
        let log = lab.read("log");
        assert_eq!(String::from_utf8_lossy(&log), expected, "{define}");
    }
}
