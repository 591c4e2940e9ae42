//! Stubs that are loaded by mistake: docs/format.md.

use std::os::unix::process::ExitStatusExt;
use std::process::Output;

use crate::lab::{LINKERS, Lab};

const SIGABRT: i32 = 6;
const MESSAGE: &str = "stub-builder: called into a stub: libloaded.so.1 (it is for linking only)\n";

fn lab() -> Lab {
    let lab = Lab::new();
    lab.library(
        "libloaded.so.1",
        "gcc -shared -fPIC -O1 $S/loaded.c -Wl,-soname,libloaded.so.1",
    );
    lab
}

/// A program that is linked to the stub and will find it when it runs.
fn link(lab: &Lab, compiler: &str) {
    lab.run(
        "stub",
        &format!(
            "{compiler} -O1 -fPIE -pie $S/loaded_user.c libloaded.so.1 -Wl,-rpath,$L/stub -o program"
        ),
    );
}

fn assert_aborts(output: &Output, what: &str) {
    assert_eq!(
        output.status.signal(),
        Some(SIGABRT),
        "{what}: {}",
        output.status
    );
    assert_eq!(String::from_utf8_lossy(&output.stderr), MESSAGE, "{what}");
}

#[test]
fn loading_a_program_that_does_not_call_runs() {
    let lab = lab();
    for compiler in LINKERS
        .map(|linker| format!("clang-19 --ld-path={linker}"))
        .into_iter()
        .chain(["musl-gcc".to_owned()])
    {
        link(&lab, &compiler);
        // Data of a stub are zeros.
        assert_eq!(lab.run("stub", "./program"), "0 0 0\n", "{compiler}");
    }
}

#[test]
fn loading_a_program_that_calls_says_so_and_aborts() {
    let lab = lab();
    for compiler in ["gcc", "musl-gcc"] {
        link(&lab, compiler);
        assert_aborts(&lab.output("stub", "./program call"), compiler);
    }
    // As a shell has it.
    let output = lab.output("stub", "env ./program call");
    assert_eq!(output.status.signal(), Some(SIGABRT));
    lab.write("stub/script", "./program call 2>/dev/null; echo $?\n");
    assert_eq!(lab.run("stub", "sh script").trim(), "134");
}

#[test]
fn loading_a_call_is_logged_where_the_variable_says() {
    let lab = lab();
    link(&lab, "gcc");
    for _ in 0..2 {
        let output = lab.output("stub", "env STUB_BUILDER_LOG=$L/log ./program call");
        assert_aborts(&output, "with a log");
    }
    let log = lab.read("log");
    let lines = String::from_utf8_lossy(&log);
    // The program is bound to data, too, and that was logged before.
    let calls = lines.lines().skip(1).step_by(2);
    assert_eq!(calls.collect::<Vec<_>>(), [MESSAGE.trim_end(); 2]);
    assert_eq!(lines.lines().count(), 4);
    // One that cannot be written, an empty one, and one much like it.
    for variable in [
        "STUB_BUILDER_LOG=/nowhere/log",
        "STUB_BUILDER_LOG=",
        "XSTUB_BUILDER_LOG=$L/log",
    ] {
        assert_aborts(
            &lab.output("stub", &format!("env {variable} ./program call")),
            variable,
        );
    }
    assert_eq!(lab.read("log").len(), log.len());
}

#[test]
fn loading_a_call_aborts_whatever_becomes_of_the_signal() {
    let lab = lab();
    link(&lab, "gcc");
    lab.write("stub/script", "trap '' ABRT; ./program call; echo $?\n");
    let output = lab.output("stub", "sh script");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "134\n");
    assert_eq!(String::from_utf8_lossy(&output.stderr), MESSAGE);
}

#[test]
fn loading_through_dlopen_works() {
    let lab = lab();
    lab.run("stub", "gcc $S/opener.c -o opener");
    assert_eq!(lab.run("stub", "./opener ./libloaded.so.1"), "1 1\n");
    let output = lab.output("stub", "./opener ./libloaded.so.1 call");
    assert_aborts(&output, "dlopen");
}

#[test]
fn loading_works_after_other_tools_have_been_at_it() {
    for command in [
        "patchelf --set-rpath /some/where/quite/far/away/from/here libloaded.so.1",
        "patchelf --add-needed libc.so.6 libloaded.so.1",
        "strip libloaded.so.1",
        "strip --strip-unneeded libloaded.so.1",
        "llvm-strip-19 libloaded.so.1",
        "llvm-strip-19 --strip-sections libloaded.so.1",
        "objcopy --add-gnu-debuglink=user.c libloaded.so.1",
    ] {
        let lab = lab();
        lab.write("stub/user.c", "");
        link(&lab, "gcc");
        lab.run("stub", command);
        assert_eq!(lab.run("stub", "./program"), "0 0 0\n", "{command}");
        assert_aborts(&lab.output("stub", "./program call"), command);
        if !command.contains("--strip-sections") {
            link(&lab, "gcc");
            assert_eq!(lab.run_in_real("stub/program"), "5 6 7\n", "{command}");
        }
    }
}

#[test]
fn loading_tools_read_stubs_in_silence() {
    let lab = lab();
    for command in [
        "readelf -W -a",
        "llvm-readelf-19 -a",
        "objdump -x -T",
        "nm -D",
        "ldd",
        "patchelf --print-needed",
        "eu-readelf -a",
        "eu-nm -D",
        "file",
    ] {
        let output = lab.output("stub", &format!("{command} ./libloaded.so.1"));
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(
            output.status.success(),
            "{command}: {}",
            text(&output.stderr)
        );
        assert_eq!(text(&output.stderr), "", "{command}");
        assert!(
            !text(&output.stdout).to_lowercase().contains("warning"),
            "{command}"
        );
    }
}

#[test]
fn loading_is_refused_where_there_is_no_trap_code() {
    let segments = |triple: &str| {
        let lab = Lab::new();
        lab.library(
            "libx.so",
            &format!(
                "clang-19 --target={triple} -nostdlib -shared -fPIC --ld-path=ld.lld-19 $S/machine.c"
            ),
        );
        lab.run("stub", "readelf -W -l libx.so")
    };
    assert!(segments("powerpc-linux-gnu").contains(" 0xfffe0000 "));
    assert!(segments("mips64el-linux-gnuabi64").contains(" 0x3000000000000000 "));
    for triple in ["x86_64-linux-gnu", "aarch64-linux-gnu"] {
        assert!(
            !segments(triple).contains(" 0x3000000000000000 "),
            "{triple}"
        );
    }
}
