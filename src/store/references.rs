//! Finds store paths in bytes: in files, link targets and file names alike.

use memchr::memmem;

use super::digits::runs;
use super::{HASH_LENGTH, is_base32, is_name_char};

/// The longest name that Nix allows (StorePath::MaxPathLen in
/// libstore/path.hh).
const LONGEST_NAME: usize = 211;

/// Every store path in `bytes`, with its offset, in order:
///
/// - `store_dir`, a hash and a name: of any package, known or not. Nix looks
///   for its inputs' hashes only, but what is no input here may be one there.
/// - one of `known_hashes` wherever it stands, as Nix does it: the store
///   directory in front of it may be split off, masked or doubled.
///
/// Nix's placeholders and ours are none: no `e` is in Nix's base32.
pub fn references(
    bytes: &[u8],
    store_dir: &str,
    known_hashes: &[[u8; HASH_LENGTH]],
) -> Vec<(usize, String)> {
    let mut found = in_store(bytes, store_dir);
    if !known_hashes.is_empty() {
        let seen: Vec<usize> = found.iter().map(|(_, hash, _)| *hash).collect();
        for hash in by_hash(bytes, known_hashes) {
            if seen.binary_search(&hash).is_err() {
                found.push((hash, hash, name_end(bytes, hash + HASH_LENGTH)));
            }
        }
        found.sort_unstable();
    }
    found
        .into_iter()
        .map(|(start, _, end)| {
            let text = String::from_utf8_lossy(&bytes[start..end]);
            (start, text.into_owned())
        })
        .collect()
}

/// The hash in the name of a store path: `/nix/store/<hash>-name`, or anything
/// below it.
pub fn hash_part(path: &str, store_dir: &str) -> Option<[u8; HASH_LENGTH]> {
    let rest = path.strip_prefix(store_dir)?.strip_prefix('/')?;
    let hash: [u8; HASH_LENGTH] = rest.as_bytes().get(..HASH_LENGTH)?.try_into().ok()?;
    let whole = rest.as_bytes().get(HASH_LENGTH) == Some(&b'-');
    (whole && hash.into_iter().all(is_base32)).then_some(hash)
}

/// Start, start of the hash and end of whatever looks like a store path.
fn in_store(bytes: &[u8], store_dir: &str) -> Vec<(usize, usize, usize)> {
    let prefix = format!("{}/", store_dir.trim_end_matches('/'));
    memmem::find_iter(bytes, prefix.as_bytes())
        .filter_map(|start| {
            // To the kernel, several slashes are one.
            let slashes = bytes[start + prefix.len()..]
                .iter()
                .take_while(|&&byte| byte == b'/');
            let hash = start + prefix.len() + slashes.count();
            let dash = hash + HASH_LENGTH;
            let digits = bytes.get(hash..dash)?;
            let whole = digits.iter().all(|&byte| is_base32(byte))
                && bytes.get(dash) == Some(&b'-')
                && bytes.get(dash + 1).is_some_and(|&byte| is_name_char(byte));
            whole.then(|| (start, hash, name_end(bytes, dash)))
        })
        .collect()
}

/// Where the name ends whose dash would be at `dash`.
fn name_end(bytes: &[u8], dash: usize) -> usize {
    match bytes.get(dash..) {
        Some([b'-', name @ ..]) => {
            let name = name.iter().take(LONGEST_NAME);
            dash + 1 + name.take_while(|&&byte| is_name_char(byte)).count()
        }
        _ => dash,
    }
}

