//! Names that stand in for real store paths until relinking.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::{HASH_LENGTH, KEPT, MASK, is_base32, is_name_char};

/// The length of every stand-in's name. Relinking puts the real path over it
/// without moving anything and fills the rest with slashes, so this must not be
/// less than the length of any real name that it may stand for. It goes into
/// bytes that are hashed: to change it is a new format version.
pub const NAME_LENGTH: usize = 64;

const SUFFIX: &str = "-interface";

/// How every stand-in's name ends.
///
/// Linkers let a string that is the end of another one share its bytes (bfd,
/// merge.c): the literal `"-"` of a program would lie in the last byte of a
/// literal that ends in `...-interface-----`, and relinking would make it `"/"`.
/// So a name ends in a dot, which relinking leaves alone (it puts `/.` there),
/// and what precedes the dot makes an end that no program has a literal of.
const END: &str = "=.";

/// Where placeholders seem to lie, wherever the store is: trees of the same
/// interface are the same in all stores.
pub const PLACEHOLDER_DIR: &str = "/nix/store";

/// The path under which a file of an interface tree names its own package.
///
/// It has one length whatever the package and depends on the package's name,
/// never on its version. It is [masked](super::mask), so it is no reference,
/// and no output of any package has it.
pub fn placeholder(package: &str) -> String {
    // Hexadecimal digits but one are digits of Nix's base32 too.
    let digits = HEXLOWER.encode(&Sha256::digest(package.as_bytes()));
    let digits = digits[..KEPT].replace('e', "z");
    format!(
        "{PLACEHOLDER_DIR}/{}{digits}-{}",
        char::from(MASK),
        name(package)
    )
}

/// `package` as a stand-in's name: 64 characters, all allowed by Nix. What had
/// to be changed or shortened ends in a hash of the whole, so that different
/// packages keep different names.
fn name(package: &str) -> String {
    let room = NAME_LENGTH - SUFFIX.len() - END.len();
    let mut name: String = package
        .chars()
        .map(|c| match u8::try_from(c) {
            Ok(byte) if is_name_char(byte) => c,
            _ => '_',
        })
        .collect();
    // A name must not begin with a dot (checkName in libstore/path.cc).
    if name.starts_with('.') {
        name.replace_range(..1, "_");
    }
    if name != package || name.len() > room || name.is_empty() {
        let digest = HEXLOWER.encode(&Sha256::digest(package.as_bytes())[..6]);
        name.truncate(room - 1 - digest.len());
        name = format!("{name}-{digest}");
    }
    let room = NAME_LENGTH - END.len();
    format!("{:-<room$}{END}", name + SUFFIX)
}

/// The name of the package at a store path, without hash and version:
/// `zlib` for `/nix/store/<hash>-zlib-1.3.1-dev`. `None` if the last component
/// isn't the name of a store path.
///
/// The version begins behind the first dash that no letter follows (DrvName in
/// libexpr/names.cc). A name without a version keeps the name of its output,
/// `foo-dev`: nothing tells the two apart.
pub fn package_name(store_path: &str) -> Option<String> {
    let (_, last) = store_path.trim_end_matches('/').rsplit_once('/')?;
    let (hash, name) = last.split_once('-')?;
    if hash.len() != HASH_LENGTH || !hash.bytes().all(is_base32) || name.is_empty() {
        return None;
    }
    let version = name.bytes().zip(name.bytes().skip(1));
    let version = version
        .enumerate()
        .find(|(_, (dash, next))| *dash == b'-' && !next.is_ascii_alphabetic());
    let end = version.map_or(name.len(), |(dash, _)| dash);
    Some(name[..end].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::references;

    #[test]
    fn placeholders_are_written_like_this() {
        // In bytes that are hashed: must stay as they are in a format version.
        for (package, expected) in [
            (
                "zlib",
                "e0za55c28f8014d8886b6248fz3da5d5-zlib-interface------------------------------------------------=.",
            ),
            (
                "a b",
                "ec8687a08aa5d6zd2044328fa6a697ab-a_b-c8687a08aa5d-interface------------------------------------=.",
            ),
            (
                "",
                "ez3b0c44298fc1c149afbf4c8996fb92--e3b0c44298fc-interface---------------------------------------=.",
            ),
            (
                ".x",
                "ebb42z4c602551z7czf9f8a8d21cd0ab-_x-bb42e4c60255-interface-------------------------------------=.",
            ),
        ] {
            assert_eq!(placeholder(package), format!("/nix/store/{expected}"));
        }
    }

    #[test]
    fn placeholders_have_one_length_and_are_no_references() {
        let long = "x".repeat(300);
        let (fits, exceeds) = ("y".repeat(52), "y".repeat(53));
        let all = [
            "a",
            "ä ö",
            "\0",
            "libstdc++",
            &long,
            &fits,
            &exceeds,
            "-",
            "a-",
            "..",
            "/",
        ];
        assert!(placeholder(&fits).ends_with(&format!("-{fits}-interface=.")));
        let mut seen = std::collections::BTreeSet::new();
        for package in all {
            let placeholder = placeholder(package);
            assert_eq!(placeholder.len(), "/nix/store/".len() + 32 + 1 + 64);
            assert!(placeholder["/nix/store/".len()..].bytes().all(is_name_char));
            assert_eq!(references(placeholder.as_bytes(), "/nix/store", &[]), []);
            assert!(seen.insert(placeholder), "{package}");
        }
    }

    #[test]
    fn long_names_that_begin_alike_stay_different() {
        let (a, b) = ("x".repeat(60) + "a", "x".repeat(60) + "b");
        assert_ne!(placeholder(&a), placeholder(&b));
    }

    #[test]
    fn package_names_are_what_nix_takes_them_for() {
        for (name, expected) in [
            ("zlib-1.3.1-dev", Some("zlib")),
            ("zlib", Some("zlib")),
            ("foo-dev", Some("foo-dev")),
            ("gtk+3-3.24", Some("gtk+3")),
            ("python3.11-numpy-1.26", Some("python3.11-numpy")),
            ("a--1", Some("a")),
            ("trailing-", Some("trailing-")),
            ("x-unstable-2024-01-01/", Some("x-unstable")),
            ("", None),
        ] {
            let path = format!("/nix/store/{}-{name}", "0".repeat(32));
            assert_eq!(package_name(&path).as_deref(), expected, "{path}");
        }
        assert_eq!(package_name("/usr/lib/zlib-1.3"), None);
        assert_eq!(
            package_name("/nix/store/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee-a"),
            None
        );
    }
}
