//! Rule 7: what an object says of its target.

use stub_builder::elf;
use stub_builder::interface::Definition;

use crate::lab::{LINKERS, Lab, symbol};

struct Machine {
    triple: &'static str,
    flags: &'static str,
    /// In the words of `readelf -h`.
    class: &'static str,
    endian: &'static str,
    e_flags: &'static str,
    attributes: &'static [&'static str],
}

const MACHINES: &[Machine] = &[
    Machine {
        triple: "aarch64-linux-gnu",
        flags: "",
        class: "ELF64",
        endian: "little endian",
        e_flags: "0x0",
        attributes: &[],
    },
    Machine {
        triple: "armv7a-linux-gnueabihf",
        flags: "-mthumb -mtp=cp15",
        class: "ELF32",
        endian: "little endian",
        e_flags: "0x5000400, Version5 EABI, hard-float ABI",
        attributes: &[
            "Tag_ABI_VFP_args: VFP registers",
            "Tag_THUMB_ISA_use: Thumb-2",
        ],
    },
    Machine {
        triple: "riscv64-linux-gnu",
        flags: "-march=rv64gc -mabi=lp64d",
        class: "ELF64",
        endian: "little endian",
        e_flags: "0x5, RVC, double-float ABI",
        attributes: &["Tag_RISCV_arch"],
    },
    Machine {
        triple: "powerpc64le-linux-gnu",
        flags: "-mcpu=power8",
        class: "ELF64",
        endian: "little endian",
        e_flags: "0x2, abiv2",
        attributes: &[],
    },
    Machine {
        triple: "i386-linux-gnu",
        flags: "",
        class: "ELF32",
        endian: "little endian",
        e_flags: "0x0",
        attributes: &[],
    },
    Machine {
        triple: "s390x-linux-gnu",
        flags: "",
        class: "ELF64",
        endian: "big endian",
        e_flags: "0x0",
        attributes: &[],
    },
    Machine {
        triple: "powerpc-linux-gnu",
        flags: "",
        class: "ELF32",
        endian: "big endian",
        e_flags: "0x0",
        attributes: &[],
    },
    Machine {
        triple: "mips64el-linux-gnuabi64",
        flags: "",
        class: "ELF64",
        endian: "little endian",
        e_flags: "0x80000007, noreorder, pic, cpic, mips64r2",
        attributes: &[],
    },
    Machine {
        triple: "mips-linux-gnu",
        flags: "",
        class: "ELF32",
        endian: "big endian",
        e_flags: "0x70001007, noreorder, pic, cpic, o32, mips32r2",
        attributes: &[],
    },
    Machine {
        triple: "loongarch64-linux-gnu",
        flags: "",
        class: "ELF64",
        endian: "little endian",
        e_flags: "0x43, DOUBLE-FLOAT, OBJ-v1",
        attributes: &[],
    },
];

fn library(machine: &Machine) -> Lab {
    let lab = Lab::new();
    let Machine { triple, flags, .. } = machine;
    lab.library(
        "libx.so",
        &format!(
            "clang-19 --target={triple} {flags} -nostdlib -shared -fPIC -O1 \
             --ld-path=ld.lld-19 $S/machine.c -Wl,-soname,libx.so"
        ),
    );
    lab
}

fn header(lab: &Lab, side: &str) -> Vec<String> {
    let text = lab.run(side, "readelf -h libx.so");
    let told = [
        "Class",
        "Data",
        "OS/ABI",
        "ABI Version",
        "Type",
        "Machine",
        "Flags",
    ];
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| told.iter().any(|word| line.starts_with(word)))
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

#[test]
fn rule_07_target_is_kept() {
    for machine in MACHINES {
        let triple = machine.triple;
        let lab = library(machine);
        let stub = header(&lab, "stub");
        assert_eq!(stub, header(&lab, "real"), "{triple}");
        let all = stub.join("\n");
        for part in [machine.class, machine.endian, machine.e_flags] {
            assert!(all.contains(part), "{triple}: {part} in\n{all}");
        }
        let [real, stub] = ["real", "stub"].map(|side| lab.run(side, "readelf -A libx.so"));
        // Of MIPS objects it shows the global offset table, too.
        let real = real.split("\nPrimary GOT").next().unwrap();
        assert_eq!(real, stub, "{triple}");
        for attribute in machine.attributes {
            assert!(stub.contains(attribute), "{triple}: {attribute} in\n{stub}");
        }
    }
}

