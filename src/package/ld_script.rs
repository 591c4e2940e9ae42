//! GNU ld scripts that stand in for a library: `libc.so`, `libncursesw.so`.
//!
//! A relative name in INPUT or GROUP is looked for in the directory of the
//! script by bfd (2.33 and later, `extra_search_path` in `ldlang.c`), gold, lld
//! and mold; `tests/package_texts/linkers.rs` links with all four. (mold 1.10
//! looks into the current directory first.) `SEARCH_DIR` is no way: gold ignores
//! it in such a script and mold refuses it. One that leads into the store goes,
//! since whoever found the script was given its directory with `-L`.

use std::ops::Range;

use crate::package::flags;
pub use crate::package::ld_tokens::is_ld_script;
use crate::package::ld_tokens::{Placed, Token, Tokens, is_word_byte};
use crate::package::paths::{self, Edits, Found, Lines};
use crate::package::prefixes::{Place, Prefixes};
use crate::problem::{Fault, Problem};
use crate::tree;

/// Absolute names become relative to the script's directory, files of other
/// packages names that `-L` finds; what isn't a file name stays to the byte.
pub fn rewrite(text: &[u8], file: &str, own: &Prefixes) -> Result<Vec<u8>, Vec<Problem>> {
    let tokens: Vec<Placed> = Tokens::new(text).collect();
    let lines = Lines::of(text);
    let mut edits = Edits::of(text);
    let mut problems = Vec::new();
    let mut treated = Vec::new();

    for (range, name) in listed(&tokens, &FILES) {
        let Some(path) = absolute(name) else {
            continue;
        };
        treated.push(range.clone());
        let place = own.place(&path);
        match (place, lookup(&path, file, own)) {
            (Place::Foreign, _) => match foreign_name(&path, file) {
                Some(name) => edits.replace(range.clone(), apart(text, &range, &name)),
                None => paths::tell(&mut problems, paths::foreign(&lines, &range), file),
            },
            (_, Some(found)) => {
                let name = tree::relative(tree::parent(file), &found);
                let name = quoted_if_needed(&name);
                edits.replace(range.clone(), apart(text, &range, &name));
            }
            (_, None) => paths::tell(&mut problems, Fault::MissingFile { target: path }, file),
        }
    }
    for statement in search_dirs(&tokens) {
        let into_store = |path: &str| own.place(path) != Place::Outside;
        if absolute(statement.directory).is_some_and(|path| into_store(&path)) {
            let line = with_line(text, statement.range.clone());
            edits.replace(line.clone(), apart(text, &line, ""));
            treated.push(statement.range);
        }
    }
    // Both are disjoint, and sorted by now.
    treated.sort_by_key(|range| range.start);
    let begins_in = |ranges: &[Range<usize>], found: &Found| {
        let at = found.range.start;
        let next = ranges.partition_point(|range| range.end <= at);
        let range = ranges.get(next).filter(|range| range.contains(&at))?;
        Some(range.end)
    };
    let words: Vec<_> = tokens.iter().map(|(range, _)| range.clone()).collect();
    for found in paths::find(text, own) {
        // A path that goes on behind the word is none to a linker.
        if begins_in(&treated, &found).is_some_and(|end| found.range.end <= end) {
            continue;
        }
        let in_comment = begins_in(&words, &found).is_none();
        match found.place {
            Place::Own(path) if in_comment => {
                edits.replace(found.range, tree::relative(tree::parent(file), &path));
            }
            Place::Own(_) => {
                let fault = Fault::BadText {
                    line: lines.number(found.range.start),
                    what: format!(
                        "a linker script cannot say here where it lies: {}",
                        paths::shown(text, &found.range)
                    ),
                };
                paths::tell(&mut problems, fault, file);
            }
            _ if in_comment => {
                let shown = paths::in_comment(text, &found.range, own);
                edits.replace(found.range, shown);
            }
            _ => paths::tell(&mut problems, paths::foreign(&lines, &found.range), file),
        }
    }
    edits.finish(problems, file)
}

/// The statement with the line that it leaves empty: mold takes a file that
/// begins with a newline for no script.
fn with_line(text: &[u8], statement: Range<usize>) -> Range<usize> {
    let range = flags::with_blanks(text, statement);
    let begins_line = range.start == 0 || text[range.start - 1] == b'\n';
    let newline = match &text[range.end..] {
        [b'\n', ..] => 1,
        [b'\r', b'\n', ..] => 2,
        _ => 0,
    };
    range.start..range.end + if begins_line { newline } else { 0 }
}

