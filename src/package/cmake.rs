//! CMake package files.
//!
//! `${CMAKE_CURRENT_LIST_DIR}` is the directory of the file that is being read.
//! In the body of a function it is the caller's; there it has to be
//! `${CMAKE_CURRENT_FUNCTION_LIST_DIR}` (CMake 3.17, `cmake-variables(7)`). The
//! body of a macro runs as if it stood in the caller, and knows neither.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::package::cmake_calls::{Argument, Body, Call, Style, calls};
use crate::package::flags::{self, Verdict};
use crate::package::paths::{self, Edits, Lines};
use crate::package::prefixes::{Place, Prefixes};
use crate::problem::{Fault, Problem};
use crate::tree;

/// Own paths become relative to the file; what leads to other packages goes
/// from lists of directories, and is given by name in lists of libraries.
pub fn rewrite(text: &[u8], file: &str, own: &Prefixes) -> Result<Vec<u8>, Vec<Problem>> {
    let found = paths::find(text, own);
    if found.is_empty() {
        return Ok(text.to_vec());
    }
    let calls = calls(text);
    let arguments = arguments(&calls);
    let lines = Lines::of(text);
    let mut listing = Listing::default();
    let mut edits = Edits::of(text);
    let mut problems = Vec::new();
    for found in found {
        let range = found.range;
        let edit = match (found.place, argument_at(&arguments, range.start)) {
            (Place::Own(path), None) => Ok((range, here(Body::File, file, &path))),
            (Place::Own(path), Some((call, at))) => own_path(&lines, file, &path, &range, call, at)
                .map(|replacement| (range, replacement)),
            (_, None) => {
                let shown = paths::in_comment(text, &range, own);
                Ok((range, String::from_utf8_lossy(&shown).into_owned()))
            }
            (_, Some((call, at))) => foreign_path(text, &range, call, at, &mut listing)
                .ok_or_else(|| paths::foreign(&lines, &range)),
        };
        match edit {
            Ok((range, replacement)) => edits.replace(range, replacement),
            Err(fault) => paths::tell(&mut problems, fault, file),
        }
    }
    edits.finish(problems, file)
}

/// Paths in the tree of the files that a CMake file names: an export checks at
/// `find_package` that its IMPORTED_LOCATION and the like are there. Names that
/// the package has no file for are left out.
pub fn named_files(text: &[u8], file: &str, own: &Prefixes) -> Vec<String> {
    let mut named = BTreeSet::new();
    for argument in calls(text).iter().flat_map(|call| &call.arguments) {
        let argument = &text[argument.range.clone()];
        for found in paths::find(argument, own) {
            if let Place::Own(path) = found.place {
                named.insert(path);
            }
        }
        named.extend(below_variables(argument, file, own));
    }
    let is_directory = |path: &String| {
        let below = format!("{path}/");
        let mut after = own.paths.range(below.clone()..);
        after.next().is_some_and(|next| next.starts_with(&below))
    };
    named.retain(|path| own.paths.contains(path) && !is_directory(path));
    named.into_iter().collect()
}

/// Variables that hold a prefix: CMake's own export code sets the first,
/// `CMakePackageConfigHelpers` the second.
const PREFIX_VARIABLES: [&str; 2] = ["${_IMPORT_PREFIX}/", "${PACKAGE_PREFIX_DIR}/"];
/// How many components export code strips at the most: `lib/x86_64-linux-gnu/cmake/x`
/// has four.
const MOST_STRIPPED: usize = 16;
/// No package has CMake files any deeper: each name below a prefix would be looked for
/// all the way up.
const DEEPEST: usize = 64;
const DIRECTORY_VARIABLES: [&str; 2] = [
    "${CMAKE_CURRENT_LIST_DIR}/",
    "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/",
];

