//! Compiler and linker flags that name another package.
//!
//! Dependents get the directories of other packages anyway: each of those is an
//! input of theirs, and cc-wrapper's hook adds `-isystem` and `-L` for every
//! input (nixpkgs, `pkgs/build-support/cc-wrapper/setup-hook.sh`). So such a
//! flag can go, and a library given by path can be given by name.

use std::ops::Range;

/// What becomes of a foreign path in a list of flags.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// This range is a flag and its path: it goes.
    Drop(Range<usize>),
    /// The path is a library: this flag takes its place.
    Library(String),
}

/// Flags that have the path attached. Longer ones first.
const ATTACHED: [&str; 17] = [
    "-Wl,-rpath-link,",
    "-Wl,-rpath-link=",
    "-Wl,--rpath,",
    "-Wl,--rpath=",
    "-Wl,-rpath,",
    "-Wl,-rpath=",
    "-Wl,-R,",
    "-Wl,-R",
    "-Wl,-L,",
    "-Wl,-L",
    "-rpath=",
    "-idirafter",
    "-isystem",
    "-iquote",
    "-L",
    "-I",
    "-R",
];

/// Flags whose path is the next word.
const SEPARATE: [&str; 8] = [
    "-rpath-link",
    "-rpath",
    "-idirafter",
    "-isystem",
    "-iquote",
    "-L",
    "-I",
    "-R",
];

/// Linker flags whose path is the next word, itself behind `-Wl,`.
const SEPARATE_LINKER: [&str; 4] = ["-Wl,-rpath-link", "-Wl,--rpath", "-Wl,-rpath", "-Wl,-R"];

/// No path is longer (PATH_MAX in linux/limits.h).
pub const LONGEST: usize = 4096;

/// Judges the foreign path at `path`. `None` if nothing is known to stand in
/// for it.
pub fn judge(text: &[u8], path: &Range<usize>) -> Option<Verdict> {
    let end = word_end(text, path.end)?;
    let before = &text[..path.start];
    if let Some(start) = attached(before) {
        return Some(Verdict::Drop(start..end));
    }
    // -L"/path" and -L'/path'
    if let Some((quote @ (b'"' | b'\''), before)) = before.split_last()
        && text.get(end) == Some(quote)
        && let Some(start) = attached(before)
    {
        return Some(Verdict::Drop(start..end + 1));
    }
    if let Some(start) = separate(before) {
        return Some(Verdict::Drop(start..end));
    }
    let whole = text[path.end..end].is_empty() && begins_word(before);
    let name = library_name(&text[path.clone()]).filter(|_| whole)?;
    Some(Verdict::Library(format!("-l{name}")))
}

/// Where the flag that the path is attached to begins.
fn attached(before: &[u8]) -> Option<usize> {
    ATTACHED.iter().find_map(|flag| flag_at_end(before, flag))
}

/// Where the flag whose path is the next word begins.
fn separate(before: &[u8]) -> Option<usize> {
    let (flags, rest): (&[&str], _) = match before.strip_suffix(b"-Wl,") {
        Some(rest) => (&SEPARATE_LINKER, rest),
        None => (&SEPARATE, before),
    };
    let rest_trimmed = rest.trim_ascii_end();
    // CMake separates by `;`.
    let flag_end = rest.strip_suffix(b";").unwrap_or(rest_trimmed);
    if flag_end.len() == rest.len() {
        return None;
    }
    flags.iter().find_map(|flag| flag_at_end(flag_end, flag))
}

fn flag_at_end(before: &[u8], flag: &str) -> Option<usize> {
    let rest = before.strip_suffix(flag.as_bytes())?;
    begins_word(rest).then_some(rest.len())
}

/// Whether a word can begin after `before`. `:` ends the name of a CMake
/// generator expression.
fn begins_word(before: &[u8]) -> bool {
    before
        .last()
        .is_none_or(|b| b.is_ascii_whitespace() || b"\"'`=;:(>".contains(b))
}

/// Where the word that the path stands in ends: right behind it, but for a
/// slash, and for the variables and names that follow one.
fn word_end(text: &[u8], path_end: usize) -> Option<usize> {
    let ends = |b: &u8| b.is_ascii_whitespace() || b"\"'`;)>\\".contains(b);
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"/${}@%_.+-".contains(b);
    let rest = &text[path_end..];
    let length = match rest.first() {
        Some(b'/') => rest.iter().take(LONGEST).take_while(|b| plain(b)).count(),
        _ => 0,
    };
    rest.get(length)
        .is_none_or(ends)
        .then_some(path_end + length)
}