/// Paths in the tree of the files that the script names.
pub fn named_files(text: &[u8], file: &str, own: &Prefixes) -> Vec<String> {
    let tokens: Vec<Placed> = Tokens::new(text).collect();
    let mut files: Vec<String> = listed(&tokens, &FILES)
        .into_iter()
        .filter_map(|(_, name)| named_file(name, file, own))
        .collect();
    files.sort();
    files.dedup();
    files
}

/// Whether the script names files, and nothing but static archives: glibc's
/// `libm.a`. Such a script is a static archive itself.
pub fn only_archives(text: &[u8]) -> bool {
    let tokens: Vec<Placed> = Tokens::new(text).collect();
    let names = listed(&tokens, &FILES);
    !names.is_empty() && names.iter().all(|(_, name)| name.ends_with(b".a"))
}

/// The commands whose arguments are names of files.
const FILES: [&[u8]; 4] = [b"INPUT", b"GROUP", b"AS_NEEDED", b"STARTUP"];

/// The words in the argument lists of `commands`.
fn listed<'a>(tokens: &[Placed<'a>], commands: &[&[u8]]) -> Vec<(Range<usize>, &'a [u8])> {
    let mut words = Vec::new();
    let mut depth = 0_usize;
    for (at, (range, token)) in tokens.iter().enumerate() {
        let opens = matches!(tokens.get(at + 1), Some((_, Token::Mark(b'('))));
        match token {
            Token::Word(word) if opens && commands.contains(word) => {}
            Token::Word(word) if depth > 0 => words.push((range.clone(), *word)),
            Token::Mark(b'(') => {
                let command = at.checked_sub(1).and_then(|before| tokens.get(before));
                let lists = matches!(command, Some((_, Token::Word(w))) if commands.contains(w));
                depth += usize::from(lists || depth > 0);
            }
            Token::Mark(b')') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    words
}

struct SearchDir<'a> {
    /// The whole statement, with its semicolon.
    range: Range<usize>,
    directory: &'a [u8],
}

fn search_dirs<'a>(tokens: &[Placed<'a>]) -> Vec<SearchDir<'a>> {
    let mut all = Vec::new();
    for (at, four) in tokens.windows(4).enumerate() {
        let [
            (first, Token::Word(b"SEARCH_DIR")),
            (_, Token::Mark(b'(')),
            (_, Token::Word(directory)),
            (last, Token::Mark(b')')),
        ] = four
        else {
            continue;
        };
        let end = match tokens.get(at + 4) {
            Some((semicolon, Token::Mark(b';'))) => semicolon.end,
            _ => last.end,
        };
        all.push(SearchDir {
            range: first.start..end,
            directory,
        });
    }
    all
}

/// The absolute path that a name stands for: `=` and `$SYSROOT` mean the
/// directory that `--sysroot` names, which in a Nix build is the root.
fn absolute(name: &[u8]) -> Option<String> {
    let path = std::str::from_utf8(name).ok()?;
    let path = path
        .strip_prefix('=')
        .or_else(|| path.strip_prefix("$SYSROOT"))
        .unwrap_or(path);
    path.starts_with('/').then(|| path.to_owned())
}

/// The file of the tree that an absolute path means, which may be the path of
/// an installed system whose package was unpacked elsewhere: Debian's libc6-dev
/// says `/lib/x86_64-linux-gnu/libc.so.6`, and its files may be below `usr`.
fn lookup(path: &str, file: &str, own: &Prefixes) -> Option<String> {
    let path = match own.place(path) {
        Place::Own(path) => path,
        _ => tree::normal(path)?,
    };
    let last = tree::file_name(&path);
    let candidates = [
        Some(path.clone()),
        Some(tree::join("usr", &path)),
        path.strip_prefix("usr/").map(str::to_owned),
        Some(tree::join(tree::parent(file), last)),
    ];
    let mut candidates = candidates.into_iter().flatten();
    if let Some(found) = candidates.find(|candidate| own.paths.contains(candidate)) {
        return Some(found);
    }
    let mut same_name = own
        .paths
        .iter()
        .filter(|path| tree::file_name(path) == last);
    match (same_name.next(), same_name.next()) {
        (Some(only), None) => Some(only.clone()),
        _ => None,
    }
}