fn below_variables(argument: &[u8], file: &str, own: &Prefixes) -> Vec<String> {
    let mut all = Vec::new();
    let directory = tree::parent(file);
    let mut each = |variable: &str, resolve: &dyn Fn(&str) -> Option<String>| {
        for at in memchr::memmem::find_iter(argument, variable) {
            let rest = &argument[at + variable.len()..];
            let ends = |b: &u8| b.is_ascii_whitespace() || b"\";>$\\".contains(b);
            let path = &rest[..rest.len().min(flags::LONGEST)];
            let length = path.iter().position(ends).unwrap_or(path.len());
            if let Ok(relative) = std::str::from_utf8(&path[..length]) {
                all.extend(resolve(relative));
            }
        }
    };
    for variable in DIRECTORY_VARIABLES {
        each(variable, &|relative| {
            tree::normal(&tree::join(directory, relative))
        });
    }
    // Which directory the prefix is depends on how many components the export
    // code strips; the nearest one that has such a file is it.
    if directory.split('/').count() > DEEPEST {
        return all;
    }
    for variable in PREFIX_VARIABLES {
        each(variable, &|relative| {
            let mut ancestor = directory;
            for _ in 0..MOST_STRIPPED {
                let path = tree::normal(&tree::join(ancestor, relative))?;
                if own.paths.contains(&path) {
                    return Some(path);
                }
                if ancestor.is_empty() {
                    return None;
                }
                ancestor = tree::parent(ancestor);
            }
            None
        });
    }
    all
}

/// All arguments, in the order of the text.
fn arguments<'c>(calls: &'c [Call]) -> Vec<(&'c Call, usize)> {
    let of = |call: &'c Call| (0..call.arguments.len()).map(move |at| (call, at));
    calls.iter().flat_map(of).collect()
}

/// The command and argument that `offset` lies in; none for a comment.
fn argument_at<'c>(arguments: &[(&'c Call, usize)], offset: usize) -> Option<(&'c Call, usize)> {
    let range = |&(call, at): &(&'c Call, usize)| call.arguments[at].range.clone();
    let next = arguments.partition_point(|argument| range(argument).end <= offset);
    let found = arguments.get(next).copied();
    found.filter(|argument| range(argument).contains(&offset))
}

/// `path` of the tree, as `file` can name it.
fn here(body: Body, file: &str, path: &str) -> String {
    let variable = match body {
        Body::Function => "${CMAKE_CURRENT_FUNCTION_LIST_DIR}",
        Body::File | Body::Macro => "${CMAKE_CURRENT_LIST_DIR}",
    };
    match tree::relative(tree::parent(file), path).as_str() {
        // Export code takes the last component off with
        // get_filename_component: no `/.` may follow.
        "." => variable.to_owned(),
        relative => format!("{variable}/{relative}"),
    }
}

fn own_path(
    lines: &Lines,
    file: &str,
    path: &str,
    range: &Range<usize>,
    call: &Call,
    at: usize,
) -> Result<String, Fault> {
    let bad = |why: &str| Fault::BadText {
        line: lines.number(range.start),
        what: format!("{why}: {}", paths::shown(lines.text, range)),
    };
    if call.arguments[at].style == Style::Bracket {
        return Err(bad(
            "a bracket argument cannot say relative to its file where the package lies",
        ));
    }
    if call.body == Body::Macro {
        return Err(bad(
            "a macro cannot say relative to its file where the package lies (a function could)",
        ));
    }
    Ok(here(call.body, file, path))
}

/// What an argument lists.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Listed {
    Libraries,
    Directories,
    #[default]
    Else,
}

/// The edit that makes do without the foreign path, if there is one.
fn foreign_path<'c>(
    text: &[u8],
    path: &Range<usize>,
    call: &'c Call,
    at: usize,
    listing: &mut Listing<'c>,
) -> Option<(Range<usize>, String)> {
    let argument = &call.arguments[at];
    if argument.style == Style::Bracket {
        return None;
    }
    let listed = listing.of(text, call, at);
    let dropped = match flags::judge(&text[..argument.range.end], path) {
        Some(Verdict::Drop(flag)) => flag,
        Some(Verdict::Library(flag)) if listed == Listed::Libraries => {
            return Some((path.clone(), flag));
        }
        _ if listed == Listed::Directories => element(text, path, argument)?,
        _ => return None,
    };
    if dropped.start < argument.range.start {
        // `-I` was the argument before: `target_compile_options(x -I /path)`.
        return Some((flags::with_blanks(text, dropped), String::new()));
    }
    if dropped == argument.range {
        // The argument keeps its place: the next one may be a property's name.
        let empty = if argument.style == Style::Bare {
            "\"\""
        } else {
            ""
        };
        return Some((dropped, empty.to_owned()));
    }
    Some((with_separator(text, dropped, argument), String::new()))
}