/// `z` for `/x/lib/libz.so`, `libz.so.1` and `libz.a`.
pub fn library_name(path: &[u8]) -> Option<&str> {
    let path = std::str::from_utf8(path).ok()?;
    let file = path.rsplit('/').next()?.strip_prefix("lib")?;
    let name = match file.strip_suffix(".a") {
        Some(name) => name,
        None => {
            let (name, version) = file.rsplit_once(".so")?;
            let numbers = version.is_empty()
                || version.starts_with('.')
                    && version.bytes().all(|b| b == b'.' || b.is_ascii_digit());
            numbers.then_some(name)?
        }
    };
    (!name.is_empty()).then_some(name)
}

/// The range with the blanks before it, or, where there are none, after it: so
/// that the words around a removed one stay apart by what kept them apart.
pub fn with_blanks(text: &[u8], range: Range<usize>) -> Range<usize> {
    let blank = |b: &&u8| matches!(b, b' ' | b'\t');
    let before = text[..range.start].iter().rev().take_while(blank).count();
    if before > 0 {
        return range.start - before..range.end;
    }
    let after = text[range.end..].iter().take_while(blank).count();
    range.start..range.end + after
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(text: &str) -> Option<(String, String)> {
        let start = text.find("/nix").unwrap();
        let length = text[start..]
            .find(|c: char| !(c.is_alphanumeric() || "/.-".contains(c)))
            .unwrap_or(text.len() - start);
        let trimmed = text[start..start + length].trim_end_matches('/').len();
        Some(match judge(text.as_bytes(), &(start..start + trimmed))? {
            Verdict::Drop(range) => ("drop".into(), text[range].to_owned()),
            Verdict::Library(flag) => ("library".into(), flag),
        })
    }

    #[test]
    fn flags_with_a_directory_go() {
        for (text, dropped) in [
            ("a -L/nix/x/lib b", "-L/nix/x/lib"),
            ("a -I/nix/x/include/", "-I/nix/x/include/"),
            ("a -isystem /nix/x b", "-isystem /nix/x"),
            ("-isystem/nix/x", "-isystem/nix/x"),
            ("x=-L\"/nix/x\" b", "-L\"/nix/x\""),
            ("a -Wl,-rpath,/nix/x b", "-Wl,-rpath,/nix/x"),
            ("a -Wl,-rpath -Wl,/nix/x b", "-Wl,-rpath -Wl,/nix/x"),
            ("-Wl,-rpath-link=/nix/x", "-Wl,-rpath-link=/nix/x"),
            ("\"a;-L;/nix/x;b\"", "-L;/nix/x"),
            ("-I/nix/x/include/${v}/b c", "-I/nix/x/include/${v}/b"),
        ] {
            let expected = Some(("drop".to_owned(), dropped.to_owned()));
            assert_eq!(judged(text), expected, "{text}");
        }
    }

    #[test]
    fn libraries_are_named() {
        for (text, flag) in [
            ("/nix/x/lib/libz.so", "-lz"),
            ("a /nix/x/lib/libz.so.1.3 b", "-lz"),
            ("a;/nix/x/lib/libfoo-2.0.a;b", "-lfoo-2.0"),
            ("$<LINK_ONLY:/nix/x/lib/libz.so>", "-lz"),
        ] {
            let expected = Some(("library".to_owned(), flag.to_owned()));
            assert_eq!(judged(text), expected, "{text}");
        }
    }

    #[test]
    fn everything_else_is_unknown() {
        for text in [
            "/nix/x/lib",
            "--with-L/nix/x",
            "-include /nix/x/a.h",
            "/nix/x/lib/libz.so.debug",
            "/nix/x/lib/libz.so$suffix",
            "-L/nix/x:/nix/y",
            "--sysroot=/nix/x",
        ] {
            assert_eq!(judged(text), None, "{text}");
        }
    }

    #[test]
    fn blanks_go_with_the_word() {
        assert_eq!(with_blanks(b"a  b c", 3..4), 1..4);
        assert_eq!(with_blanks(b"b  c", 0..1), 0..3);
    }
}