/// The file of the tree that a name in a list means, if it means one.
fn named_file(name: &[u8], file: &str, own: &Prefixes) -> Option<String> {
    if let Some(path) = absolute(name) {
        return match own.place(&path) {
            Place::Foreign => None,
            _ => lookup(&path, file, own),
        };
    }
    let name = std::str::from_utf8(name).ok()?;
    let directory = tree::parent(file);
    let here = |name: &str| {
        let path = tree::normal(&tree::join(directory, name))?;
        own.paths.contains(&path).then_some(path)
    };
    let found = match name.strip_prefix("-l") {
        None => here(name),
        Some(library) => match library.strip_prefix(':') {
            Some(name) => here(name),
            None => here(&format!("lib{library}.so")).or_else(|| here(&format!("lib{library}.a"))),
        },
    };
    found.filter(|path| path != file)
}

/// What finds another package's file by its directory's `-L`: the `-l` name of
/// a library, else the plain file name, which all four linkers look for along
/// `-L` (gold does not know `-l:name` in a script). A script must not ask for
/// its own name: the linker would find the script again.
fn foreign_name(path: &str, file: &str) -> Option<String> {
    let last = tree::file_name(path);
    let itself = tree::file_name(file);
    let names_itself =
        |name: &str| itself == format!("lib{name}.so") || itself == format!("lib{name}.a");
    let is_word = |name: &str| name.bytes().all(is_word_byte);
    match flags::library_name(path.as_bytes()) {
        // In quotes, `-lz` is the name of a file to bfd (`ldlex.l`) and gold.
        Some(name) if is_word(name) && !names_itself(name) => Some(format!("-l{name}")),
        _ if last.is_empty() || last == itself => None,
        _ => Some(quoted_if_needed(last)),
    }
}

/// What takes the place of `range`, with a blank where it, or what it leaves
/// behind, would become one word with its neighbours: `a"/x/lib/b"c` are three.
fn apart(text: &[u8], range: &Range<usize>, by: &str) -> String {
    let before = text[..range.start].last().copied();
    let after = text.get(range.end).copied();
    let joins = |left: Option<u8>, right: Option<u8>| {
        left.is_some_and(is_word_byte) && right.is_some_and(is_word_byte)
    };
    let blank = |joined: bool| if joined { " " } else { "" };
    let bytes = by.as_bytes();
    let Some(&last) = bytes.last() else {
        return blank(joins(before, after)).to_owned();
    };
    let left = blank(joins(before, bytes.first().copied()));
    let right = blank(joins(Some(last), after));
    format!("{left}{by}{right}")
}