/// The element of a list that is nothing but the path, or the path in a
/// generator expression: `$<BUILD_INTERFACE:/path>`.
fn element(text: &[u8], path: &Range<usize>, argument: &Argument) -> Option<Range<usize>> {
    let before = &text[argument.range.start..path.start];
    let after = &text[path.end..argument.range.end];
    let tail = after.iter().take(flags::LONGEST);
    let length = tail.take_while(|b| !b";> ".contains(b)).count();
    let tail = &after[..length];
    let begins = before.last().is_none_or(|b| b";: ".contains(b));
    let ends = tail.is_empty() || tail.starts_with(b"/") && !tail.contains(&b'"');
    let ends = ends && length < flags::LONGEST;
    (begins && ends).then_some(path.start..path.end + length)
}

/// The removed word with one of the separators around it.
fn with_separator(text: &[u8], word: Range<usize>, argument: &Argument) -> Range<usize> {
    let before = &text[argument.range.start..word.start];
    let after = &text[word.end..argument.range.end];
    if before.ends_with(b"\\;") {
        word.start - 2..word.end
    } else if before.ends_with(b";") {
        word.start - 1..word.end
    } else if before.is_empty() && after.starts_with(b";") {
        word.start..word.end + 1
    } else if before.is_empty() || before.ends_with(b" ") {
        flags::with_blanks(text, word)
    } else {
        word
    }
}

/// What was said last of the arguments of a command, many of which may be paths,
/// each of which may be a list of them.
#[derive(Default)]
struct Listing<'c> {
    call: Option<&'c Call>,
    /// Where PROPERTY or PROPERTIES stands among the arguments.
    properties: Option<usize>,
    argument: Option<usize>,
    listed: Listed,
}

impl<'c> Listing<'c> {
    fn of(&mut self, text: &[u8], call: &'c Call, at: usize) -> Listed {
        if !self.call.is_some_and(|last| std::ptr::eq(last, call)) {
            let name = match call.name.as_str() {
                "set_property" => "PROPERTY",
                "set_target_properties" => "PROPERTIES",
                _ => "",
            };
            let is_it = |argument: &Argument| {
                let word = &text[argument.range.clone()];
                !name.is_empty() && word.eq_ignore_ascii_case(name.as_bytes())
            };
            *self = Listing {
                call: Some(call),
                properties: call.arguments.iter().position(is_it),
                ..Listing::default()
            };
        }
        if self.argument != Some(at) {
            self.argument = Some(at);
            let properties = self.properties.filter(|&properties| properties < at);
            self.listed = listed(text, call, at, properties);
        }
        self.listed
    }
}

/// Longer names are nobody's: as much of the end of one is looked at.
const LONGEST_NAME: usize = 256;

