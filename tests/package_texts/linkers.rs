//! Linker scripts with all four linkers.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use stub_builder::package::ld_script::{is_ld_script, named_files, only_archives, rewrite};

use super::{OUT, Place, output, own, sh};

const LINKERS: [&str; 4] = ["ld.bfd", "ld.gold", "ld.lld-19", "mold"];

/// Objects and libraries whose names tell what they define.
fn objects() -> Place {
    let place = Place::new();
    place.write(
        "main.c",
        "int a(void); int b(void); int c(void); int _start(void) { return a() + b() + c(); }",
    );
    for name in ["a", "b", "c"] {
        place.write(
            &format!("{name}.c"),
            format!("int {name}(void) {{ return 1; }}"),
        );
    }
    sh(
        &place.path(""),
        "mkdir -p tree/lib/sub tree/lib64 other work
         for name in main a b c; do gcc -fPIC -c $name.c; done
         gcc -shared -nostdlib -Wl,-soname,liba.so.1 -o tree/lib/liba.so.1 a.o
         ar rc tree/lib/libb_nonshared.a b.o
         gcc -shared -nostdlib -Wl,-soname,libc.so.3 -o other/libc.so.3 c.o
         ln -s libc.so.3 other/libc.so
         cp other/libc.so.3 tree/lib64/libd.so.3
         cp other/libc.so.3 tree/lib/sub/libe.so",
    );
    place
}

/// What the program needs that each linker makes in `work`, given nothing but
/// `-L` and `-lown`.
fn needed_by_linker(place: &Place) -> Vec<(&'static str, String)> {
    let link = |linker: &&'static str| {
        let work = place.path("work");
        output(
            Command::new(linker)
                .args(["-o", "program", "../main.o", "-L"])
                .arg(place.path("tree/lib"))
                .args(["-L../other", "-lown"])
                .current_dir(&work),
        );
        let dynamic = output(
            Command::new("readelf")
                .arg("-dW")
                .arg("program")
                .current_dir(&work),
        );
        let names = dynamic.lines().filter(|line| line.contains("(NEEDED)"));
        let names = names.filter_map(|line| Some(line.split_once('[')?.1.trim_end_matches(']')));
        (*linker, names.collect::<Vec<_>>().join(" "))
    };
    LINKERS.iter().map(link).collect()
}

fn links(script: &str, needed: &str) {
    let place = objects();
    place.rewritten(rewrite, "lib/libown.so", script);
    for (linker, found) in needed_by_linker(&place) {
        assert_eq!(found, needed, "{linker}: {script}");
    }
}

#[test]
fn own_files_are_found_beside_the_script() {
    links(
        "/* GNU ld script of @out@ */\nGROUP ( @out@/lib/liba.so.1 @out@/lib/libb_nonshared.a AS_NEEDED ( @out@/lib64/libd.so.3 ) )",
        "liba.so.1 libc.so.3",
    );
    links(
        "INPUT ( =@out@/lib/liba.so.1 @out@/lib/libb_nonshared.a \"@out@/lib/sub/libe.so\" )",
        "liba.so.1 libc.so.3",
    );
}

#[test]
fn search_directories_are_not_needed() {
    links(
        "SEARCH_DIR(@out@/lib)\nSEARCH_DIR(\"@other@/lib\");\nGROUP ( @out@/lib/liba.so.1 libb_nonshared.a -lc )",
        "liba.so.1 libc.so.3",
    );
}

#[test]
fn other_packages_are_found_by_name() {
    links(
        "INPUT ( @out@/lib/liba.so.1 @out@/lib/libb_nonshared.a @other@/lib/libc.so )",
        "liba.so.1 libc.so.3",
    );
    // A file that no -l finds.
    let place = objects();
    fs::rename(place.path("other/libc.so.3"), place.path("other/c.so")).unwrap();
    place.rewritten(
        rewrite,
        "lib/libown.so",
        "INPUT ( @out@/lib/liba.so.1 @out@/lib/libb_nonshared.a @other@/lib/c.so )",
    );
    for (linker, found) in needed_by_linker(&place) {
        assert_eq!(found, "liba.so.1 libc.so.3", "{linker}");
    }
}

/// Where the compiler finds a file of the C library.
fn compilers_file(name: &str) -> PathBuf {
    let found = output(Command::new("gcc").arg(format!("-print-file-name={name}")));
    let path = PathBuf::from(found.trim());
    assert!(path.is_absolute(), "no {name}");
    path
}

fn copy(from: &Path, place: &Place, to: &str) {
    place.write(to, fs::read(from).unwrap());
}

#[test]
fn the_c_library_of_a_tree_is_linked() {
    let place = Place::new();
    let script = fs::read(compilers_file("libc.so")).unwrap();
    assert!(is_ld_script(&script));
    // As an unpacked Debian package has them: some below usr, some not.
    copy(
        &compilers_file("libc.so.6"),
        &place,
        "tree/lib/x86_64-linux-gnu/libc.so.6",
    );
    copy(
        &compilers_file("ld-linux-x86-64.so.2"),
        &place,
        "tree/lib64/ld-linux-x86-64.so.2",
    );
    copy(
        &compilers_file("libc_nonshared.a"),
        &place,
        "tree/usr/lib/x86_64-linux-gnu/libc_nonshared.a",
    );
    let file = "usr/lib/x86_64-linux-gnu/libc.so";
    let prefixes = own(&place.path("tree"));
    let named = named_files(&script, file, &prefixes);
    assert_eq!(named.len(), 3, "{named:?}");
    let text = rewrite(&script, file, &prefixes).unwrap();
    assert!(
        !super::contains(&text, " /"),
        "{}",
        String::from_utf8_lossy(&text)
    );
    place.write(&format!("tree/{file}"), text);
    // Taken from the archive: atexit is in libc_nonshared.a.
    place.write(
        "main.c",
        "void *__dso_handle; int atexit(void (*)(void)); void f(void) {} int _start(void) { return atexit(f); }",
    );
    // mold 1.10 looks for ../../../lib in the current directory first: from a
    // shallow one it would find the host's.
    let work = place.path("some/way/down");
    fs::create_dir_all(&work).unwrap();
    sh(
        &place.path(""),
        "gcc -fno-pic -c -o some/way/down/main.o main.c",
    );
    for linker in LINKERS {
        let trace = output(
            Command::new(linker)
                .args([
                    "-o",
                    "program",
                    "main.o",
                    "--trace",
                    "--unresolved-symbols=ignore-all",
                    "-lc",
                    "-L",
                ])
                .arg(place.path("tree/usr/lib/x86_64-linux-gnu"))
                .current_dir(&work),
        );
        for name in ["libc.so.6", "libc_nonshared.a"] {
            let file = trace.lines().find(|line| line.contains(name));
            let file = file.unwrap_or_else(|| panic!("{linker}: no {name} in {trace}"));
            assert!(file.contains("/tree/"), "{linker}: {file}");
        }
    }
}

#[test]
fn archives_may_be_scripts() {
    let script = fs::read(compilers_file("libm.a")).unwrap();
    assert!(is_ld_script(&script) && only_archives(&script));
    let script = fs::read(compilers_file("libc.so")).unwrap();
    assert!(!only_archives(&script));
    assert!(!is_ld_script(
        &fs::read(compilers_file("libc.so.6")).unwrap()
    ));
    assert!(!is_ld_script(
        &fs::read(compilers_file("libc_nonshared.a")).unwrap()
    ));
    assert!(!is_ld_script(format!("#!{OUT}/bin/sh\n").as_bytes()));
}
