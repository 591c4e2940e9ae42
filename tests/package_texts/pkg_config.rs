//! `.pc` files with pkg-config and pkgconf.

use std::process::Command;

use stub_builder::package::pkg_config::rewrite;

use super::{Place, output, sh};

const PC: &str = "\
prefix=@out@
exec_prefix=${prefix}
libdir=@out@/lib
includedir=${prefix}/include
plain=@out@/lib/pkgconfig

Name: own
Description: a library of @out@ \\# not a comment
URL: file://@out@/share/doc
Version: 1.0
# made by @other@/bin/cmake
Libs: -L${libdir} -L@other@/lib -lown \\
  @other@/lib/libz.so.1 -Wl,-rpath,@other@/lib
Libs.private: -L @other@/lib -lm
Cflags: -I${includedir} -isystem @other@/include -I@out@/include/sub -DOWN
";

/// What both say must be what they say of a package that lies at the tree's
/// path and never named another one.
#[test]
fn both_programs_find_the_tree() {
    let place = Place::plain();
    place.rewritten(rewrite, "lib/pkgconfig/own.pc", PC);
    let expected = PC
        .replace("@out@", &place.tree())
        .replace("-L@other@/lib", "")
        .replace("-L @other@/lib", "")
        .replace("-Wl,-rpath,@other@/lib", "")
        .replace("-isystem @other@/include", "")
        .replace("@other@/lib/libz.so.1", "-lz")
        .replace("@other@/", "");
    place.write("expected/own.pc", expected);

    for program in ["pkg-config", "pkgconf"] {
        for arguments in [
            &["--cflags"][..],
            &["--libs"],
            &["--libs", "--static"],
            &["--variable=prefix"],
            &["--variable=libdir"],
            &["--variable=includedir"],
            &["--variable=plain"],
        ] {
            let ask = |below: &str| {
                output(
                    Command::new(program)
                        .args(arguments)
                        .arg("own")
                        .env_remove("PKG_CONFIG_PATH")
                        .env("PKG_CONFIG_LIBDIR", place.path(below))
                        .current_dir("/"),
                )
            };
            let told = ask("tree/lib/pkgconfig")
                .replace("/lib/pkgconfig/../..", "")
                .replace("/lib/pkgconfig/../", "/lib/")
                .replace("/lib/pkgconfig/..", "/lib");
            assert_eq!(told, ask("expected"), "{program} {arguments:?}");
            assert!(told.len() > 1, "{program} {arguments:?}");
        }
    }
}

/// The flags are good for a compiler that runs elsewhere.
#[test]
fn a_compiler_finds_the_tree() {
    let place = Place::plain();
    place.rewritten(
        rewrite,
        "share/pkgconfig/own.pc",
        &PC.replace("@other@/lib/libz.so.1", ""),
    );
    place.write("tree/include/own.h", "int own(void);\n");
    place.write("own.c", "int own(void) { return 0; }\n");
    place.write(
        "main.c",
        "#include <own.h>\nint main(void) { return own(); }\n",
    );
    sh(
        &place.path(""),
        "mkdir -p tree/lib work && gcc -shared -fPIC -o tree/lib/libown.so own.c && cd work &&
         gcc ../main.c -o main $(PKG_CONFIG_LIBDIR=../tree/share/pkgconfig pkg-config --cflags --libs own) &&
         LD_LIBRARY_PATH=../tree/lib ./main",
    );
}
