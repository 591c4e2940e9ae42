//! Texts of a package that name paths.

use stub_builder::package::prefixes::Prefixes;
use stub_builder::package::{cmake, ld_script, pkg_config, shell};
use stub_builder::problem::Problem;
use stub_builder::store::references;

const STORE: &str = "/nix/store";
const OWN: &str = "/nix/store/0c5b4i2k9x8wq7v6szrpnmlkj1hgfdac-zlib-1.3";
const DEV: &str = "/nix/store/1c5b4i2k9x8wq7v6szrpnmlkj1hgfdac-zlib-1.3-dev";

fn own() -> Prefixes {
    let paths = ["lib", "lib/libz.so.1", "lib/libz.so", "lib/pkgconfig", "include", "bin"];
    Prefixes {
        outputs: vec![OWN.into(), DEV.into()],
        store_dir: STORE.into(),
        placeholder: stub_builder::store::placeholder("zlib"),
        paths: paths.into_iter().map(str::to_owned).collect(),
    }
}

/// A rewritten text names no output of the package, and stays as it is when it
/// is rewritten once more.
fn holds(
    rewrite: fn(&[u8], &str, &Prefixes) -> Result<Vec<u8>, Vec<Problem>>,
    data: &[u8],
    path: &str,
) {
    let own = own();
    match rewrite(data, path, &own) {
        Ok(text) => {
            for (_, reference) in references(&text, STORE, &[]) {
                assert!(!reference.contains(&OWN[11..43]), "{reference}");
            }
            assert_eq!(rewrite(&text, path, &own).as_ref(), Ok(&text));
        }
        Err(problems) => assert!(!problems.is_empty()),
    }
}

pub fn linker_script(data: &[u8]) {
    const PATH: &str = "lib/libz.so";
    let _ = ld_script::named_files(data, PATH, &own());
    let _ = ld_script::only_archives(data);
    holds(ld_script::rewrite, data, PATH);
}

pub fn pkg_config(data: &[u8]) {
    holds(pkg_config::rewrite, data, "lib/pkgconfig/zlib.pc");
}

pub fn cmake(data: &[u8]) {
    const PATH: &str = "lib/cmake/zlib/zlib-config.cmake";
    let _ = cmake::named_files(data, PATH, &own());
    holds(cmake::rewrite, data, PATH);
}

pub fn shell(data: &[u8]) {
    const PATH: &str = "bin/zlib-config";
    let _ = shell::is_shell_script(data);
    let _ = shell::use_of(data, PATH);
    holds(shell::rewrite, data, PATH);
}
