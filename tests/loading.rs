//! Stubs that are loaded by mistake on other machines, run by QEMU with glibc
//! (tests/rules has the same for this one): a program that is linked to a stub
//! starts, and a call says so in one line and aborts; data that it is bound to
//! leave a line in the log; where there is no trap code, the loader says that it
//! cannot load the stub.
//!
//! Needs Debian's qemu-user, and the tree of tests/tools/get-cross.sh.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

const SIGABRT: i32 = 6;
const MESSAGE: &str = "stub-builder: called into a stub: libloaded.so.1 (it is for linking only)\n";
const BOUND: &str = "stub-builder: bound to data of a stub: libloaded.so.1";
const REFUSAL: &str = "error while loading shared libraries: libloaded.so.1: failed to map segment from shared object\n";

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/loading");
const CROSS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/.work/cross/usr");

struct Machine {
    /// Of its C library.
    triple: &'static str,
    /// What clang calls it, and needs for thread-local data.
    target: &'static str,
    qemu: &'static str,
    loader: &'static str,
    functions: &'static [&'static str],
}

const MACHINES: &[Machine] = &[
    Machine {
        triple: "aarch64-linux-gnu",
        target: "aarch64-linux-gnu",
        qemu: "qemu-aarch64",
        loader: "/lib/ld-linux-aarch64.so.1",
        functions: &["function"],
    },
    Machine {
        triple: "arm-linux-gnueabihf",
        target: "armv7a-linux-gnueabihf -mtp=cp15",
        qemu: "qemu-arm",
        loader: "/lib/ld-linux-armhf.so.3",
        functions: &["arm_function", "thumb_function"],
    },
    Machine {
        triple: "i686-linux-gnu",
        target: "i686-linux-gnu",
        qemu: "qemu-i386",
        loader: "/lib/ld-linux.so.2",
        functions: &["function"],
    },
    Machine {
        triple: "riscv64-linux-gnu",
        target: "riscv64-linux-gnu",
        qemu: "qemu-riscv64",
        loader: "/lib/ld-linux-riscv64-lp64d.so.1",
        functions: &["function"],
    },
    Machine {
        triple: "powerpc64le-linux-gnu",
        target: "powerpc64le-linux-gnu",
        qemu: "qemu-ppc64le",
        loader: "/lib64/ld64.so.2",
        functions: &["function"],
    },
    Machine {
        triple: "s390x-linux-gnu",
        target: "s390x-linux-gnu",
        qemu: "qemu-s390x",
        loader: "/lib/ld64.so.1",
        functions: &["function"],
    },
];

/// No trap code.
const MIPS: Machine = Machine {
    triple: "mips64el-linux-gnuabi64",
    target: "mips64el-linux-gnuabi64",
    qemu: "qemu-mips64el",
    loader: "/lib64/ld.so.1",
    functions: &["function"],
};

/// The library in `real/`, its stub in `stub/`, and a program for each.
struct Lab<'m> {
    machine: &'m Machine,
    directory: TempDir,
}

