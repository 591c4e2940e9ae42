//! `.pc` files.
//!
//! `${pcfiledir}` is the directory of the `.pc` file in both pkg-config (0.25
//! and later, `pkg-config.1`) and pkgconf (`pc.5`).

use std::ops::Range;

use crate::package::flags::{self, Verdict};
use crate::package::paths::{self, Edits};
use crate::package::prefixes::{Place, Prefixes};
use crate::problem::Problem;
use crate::tree;

/// Own paths become relative to `${pcfiledir}`; flags that lead to other
/// packages go, and libraries given by path are given by name.
pub fn rewrite(text: &[u8], file: &str, own: &Prefixes) -> Result<Vec<u8>, Vec<Problem>> {
    let mut edits = Edits::default();
    let mut problems = Vec::new();
    for found in paths::find(text, own) {
        let range = found.range;
        if let Place::Own(path) = found.place {
            edits.replace(range, here(file, &path));
            continue;
        }
        if in_comment(text, range.start) {
            let shown = paths::in_comment(&text[range.clone()], own);
            edits.replace(range, shown);
            continue;
        }
        match flags::judge(text, &range) {
            Some(Verdict::Drop(flag)) => {
                edits.replace(flags::with_blanks(text, flag), "");
            }
            // A variable that is nothing but the path says where a file lies.
            Some(Verdict::Library(flag)) if !is_whole_variable(text, &range) => {
                edits.replace(range, flag);
            }
            _ => {
                problems.push(paths::foreign(text, &range).at(file));
            }
        }
    }
    edits.finish(text, problems)
}

/// `path` of the tree, as `file` can name it.
fn here(file: &str, path: &str) -> String {
    match tree::relative(tree::parent(file), path).as_str() {
        "." => "${pcfiledir}".to_owned(),
        relative => format!("${{pcfiledir}}/{relative}"),
    }
}

fn line_start(text: &[u8], offset: usize) -> usize {
    memchr::memrchr(b'\n', &text[..offset]).map_or(0, |newline| newline + 1)
}

/// A comment goes from a `#` without a backslash to the end of its line; it
/// cannot be continued (`read_one_line` in pkg-config's `parse.c`).
fn in_comment(text: &[u8], offset: usize) -> bool {
    let line = &text[line_start(text, offset)..offset];
    memchr::memchr_iter(b'#', line).any(|at| at == 0 || line[at - 1] != b'\\')
}

/// Whether the path is all that a line `name=path` says.
fn is_whole_variable(text: &[u8], path: &Range<usize>) -> bool {
    let before = &text[line_start(text, path.start)..path.start];
    let after = text[path.end..].split(|&b| b == b'\n').next();
    let quotes = |b: &u8| matches!(b, b'"' | b'\'');
    let bare = |line: &[u8]| line.iter().all(|b| b.is_ascii_whitespace() || quotes(b));
    let assigned = memchr::memchr(b'=', before).is_some_and(|equals| {
        let is_name = |b: &u8| b.is_ascii_alphanumeric() || b"_. \t".contains(b);
        before[..equals].iter().all(is_name) && bare(&before[equals + 1..])
    });
    assigned && bare(after.unwrap_or_default())
}

/// Whether two such files say the same but for the version: a build that was
/// content with the old one is so with a newer library.
pub fn same_but_version(old: &[u8], new: &[u8]) -> bool {
    let said = |text: &[u8]| -> Vec<Vec<u8>> {
        let lines = text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
        lines
            .filter(|line| !line.is_empty() && !line.starts_with(b"#"))
            .filter(|line| !line.starts_with(b"Version:"))
            .map(<[u8]>::to_vec)
            .collect()
    };
    said(old) == said(new)
}

#[cfg(test)]
mod tests {
    #[test]
    fn version_alone_may_differ() {
        let old = b"Name: a\nVersion: 1.2\nLibs: -la\n";
        assert!(super::same_but_version(
            old,
            b"Name: a\n# newer\nVersion: 1.3\n\nLibs: -la\n"
        ));
        assert!(!super::same_but_version(
            old,
            b"Name: a\nVersion: 1.2\nLibs: -la -lb\n"
        ));
        assert!(!super::same_but_version(old, b"Name: a\nVersion: 1.2\n"));
    }

    use super::*;
    use crate::package::paths::tests::{DEV, OTHER, OUT, prefixes};

    fn rewritten(text: &str) -> Result<String, Vec<String>> {
        rewrite(text.as_bytes(), "lib/pkgconfig/own.pc", &prefixes(&[]))
            .map(|text| String::from_utf8(text).unwrap())
            .map_err(|problems| problems.iter().map(|p| p.fault.to_string()).collect())
    }

    #[test]
    fn own_paths_are_relative_to_the_file() {
        let text = format!(
            "# of {OUT}/share\nprefix={OUT}\nincludedir={DEV}/include/\npc={OUT}/lib/pkgconfig\n\
             URL: file://{OUT}/share/doc\nLibs: -L{OUT}/lib -lown\n"
        );
        let expected = "# of ${pcfiledir}/../../share\nprefix=${pcfiledir}/../..\n\
                        includedir=${pcfiledir}/../../include/\npc=${pcfiledir}\n\
                        URL: file://${pcfiledir}/../../share/doc\n\
                        Libs: -L${pcfiledir}/.. -lown\n";
        assert_eq!(rewritten(&text).as_deref(), Ok(expected));
    }

    #[test]
    fn flags_of_other_packages_go() {
        let text = format!(
            "# from {OTHER}/x\nLibs: -L{OTHER}/lib -la {OTHER}/lib/libz.so.1 \\\r\n  \
             -Wl,-rpath,{OTHER}/lib\\\r\n -lb\r\nLibs.private: -L {OTHER}/lib\r\n\
             Cflags: -isystem {OTHER}/include -I{OTHER}/include/x -DX\r\nlibs=-L{OTHER}/lib -lz\n"
        );
        let expected = "# from zlib-1.3/x\nLibs: -la -lz \\\r\n\\\r\n -lb\r\nLibs.private:\r\n\
                        Cflags: -DX\r\nlibs=-lz\n";
        assert_eq!(rewritten(&text).as_deref(), Ok(expected));
    }

    #[test]
    fn all_problems_are_told_with_their_lines() {
        let text = format!(
            "zlib_libdir={OTHER}/lib\nso={OTHER}/lib/libz.so\n\nCflags: -include {OTHER}/x.h\n"
        );
        let expected = [(1, "/lib"), (2, "/lib/libz.so"), (4, "/x.h")]
            .map(|(line, rest)| format!("line {line}: names another package: {OTHER}{rest}"));
        assert_eq!(rewritten(&text), Err(expected.to_vec()));
    }

    #[test]
    fn texts_without_store_paths_stay_to_the_byte() {
        let text = b"prefix=/usr\r\nLibs: -L/opt/lib \xff\xfe\\\n -lz";
        assert_eq!(rewrite(text, "x.pc", &prefixes(&[])).unwrap(), text);
    }
}