/// Judges by the property, variable or command that takes the argument.
fn listed(text: &[u8], call: &Call, at: usize, properties: Option<usize>) -> Listed {
    let word = |index: usize| {
        let mut range = call.arguments.get(index).map_or(0..0, |a| a.range.clone());
        // What tells the kind of a variable is at its end, of a property anywhere.
        range.start = range.start.max(range.end.saturating_sub(LONGEST_NAME));
        String::from_utf8_lossy(&text[range]).to_ascii_uppercase()
    };
    let key = match call.name.as_str() {
        "set" if at > 0 => word(0),
        "list" if at > 1 => word(1),
        "set_property" => properties.map_or(String::new(), |index| word(index + 1)),
        "set_target_properties" => match properties {
            Some(index) if (at - index).is_multiple_of(2) => word(at - 1),
            _ => String::new(),
        },
        "target_link_libraries" | "link_libraries" => "LINK_LIBRARIES".to_owned(),
        "target_include_directories" | "include_directories" => "INCLUDE_DIRECTORIES".to_owned(),
        "target_link_directories" | "link_directories" => "LINK_DIRECTORIES".to_owned(),
        _ => String::new(),
    };
    let ends = |names: &[&str]| names.iter().any(|name| key.ends_with(name));
    if key.contains("INCLUDE_DIRECTORIES") || key.contains("LINK_DIRECTORIES") {
        return Listed::Directories;
    }
    if call.name == "set" || call.name == "list" {
        if ends(&["INCLUDE_DIRS", "INCLUDE_DIR", "INCLUDES", "LIBRARY_DIRS"]) {
            return Listed::Directories;
        }
        if ends(&["LIBRARIES", "LIBRARY", "LIBS", "LDFLAGS", "LINK_FLAGS"]) {
            return Listed::Libraries;
        }
    }
    // With and without a configuration behind it: IMPORTED_LINK_..._RELEASE.
    let lists = [
        "LINK_LIBRARIES",
        "LINK_INTERFACE_LIBRARIES",
        "LINK_DEPENDENT_LIBRARIES",
    ];
    match lists.iter().any(|list| key.contains(list)) {
        true => Listed::Libraries,
        false => Listed::Else,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::paths::tests::{DEV, OTHER, OUT, prefixes};

    const FILE: &str = "lib/cmake/own/own.cmake";

    fn rewritten(text: &str) -> Result<String, Vec<String>> {
        rewrite(text.as_bytes(), FILE, &prefixes(&[]))
            .map(|text| String::from_utf8(text).unwrap())
            .map_err(|problems| problems.iter().map(|p| p.fault.to_string()).collect())
    }

    #[test]
    fn own_paths_are_relative_to_the_file() {
        let text = format!(
            "# {OUT}/lib by {OTHER}/bin/cmake\nset(_IMPORT_PREFIX \"{OUT}\")\n\
             set(here {OUT}/lib/cmake/own)\n\
             set_target_properties(a PROPERTIES INTERFACE_INCLUDE_DIRECTORIES \"{DEV}/include/;a\\;b\"\n  \
             INTERFACE_LINK_LIBRARIES \"\\$<LINK_ONLY:{OUT}/lib/libb.so>\")\n"
        );
        let expected = "# ${CMAKE_CURRENT_LIST_DIR}/../.. by zlib-1.3/bin/cmake\n\
            set(_IMPORT_PREFIX \"${CMAKE_CURRENT_LIST_DIR}/../../..\")\n\
            set(here ${CMAKE_CURRENT_LIST_DIR})\n\
            set_target_properties(a PROPERTIES INTERFACE_INCLUDE_DIRECTORIES \
            \"${CMAKE_CURRENT_LIST_DIR}/../../../include/;a\\;b\"\n  \
            INTERFACE_LINK_LIBRARIES \"\\$<LINK_ONLY:${CMAKE_CURRENT_LIST_DIR}/../../libb.so>\")\n";
        assert_eq!(rewritten(&text).as_deref(), Ok(expected));
    }

    #[test]
    fn functions_know_their_file_and_macros_do_not() {
        let text = format!("function(f)\ninclude({OUT}/a)\nendfunction()\ninclude({OUT}/b)");
        let expected = "function(f)\ninclude(${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../../../a)\n\
                        endfunction()\ninclude(${CMAKE_CURRENT_LIST_DIR}/../../../b)";
        assert_eq!(rewritten(&text).as_deref(), Ok(expected));

        let text = format!("macro(f)\ninclude({OUT}/a)\nendmacro()\nset(x [[{OUT}/b]])\n");
        let told = rewritten(&text).unwrap_err();
        assert!(told[0].starts_with("line 2: a macro"), "{told:?}");
        assert!(
            told[1].starts_with("line 4: a bracket argument"),
            "{told:?}"
        );
    }

    #[test]
    fn lists_make_do_without_other_packages() {
        for (text, expected) in [
            (
                "set_target_properties(a PROPERTIES INTERFACE_LINK_LIBRARIES \"@/lib/libz.so;b;\\$<LINK_ONLY:@/lib/libq.a>\")",
                "set_target_properties(a PROPERTIES INTERFACE_LINK_LIBRARIES \"-lz;b;\\$<LINK_ONLY:-lq>\")",
            ),
            (
                "set_target_properties(a PROPERTIES INTERFACE_INCLUDE_DIRECTORIES \"@/include;x;@/include/z\" B c)",
                "set_target_properties(a PROPERTIES INTERFACE_INCLUDE_DIRECTORIES \"x\" B c)",
            ),
            (
                "set_target_properties(a PROPERTIES INTERFACE_INCLUDE_DIRECTORIES @/include B c)",
                "set_target_properties(a PROPERTIES INTERFACE_INCLUDE_DIRECTORIES \"\" B c)",
            ),
            (
                "set_property(TARGET a APPEND PROPERTY INTERFACE_INCLUDE_DIRECTORIES \"$<BUILD_INTERFACE:@/include>\")",
                "set_property(TARGET a APPEND PROPERTY INTERFACE_INCLUDE_DIRECTORIES \"$<BUILD_INTERFACE:>\")",
            ),
            (
                "set(A_LIBRARIES \"-L@/lib -lz\")",
                "set(A_LIBRARIES \"-lz\")",
            ),
            ("set(A_LIBRARIES a;-L@/lib;-lz)", "set(A_LIBRARIES a;-lz)"),
            (
                "set(A_LIBRARIES a @/lib/libz.so.1)",
                "set(A_LIBRARIES a -lz)",
            ),
            (
                "set(A_CFLAGS \"-DX -isystem @/include\")",
                "set(A_CFLAGS \"-DX\")",
            ),
            (
                "target_compile_options(a PUBLIC -isystem @/include)",
                "target_compile_options(a PUBLIC)",
            ),
            (
                "list(APPEND A_INCLUDE_DIRS \"@/include\")",
                "list(APPEND A_INCLUDE_DIRS \"\")",
            ),
            (
                "link_directories(@/lib @/lib64/)",
                "link_directories(\"\" \"\")",
            ),
        ] {
            let done = rewritten(&text.replace('@', OTHER));
            assert_eq!(done.as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn other_uses_of_other_packages_are_problems() {
        let text = "\nset_target_properties(a PROPERTIES IMPORTED_LOCATION \"@/lib/libz.so\")\n\
                    find_program(x @/bin)\nset(ZLIB_ROOT @)\nset(A_LIBRARIES [[@/lib/libz.so]])";
        let told = rewritten(&text.replace('@', OTHER)).unwrap_err();
        let expected = [
            (2, "/lib/libz.so"),
            (3, "/bin"),
            (4, ""),
            (5, "/lib/libz.so"),
        ]
        .map(|(line, rest)| format!("line {line}: names another package: {OTHER}{rest}"));
        assert_eq!(told, expected);
    }

    #[test]
    fn named_files_are_those_of_the_package() {
        let own = prefixes(&[
            "include",
            "include/a.h",
            "lib/liba.so.1",
            "lib/libb.a",
            "lib/cmake/own/more.cmake",
            "share/x",
        ]);
        let text = format!(
            "include(\"${{CMAKE_CURRENT_LIST_DIR}}/more.cmake\")\n# {OUT}/share/x\n\
             set_target_properties(a PROPERTIES IMPORTED_LOCATION_RELEASE \"${{_IMPORT_PREFIX}}/lib/liba.so.1\"\n\
             INTERFACE_INCLUDE_DIRECTORIES \"${{_IMPORT_PREFIX}}/include\")\n\
             list(APPEND _cmake_import_check_files_for_b \"{OUT}/lib/libb.a\" \"${{_IMPORT_PREFIX}}/lib/gone\")\n\
             set_and_check(A \"${{PACKAGE_PREFIX_DIR}}/share/x\")"
        );
        let named = named_files(text.as_bytes(), FILE, &own);
        let expected = [
            "lib/cmake/own/more.cmake",
            "lib/liba.so.1",
            "lib/libb.a",
            "share/x",
        ];
        assert_eq!(named, expected);
    }
}