impl<'m> Lab<'m> {
    fn new(machine: &'m Machine) -> Lab<'m> {
        let lab = Lab {
            machine,
            directory: tempfile::tempdir().unwrap(),
        };
        fs::create_dir(lab.path("real")).unwrap();
        lab.clang(&format!(
            "-fPIC -shared {SOURCES}/library.c -Wl,-soname,libloaded.so.1 -o real/libloaded.so.1"
        ));
        let mut stubs = Command::new(env!("CARGO_BIN_EXE_stub-builder"));
        stubs.args(["stubs", "real/libloaded.so.1", "--out", "stub"]);
        let output = stubs.current_dir(lab.path("")).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        lab
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn clang(&self, arguments: &str) {
        let Machine { target, .. } = self.machine;
        let common = format!("--target={target} -O1 -ffreestanding -nostdlib --ld-path=ld.lld-19");
        let output = Command::new("clang-19")
            .args(common.split(' ').chain(arguments.split(' ')))
            .current_dir(self.path(""))
            .output()
            .unwrap();
        let messages = text(&output.stderr);
        assert!(output.status.success(), "{target}: {messages}");
    }

    /// Links a program to the stub, and runs it with what is in `side`. `options`
    /// follow those of a position-independent program.
    fn run(&self, function: &str, options: &str, side: &str) -> Output {
        let Machine {
            triple,
            qemu,
            loader,
            ..
        } = self.machine;
        let root = format!("{CROSS}/{triple}");
        assert!(
            Path::new(&root).exists(),
            "no {root}: tests/tools/get-cross.sh .work/cross"
        );
        self.clang(&format!(
            "-fPIE -pie -DFUNCTION={function}{options} {SOURCES}/program.c stub/libloaded.so.1 \
             {root}/lib/libc.so.6 {root}{loader} -Wl,-e,_start -Wl,-dynamic-linker,{loader} -o program"
        ));
        let side = self.path(side);
        let mut command = Command::new(qemu);
        command.args(["-L", &root, "-E"]);
        command.arg(format!(
            "LD_LIBRARY_PATH={}:{root}/lib:{root}/lib64",
            side.display()
        ));
        command.arg("./program");
        // What QEMU itself was given is what a program finds in /proc.
        command.env("STUB_BUILDER_LOG", self.path("log"));
        command.current_dir(self.path("")).output().unwrap()
    }

    /// What has been logged since this was last asked for.
    fn log(&self) -> String {
        let log = fs::read_to_string(self.path("log")).unwrap_or_default();
        fs::write(self.path("log"), "").unwrap();
        log
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn programs_that_do_not_call_run() {
    for machine in MACHINES {
        let lab = Lab::new(machine);
        for function in machine.functions {
            for (side, expected) in [("real", "data\n"), ("stub", "zero\n")] {
                let output = lab.run(function, " -DDATA", side);
                let what = format!("{} {side}: {}", machine.triple, text(&output.stderr));
                assert_eq!(text(&output.stdout), expected, "{what}");
                assert!(output.status.success(), "{what}");
            }
        }
    }
}

#[test]
fn programs_that_call_say_so_and_abort() {
    for machine in MACHINES {
        let lab = Lab::new(machine);
        for function in machine.functions {
            let real = lab.run(function, " -DCALL -DDATA", "real");
            assert_eq!(text(&real.stdout), "data\n", "{}", machine.triple);
            let stub = lab.run(function, " -DCALL", "stub");
            let what = format!("{} {function}: {}", machine.triple, stub.status);
            // QEMU has a word to say, too.
            let messages = text(&stub.stderr);
            assert!(messages.starts_with(MESSAGE), "{what}: {messages}");
            assert_eq!(messages.matches("stub-builder").count(), 1, "{what}");
            assert_eq!(stub.status.signal(), Some(SIGABRT), "{what}");
            assert_eq!(text(&stub.stdout), "", "{what}");
            assert_eq!(lab.log(), MESSAGE, "{what}");
        }
    }
}

#[test]
fn programs_that_are_bound_to_data_leave_a_line() {
    for machine in MACHINES {
        let lab = Lab::new(machine);
        for function in machine.functions {
            for (options, symbol) in [
                ("", None),
                (" -DDATA", Some("variable")),
                (" -DDATA -fno-pic -no-pie", Some("variable")),
                (
                    " -DDATA -fPIC -fno-direct-access-external-data",
                    Some("variable"),
                ),
                (" -DTHREAD", Some("thread_variable")),
                (
                    " -DTHREAD -fPIC -ftls-model=global-dynamic",
                    Some("thread_variable"),
                ),
            ] {
                let real = lab.run(function, options, "real");
                let what = format!("{} {function}{options}", machine.triple);
                assert!(real.status.success(), "{what}: {}", text(&real.stderr));
                assert_eq!(lab.log(), "", "{what}");
                let stub = lab.run(function, options, "stub");
                assert_eq!(text(&stub.stdout), "zero\n", "{what}: {}", stub.status);
                assert_eq!(text(&stub.stderr), "", "{what}");
                let expected = symbol.map(|symbol| format!("{BOUND} ({symbol})\n"));
                assert_eq!(lab.log(), expected.unwrap_or_default(), "{what}");
            }
        }
    }
}

#[test]
fn loaders_refuse_stubs_without_trap_code() {
    let lab = Lab::new(&MIPS);
    let real = lab.run("function", " -DCALL -DDATA", "real");
    assert_eq!(text(&real.stdout), "data\n", "{}", text(&real.stderr));
    let stub = lab.run("function", "", "stub");
    assert_eq!(text(&stub.stderr), format!("./program: {REFUSAL}"));
    assert_eq!(stub.status.code(), Some(127));
}
