//! What a reference names: how far the path goes on behind a store path's name.

use crate::tree;

/// Whatever the format, these don't go on with a path.
fn ends(byte: u8) -> bool {
    byte <= b' ' || byte == 0x7f || b"\"'`:;<>|&".contains(&byte)
}

/// These can be part of a file's name, but rarely are: more often they end the
/// path or say that its last component is still to be filled in.
fn may_end(byte: u8) -> bool {
    b",()[]{}$*?!\\=@%#~^".contains(&byte)
}

/// No path is longer (PATH_MAX in linux/limits.h). Bytes that go on for longer are
/// not read for every path that begins among them.
const LONGEST: usize = 4096;

/// What `behind`, the bytes that follow a store path's name, may name below
/// that path: how long it is in bytes, and the path without slash in front,
/// `..` resolved (`None` if it leads out of the store path). The likeliest
/// comes first; there is always one.
///
/// Nothing tells where a path in a text or in a program ends. So one tries
/// what is there, and takes the first that exists.
pub fn candidates(behind: &[u8]) -> Vec<(usize, Option<String>)> {
    let run = match behind.first() {
        Some(b'/') => {
            let behind = behind.iter().take(LONGEST);
            behind.take_while(|&&byte| !ends(byte)).count()
        }
        _ => 0,
    };
    let run = &behind[..run];
    let cut = run.iter().position(|&byte| may_end(byte));
    let cut = cut.unwrap_or(run.len());
    // The end of a sentence.
    let dots = run[..cut].iter().rev().take_while(|&&byte| byte == b'.');
    let mut lengths = vec![run.len(), cut, cut - dots.count()];
    if cut < run.len() {
        // lib/lib${name}.so, include/*.h
        lengths.extend(run[..cut].iter().rposition(|&byte| byte == b'/'));
    }
    lengths.dedup();
    lengths
        .into_iter()
        .map(|length| {
            let path = String::from_utf8_lossy(&run[..length]);
            (length, tree::normal(&path))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(behind: &str) -> Vec<String> {
        let all = candidates(behind.as_bytes()).into_iter();
        all.map(|(length, path)| format!("{length} {}", path.as_deref().unwrap_or("out")))
            .collect()
    }

    #[test]
    fn a_path_goes_on_until_something_ends_it() {
        for end in ["", "\0", "\n", " x", "\"", "':", ":/x", ";", ">"] {
            assert_eq!(paths(&format!("/lib/libz.so.1{end}")), ["14 lib/libz.so.1"]);
            assert_eq!(paths(end), ["0 "]);
        }
        assert_eq!(paths("-x/lib"), ["0 "]);
    }

    #[test]
    fn the_rest_of_a_template_is_left_alone() {
        assert_eq!(
            paths("/lib/lib${x}.so"),
            ["15 lib/lib${x}.so", "8 lib/lib", "4 lib"]
        );
        assert_eq!(
            paths("/include/*.h"),
            ["12 include/*.h", "9 include", "8 include"]
        );
    }

    #[test]
    fn sentences_and_lists_end() {
        assert_eq!(paths("/bin/sh."), ["8 bin/sh.", "7 bin/sh"]);
        assert_eq!(paths("/bin/a,b"), ["8 bin/a,b", "6 bin/a", "4 bin"]);
        assert_eq!(paths("/bin/a)."), ["8 bin/a).", "6 bin/a", "4 bin"]);
    }

    #[test]
    fn dots_are_resolved_first() {
        assert_eq!(paths("/lib/../include"), ["15 include"]);
        assert_eq!(paths("/lib/.."), ["7 ", "5 lib"]);
        assert_eq!(paths("/../x"), ["5 out"]);
    }
}
