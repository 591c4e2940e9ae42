//! `.pc` files.
//!
//! `${pcfiledir}` is the directory of the `.pc` file in both pkg-config (0.25
//! and later, `pkg-config.1`) and pkgconf (`pc.5`).

use std::ops::Range;

use crate::package::flags::{self, Verdict};
use crate::package::paths::{self, Edits, Lines};
use crate::package::prefixes::{Place, Prefixes};
use crate::problem::Problem;
use crate::tree;

/// Own paths become relative to `${pcfiledir}`; flags that lead to other
/// packages go, and libraries given by path are given by name.
pub fn rewrite(text: &[u8], file: &str, own: &Prefixes) -> Result<Vec<u8>, Vec<Problem>> {
    let lines = Lines::of(text);
    let mut edits = Edits::of(text);
    let mut problems = Vec::new();
    let mut line = Line::at(text, 0);
    for found in paths::find(text, own) {
        let range = found.range;
        if range.start > line.range.end {
            line = Line::at(text, range.start);
        }
        if let Place::Own(path) = found.place {
            edits.replace(range, here(file, &path));
            continue;
        }
        if line.comment.is_some_and(|comment| comment < range.start) {
            let shown = paths::in_comment(text, &range, own);
            edits.replace(range, shown);
            continue;
        }
        match flags::judge(text, &range) {
            Some(Verdict::Drop(flag)) => {
                edits.replace(flags::with_blanks(text, flag), "");
            }
            // A variable that is nothing but the path says where a file lies.
            Some(Verdict::Library(flag)) if line.value.as_ref() != Some(&range) => {
                edits.replace(range, flag);
            }
            _ => {
                paths::tell(&mut problems, paths::foreign(&lines, &range), file);
            }
        }
    }
    edits.finish(problems, file)
}

/// `path` of the tree, as `file` can name it.
fn here(file: &str, path: &str) -> String {
    match tree::relative(tree::parent(file), path).as_str() {
        "." => "${pcfiledir}".to_owned(),
        relative => format!("${{pcfiledir}}/{relative}"),
    }
}

/// What counts of a line, however many paths are on it.
struct Line {
    range: Range<usize>,
    /// Where its comment begins.
    comment: Option<usize>,
    /// What a variable is set to, without blanks and quotes around it.
    value: Option<Range<usize>>,
}

impl Line {
    /// The line that `offset` lies in.
    fn at(text: &[u8], offset: usize) -> Line {
        let range = paths::line(text, offset);
        let line = &text[range.clone()];
        // A comment goes from a `#` without a backslash to the end of its line; it
        // cannot be continued (`read_one_line` in pkg-config's `parse.c`).
        let begins = |&at: &usize| at == 0 || line[at - 1] != b'\\';
        let comment = memchr::memchr_iter(b'#', line).find(begins);
        let is_name = |b: &u8| b.is_ascii_alphanumeric() || b"_. \t".contains(b);
        let equals = memchr::memchr(b'=', line).filter(|&at| line[..at].iter().all(is_name));
        let bare = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'');
        let value = equals.and_then(|equals| {
            let said = |b: &u8| !bare(b);
            let start = equals + 1 + line[equals + 1..].iter().position(said)?;
            let last = line.iter().rposition(said)?;
            Some(range.start + start..range.start + last + 1)
        });
        Line {
            comment: comment.map(|at| range.start + at),
            value,
            range,
        }
    }
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