#[test]
fn rule_07_target_links_as_the_library_does() {
    for machine in MACHINES {
        let Machine { triple, flags, .. } = machine;
        let lab = library(machine);
        let compile = format!(
            "clang-19 --target={triple} {flags} -O1 -ffreestanding -ftls-model=initial-exec -c"
        );
        let link = format!("clang-19 --target={triple} {flags} -nostdlib --ld-path=ld.lld-19");
        for (code, kind) in [
            ("-fPIC", "-shared"),
            ("-fPIE", "-pie"),
            ("-fno-pic", "-no-pie"),
        ] {
            lab.run(
                "real",
                &format!("{compile} {code} $S/machine_user.c -o ../user.o"),
            );
            lab.same_link(&format!("{link} {kind} ../user.o libx.so"), "ld.lld-19");
        }
    }
}

#[test]
fn rule_07_target_bits_of_symbols_are_kept() {
    let cases = [
        ("aarch64", "-march=armv8-a", "[VARIANT_PCS]"),
        ("riscv64", "-mno-relax", "[VARIANT_CC]"),
        ("powerpc64le", "-mcpu=power8", "[<localentry>: 8]"),
    ];
    for (machine, flags, bits) in cases {
        let lab = Lab::new();
        lab.library(
            "libx.so",
            &format!(
                "clang-19 --target={machine}-linux-gnu {flags} -nostdlib -shared \
                 --ld-path=ld.lld-19 $S/variant_{machine}.s"
            ),
        );
        for side in ["real", "stub"] {
            let table = lab.run(side, "readelf -W --dyn-syms libx.so");
            let line = |name: &str| {
                let line = table.lines().find(|line| line.trim_end().ends_with(name));
                line.unwrap_or_else(|| panic!("no {name} in\n{table}"))
                    .to_owned()
            };
            assert!(line(" variant").contains(bits), "{machine} {side}: {table}");
            assert!(!line(" normal").contains(bits), "{machine} {side}: {table}");
        }
    }
}

#[test]
fn rule_07_target_visibility_is_kept() {
    let lab = Lab::new();
    lab.library(
        "libx.so",
        "gcc -shared -fPIC -O1 $S/protected.c -Wl,-soname,libx.so",
    );
    lab.same_links(
        "-fPIE $S/protected_user.c -fno-direct-access-external-data",
        "-pie libx.so",
    );
    for linker in LINKERS {
        assert_eq!(lab.run_really("stub", linker), "5 4 9\n", "{linker}");
    }
    // Protected data cannot be copied, and linkers say so.
    lab.run(
        "real",
        "clang-19 -c -fno-pic $S/protected_user.c -o ../user.o",
    );
    for linker in LINKERS {
        let command = format!("clang-19 --ld-path={linker} -no-pie ../user.o libx.so -o out");
        let [real, stub] = ["real", "stub"].map(|side| lab.output(side, &command));
        assert!(!stub.status.success(), "{linker}");
        assert_eq!(real.stderr, stub.stderr, "{linker}");
    }
}

#[test]
fn rule_07_target_instruction_set_of_functions_is_kept() {
    let arm = MACHINES
        .iter()
        .find(|machine| machine.triple.starts_with("arm"));
    let lab = library(arm.unwrap());
    let odd = Definition::Code { odd: true };
    for side in ["real", "stub"] {
        let bytes = lab.read(&format!("{side}/libx.so"));
        let interface = elf::read(&bytes).unwrap();
        assert_eq!(symbol(&interface, "function").definition, odd, "{side}");
        let table = lab.run(side, "readelf -W --dyn-syms libx.so");
        let line = table
            .lines()
            .find(|line| line.ends_with(" function"))
            .unwrap();
        let value = line.split_whitespace().nth(1).unwrap();
        assert_eq!(u32::from_str_radix(value, 16).unwrap() % 2, 1, "{side}");
    }
}