fn quoted_if_needed(name: &str) -> String {
    let mut tokens = Tokens::new(name.as_bytes());
    let plain = matches!(tokens.next(), Some((_, Token::Word(word))) if word == name.as_bytes());
    if plain {
        name.to_owned()
    } else {
        format!("\"{name}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::paths::tests::{OTHER, OUT, prefixes};

    const PATHS: [&str; 8] = [
        "lib/libc.so.6",
        "lib/libc_nonshared.a",
        "lib/libc.so",
        "lib/sub/libx.so",
        "usr/lib/liby.so.1",
        "lib/only.o",
        "lib/a/twice.o",
        "lib/b/twice.o",
    ];

    fn rewritten(text: &str) -> Result<String, Vec<String>> {
        rewrite(text.as_bytes(), "lib/libc.so", &prefixes(&PATHS))
            .map(|text| String::from_utf8(text).unwrap())
            .map_err(|problems| problems.iter().map(|p| p.fault.to_string()).collect())
    }

    #[test]
    fn own_files_become_relative_to_the_script() {
        let text = format!(
            "/* {OUT}/lib by {OTHER}/bin/x */\nGROUP ( {OUT}/lib/libc.so.6\t\"{OUT}/lib/libc_nonshared.a\" \
             AS_NEEDED ( ={OUT}/lib/sub/libx.so,$SYSROOT{OUT}/usr/lib/liby.so.1 ) libgcc.so -lgcc )"
        );
        let expected = "/* . by zlib-1.3/bin/x */\nGROUP ( libc.so.6\tlibc_nonshared.a \
                        AS_NEEDED ( sub/libx.so,../usr/lib/liby.so.1 ) libgcc.so -lgcc )";
        assert_eq!(rewritten(&text).as_deref(), Ok(expected));
    }

    #[test]
    fn paths_of_an_installed_system_are_looked_up() {
        let text = "INPUT(/lib/libc.so.6 /lib/liby.so.1 /usr/lib/only.o /elsewhere/libx.so)";
        let expected = "INPUT(libc.so.6 ../usr/lib/liby.so.1 only.o sub/libx.so)";
        assert_eq!(rewritten(text).as_deref(), Ok(expected));
    }

    #[test]
    fn missing_and_ambiguous_files_are_problems() {
        let text = format!("INPUT(/x/twice.o {OUT}/lib/none.so\n)");
        let expected = ["/x/twice.o".to_owned(), format!("{OUT}/lib/none.so")]
            .map(|path| format!("names a file that is not there: {path}"));
        assert_eq!(rewritten(&text), Err(expected.to_vec()));
    }

    #[test]
    fn libraries_of_other_packages_are_named() {
        let text = format!(
            "INPUT({OTHER}/lib/libz.so.1 {OTHER}/lib/libc.so.6 {OTHER}/lib/crt1.o {OTHER}/lib/libq.a)"
        );
        let expected = "INPUT(-lz libc.so.6 crt1.o -lq)";
        assert_eq!(rewritten(&text).as_deref(), Ok(expected));
        let itself = rewritten(&format!("\nINPUT({OTHER}/lib/libc.so)"));
        let told = format!("line 2: names another package: {OTHER}/lib/libc.so");
        assert_eq!(itself, Err(vec![told]));
    }

    #[test]
    fn words_stay_apart() {
        let text = format!(
            "INPUT(a\"{OTHER}/lib/libz.so\"/* no path */ \"{OTHER}/lib/libx&y.so\") x = 1 SEARCH_DIR({OUT}/lib)y = 2"
        );
        let expected = "INPUT(a -lz /* no path */ \"libx&y.so\") x = 1 y = 2";
        assert_eq!(rewritten(&text).as_deref(), Ok(expected));
    }

    #[test]
    fn a_path_that_no_word_holds_is_a_problem() {
        let told = rewritten(&format!("INPUT({OTHER}/lib/a@{OTHER}/lib/b)")).unwrap_err();
        assert_eq!(told.len(), 1, "{told:?}");
    }

    #[test]
    fn search_directories_in_the_store_go() {
        let text = format!("SEARCH_DIR({OUT}/lib);\r\nSEARCH_DIR(\"{OTHER}/lib\")\nSEARCH_DIR(/x)");
        assert_eq!(rewritten(&text).as_deref(), Ok("SEARCH_DIR(/x)"));
    }

    #[test]
    fn own_paths_elsewhere_are_problems() {
        let told = rewritten(&format!("INCLUDE {OUT}/lib/x.ld")).unwrap_err();
        assert!(
            told[0].starts_with("line 1: a linker script cannot"),
            "{told:?}"
        );
    }

    #[test]
    fn relative_scripts_stay_to_the_byte() {
        let text = "/* x */ INPUT(libncursesw.so.6  -ltinfo)\r\n";
        assert_eq!(rewritten(text).as_deref(), Ok(text));
    }

    #[test]
    fn named_files_are_paths_of_the_tree() {
        let own = prefixes(&PATHS);
        let text = format!(
            "GROUP({OUT}/lib/libc.so.6 libc_nonshared.a -lx ../lib/only.o gone.so AS_NEEDED(/lib/libx.so))"
        );
        let files = named_files(text.as_bytes(), "lib/libc.so", &own);
        let expected = [
            "lib/libc.so.6",
            "lib/libc_nonshared.a",
            "lib/only.o",
            "lib/sub/libx.so",
        ];
        assert_eq!(files, expected);
        assert_eq!(
            named_files(b"INPUT(-lx)", "lib/sub/a.so", &own),
            ["lib/sub/libx.so"]
        );
        assert!(named_files(b"INPUT(-lc)", "lib/libc.so", &own).is_empty());
    }

    #[test]
    fn scripts_of_archives_are_archives() {
        assert!(only_archives(
            b"OUTPUT_FORMAT(x) GROUP ( /lib/libm-2.36.a libmvec.a )"
        ));
        assert!(!only_archives(b"GROUP ( libm.a AS_NEEDED(libx.so) )"));
        assert!(!only_archives(b"OUTPUT_FORMAT(x.a)"));
    }
}
