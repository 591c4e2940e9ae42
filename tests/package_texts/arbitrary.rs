//! Texts that nobody wrote: no rewriter panics, none leaves a path of the
//! package or another one, and none finds anything to do a second time.

use proptest::prelude::*;

use stub_builder::package::prefixes::Prefixes;
use stub_builder::package::{cmake, header, ld_script, pkg_config, shell, typelib};

use super::{OTHER, OUT, Rewrite, contains};

/// What the languages treat specially, and paths in the middle of it.
fn text() -> impl Strategy<Value = String> {
    let pieces: Vec<String> = [
        OUT,
        OTHER,
        "/lib/libz.so",
        "/include/",
        "-L",
        "-I",
        "-Wl,-rpath,",
        " ",
        "\n",
        "\r\n",
        "\t",
        ";",
        "\\",
        "'",
        "\"",
        "`",
        "$(",
        "$((",
        "((",
        "${a",
        "$'",
        "(",
        ")",
        "}",
        "{",
        "#",
        "<<EOF\n",
        "<<-'EOF'\n",
        "EOF\n",
        "case x in a)",
        "esac",
        "=",
        ",",
        ":",
        ">",
        "[[",
        "]]",
        "#[[",
        "set(",
        "function(f)\n",
        "endfunction()\n",
        "macro(m)\n",
        "INTERFACE_LINK_LIBRARIES ",
        "INPUT(",
        "SEARCH_DIR(",
        "/*",
        "*/",
        "$<LINK_ONLY:",
        "shared-library=",
        "\0",
        "é",
        "x",
    ]
    .map(str::to_owned)
    .to_vec();
    let shebang = prop::sample::select(vec!["", "#!/bin/sh\n", "#!/nix/store/x/bin/bash -e\n"]);
    (
        shebang,
        prop::collection::vec(prop::sample::select(pieces), 0..30),
    )
        .prop_map(|(shebang, pieces)| format!("{shebang}{}", pieces.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..Default::default() })]

    #[test]
    fn nothing_is_left_and_nothing_panics(text in text()) {
        let own = Prefixes {
            outputs: vec![OUT.into()],
            store_dir: "/nix/store".into(),
            placeholder: "/placeholder".into(),
            paths: ["lib/libz.so", "lib", "include"].map(str::to_owned).into(),
        };
        let all: [(&str, Rewrite); 7] = [
            ("lib/pkgconfig/x.pc", pkg_config::rewrite),
            ("lib/cmake/x/x.cmake", cmake::rewrite),
            ("bin/x-config", shell::rewrite),
            ("nix-support/setup-hook", shell::rewrite),
            ("lib/libx.so", ld_script::rewrite),
            ("share/gir-1.0/x.gir", typelib::rewrite_gir),
            ("include/x.h", header::rewrite),
        ];
        for (file, rewrite) in all {
            let Ok(done) = rewrite(text.as_bytes(), file, &own) else { continue };
            prop_assert!(!contains(&done, "/nix/store/"), "{file}: {}", String::from_utf8_lossy(&done));
            let again = rewrite(&done, file, &own);
            prop_assert_eq!(again.as_ref(), Ok(&done), "{}", file);
            // A linker script also looks up the paths of an installed system.
            if !text.contains("/nix/store/") && file != "lib/libx.so" {
                prop_assert_eq!(&done[..], text.as_bytes());
            }
        }
        let _ = typelib::rewrite_typelib(text.as_bytes(), "x.typelib", &own);
        let _ = cmake::named_files(text.as_bytes(), "lib/cmake/x/x.cmake", &own);
        let _ = ld_script::named_files(text.as_bytes(), "lib/libx.so", &own);
        let _ = ld_script::is_ld_script(text.as_bytes());
        let _ = ld_script::only_archives(text.as_bytes());
    }
}
