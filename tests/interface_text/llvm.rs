//! What `llvm-ifs` writes can be read, and what it can say it reads.

use std::fs;
use std::process::Command;

use stub_builder::elf;
use stub_builder::interface::{
    Alignment, Binding, Definition, Interface, Kind, Object, Placement, normalize,
};

use crate::{generator, library, printed, run, with_parsed};

#[test]
fn texts_of_llvm_ifs_can_be_read() {
    let directory = tempfile::tempdir().unwrap();
    let library = library(
        directory.path(),
        "libllvm.so",
        &["-Wl,-soname,libllvm.so.1"],
    );
    let output = run(Command::new("llvm-ifs-19")
        .args(["--input-format=ELF", "--output-ifs=-"])
        .arg(&library));
    let text = String::from_utf8(output.stdout).unwrap();
    with_parsed(&text, |document| {
        let interface = document.interface;
        assert_eq!(*interface.soname.unwrap(), "libllvm.so.1");
        assert_eq!(interface.target, generator::target("x86_64"));
        let symbol = |name: &str| {
            let mut symbols = interface.symbols.iter();
            symbols.find(|symbol| *symbol.name == name).unwrap()
        };
        assert_eq!(
            symbol("function").definition,
            Definition::Code { odd: false }
        );
        assert_eq!(
            symbol("wanted").definition,
            Definition::Undefined { file: None }
        );
        assert_eq!(symbol("local").kind, Kind::Tls);
        assert_eq!(symbol("weak").binding, Binding::Weak);
        assert_eq!(symbol("data").size, 12);
        assert!(interface.objects.iter().all(|object| {
            *object
                == Object {
                    placement: Placement::Data,
                    alignment: Alignment::at_most(64),
                }
        }));
        elf::write(&normalize(interface.clone(), |_| false)).unwrap();
    });
    // The other ways in which it gives the target and warnings.
    let triple = "--- !ifs-v1\nIfsVersion: 3.0\nTarget: powerpc64le-unknown-linux-gnu\n\
                  Symbols:\n  - { Name: f, Type: Func, Warning: 'don''t' }\n...\n";
    with_parsed(triple, |document| {
        let interface = document.interface;
        assert_eq!(interface.target.machine, 21);
        assert_eq!(*interface.warnings[0].symbol, "f");
        assert_eq!(interface.warnings[0].message, b"don't\0");
    });
}

#[test]
fn llvm_ifs_reads_texts_without_our_fields() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.ifs");
    let llvm_ifs = |interface: &Interface| {
        fs::write(&path, printed(interface)).unwrap();
        let mut command = Command::new("llvm-ifs-19");
        command.arg("--output-ifs=-").arg(&path).output().unwrap()
    };
    let mut interface = generator::data(generator::target("x86_64"), Placement::Data);
    interface.symbols.truncate(2);
    interface.objects.truncate(2);
    interface.symbols[1].binding = Binding::Weak;
    let interface = normalize(interface, |_| false);
    let output = llvm_ifs(&interface);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        printed(&interface)
    );
    let mut versioned = interface;
    versioned.symbols[0].hidden = true;
    let output = llvm_ifs(&versioned);
    let messages = String::from_utf8(output.stderr).unwrap();
    assert!(messages.contains("unknown key 'Hidden'"), "{messages}");
}