/// Where the known hashes stand.
fn by_hash(bytes: &[u8], known: &[[u8; HASH_LENGTH]]) -> Vec<usize> {
    let mut found = Vec::new();
    runs::<HASH_LENGTH>(bytes, |at, hash| {
        if known.contains(hash) {
            found.push(at);
        }
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "0c5b4i2k9x8wq7v6szrpnmlkj1hgfdac";
    const OTHER: &str = "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz";

    fn find(text: &str) -> Vec<(usize, String)> {
        let known = HASH.as_bytes().try_into().unwrap();
        references(text.as_bytes(), "/nix/store", &[known])
    }

    fn one(offset: usize, text: &str) -> Vec<(usize, String)> {
        vec![(offset, text.to_owned())]
    }

    #[test]
    fn store_paths_are_found_whoever_they_belong_to() {
        for hash in [HASH, OTHER] {
            let path = format!("/nix/store/{hash}-zlib-1.3+x?=_A.b");
            assert_eq!(find(&format!("-L{path}/lib:")), one(2, &path));
            assert_eq!(find(&path), one(0, &path));
        }
        let slashes = format!("/nix/store///{OTHER}-zlib");
        assert_eq!(find(&slashes), one(0, &slashes));
    }

    #[test]
    fn what_only_looks_like_a_store_path_is_none() {
        for text in [
            "/nix/store".to_owned(),
            "/nix/store/".to_owned(),
            format!("/nix/store/{}-zlib", "e".repeat(32)),
            format!("/nix/store/{}-zlib", &OTHER[1..]),
            format!("/nix/store/{OTHER}"),
            format!("/nix/store/{OTHER}-"),
            format!("/nix/store/{OTHER}-/"),
            format!("/nix/store/{OTHER}z-zlib"),
            format!("/gnu/store/{OTHER}-zlib"),
            HASH.replace('9', "e"),
            HASH.to_uppercase(),
        ] {
            assert_eq!(find(&text), [], "{text}");
        }
    }

    #[test]
    fn known_hashes_are_found_anywhere() {
        for (text, offset, reference) in [
            (HASH.to_owned(), 0, HASH.to_owned()),
            (format!("\0{HASH}-zlib\0"), 1, format!("{HASH}-zlib")),
            (format!("zzz{HASH}zzz"), 3, HASH.to_owned()),
            (format!("{}{HASH}", &HASH[..31]), 31, HASH.to_owned()),
            (format!("/gnu/store/{HASH}-a b"), 11, format!("{HASH}-a")),
            (format!("/nix/store/{HASH}"), 11, HASH.to_owned()),
        ] {
            assert_eq!(find(&text), one(offset, &reference), "{text}");
        }
    }

    #[test]
    fn known_hashes_are_found_at_every_offset_between_all_kinds_of_bytes() {
        for before in 0..100 {
            for filler in ["\0", "e", "z", "ze", "zzzzzzzzze"] {
                let filler: String = filler.chars().cycle().take(before).collect();
                let text = format!("{filler}{HASH}{filler}");
                assert_eq!(find(&text), one(before, HASH), "{text}");
            }
        }
    }

    #[test]
    fn references_come_in_order_and_once() {
        let text = format!("{HASH} /nix/store/{HASH}-a /nix/store/{OTHER}-b {HASH}-c");
        let offsets: Vec<usize> = find(&text).into_iter().map(|(offset, _)| offset).collect();
        assert_eq!(offsets, [0, 33, 79, 125]);
    }

    #[test]
    fn the_hash_of_a_store_path_is_its_first_32_digits() {
        let expected = OTHER.as_bytes().try_into().ok();
        let part = |path: String| hash_part(&path, "/nix/store");
        assert_eq!(part(format!("/nix/store/{OTHER}-zlib")), expected);
        assert_eq!(part(format!("/nix/store/{OTHER}-zlib/lib")), expected);
        assert_eq!(part(format!("/nix/store/{OTHER}")), None);
        assert_eq!(part(format!("/tmp/{OTHER}-zlib")), None);
        assert_eq!(
            part(format!("/nix/store/{}-zlib", OTHER.replace('z', "e"))),
            None
        );
    }

    #[test]
    fn scanning_is_not_slow() {
        // Machine code is mostly bytes that are no digits; hexadecimal dumps
        // are the worst case. A debug build needs the generous limit.
        let dump = b"0123456789abcdf".repeat(100_000);
        let started = std::time::Instant::now();
        assert_eq!(references(&dump, "/nix/store", &[[b'z'; 32]]), []);
        assert!(started.elapsed().as_secs() < 2, "{:?}", started.elapsed());
    }
}
