//! Introspection: `.gir` texts and the binary `.typelib` files made of them.
//!
//! nixpkgs' g-ir-scanner writes the absolute path of the library into both, for
//! programs that load it by introspection. In an interface tree there is
//! nothing to load, so the file name has to do, as everywhere but in nixpkgs.

use std::ops::Range;

use crate::package::paths::{self, Edits, Lines};
use crate::package::prefixes::{Place, Prefixes};
use crate::problem::{Fault, Problem};
use crate::tree;

/// The magic of a typelib (`G_IR_MAGIC` in `girepository/gitypelib-internal.h`).
const MAGIC: &[u8] = b"GOBJ\nMETADATA\r\n\x1a";

/// Whether `bytes` are a binary typelib.
pub fn is_typelib(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// Rewrites a `.gir` text: own paths in `shared-library` become file names,
/// others lead below the placeholder.
pub fn rewrite_gir(text: &[u8], file: &str, own: &Prefixes) -> Result<Vec<u8>, Vec<Problem>> {
    let lines = Lines::of(text);
    let libraries = shared_libraries(text);
    let mut edits = Edits::of(text);
    let mut problems = Vec::new();
    for found in paths::find(text, own) {
        let range = found.range;
        let next = libraries.partition_point(|value| value.end <= range.start);
        let is_library = libraries
            .get(next)
            .is_some_and(|value| value.contains(&range.start));
        match found.place {
            Place::Own(path) if is_library => {
                edits.replace(range, tree::file_name(&path));
            }
            Place::Own(path) => edits.replace(range, tree::join(&own.placeholder, &path)),
            Place::Foreign | Place::Outside => {
                paths::tell(&mut problems, paths::foreign(&lines, &range), file);
            }
        }
    }
    edits.finish(problems, file)
}

/// The values of the attributes `shared-library="..."`.
fn shared_libraries(text: &[u8]) -> Vec<Range<usize>> {
    let name = b"shared-library=";
    memchr::memmem::find_iter(text, name)
        .filter_map(|at| {
            let open = at + name.len();
            let quote = *text.get(open).filter(|b| matches!(b, b'"' | b'\''))?;
            let length = memchr::memchr(quote, &text[open + 1..])?;
            Some(open + 1..open + 1 + length)
        })
        .collect()
}

/// Rewrites a binary typelib. Its strings are found by offset, so they keep
/// their place: what a shorter one leaves is filled with NUL.
pub fn rewrite_typelib(bytes: &[u8], file: &str, own: &Prefixes) -> Result<Vec<u8>, Vec<Problem>> {
    let mut result = bytes.to_vec();
    let mut problems = Vec::new();
    // One string may list several libraries: each is rewritten once, whole.
    let mut done = 0;
    for found in paths::find(bytes, own) {
        let start = found.range.start;
        if start < done {
            continue;
        }
        let begin = memchr::memrchr(0, &bytes[..start]).map_or(0, |nul| nul + 1);
        let length = memchr::memchr(0, &bytes[start..]).map_or(bytes.len() - start, |nul| nul);
        let string = begin..start + length;
        done = string.end;
        match libraries_by_name(&bytes[string.clone()], own) {
            Ok(short) => {
                result[string.clone()].fill(0);
                result[begin..begin + short.len()].copy_from_slice(&short);
            }
            Err(places) => places.into_iter().for_each(|range| {
                let fault = Fault::StorePath {
                    offset: begin + range.start,
                    reference: paths::shown(&bytes[string.clone()], &range),
                };
                paths::tell(&mut problems, fault, file);
            }),
        }
    }
    if problems.is_empty() {
        Ok(result)
    } else {
        Err(problems)
    }
}

/// A comma-separated list of libraries without the directories of own ones, or
/// the paths that aren't own libraries.
fn libraries_by_name(list: &[u8], own: &Prefixes) -> Result<Vec<u8>, Vec<Range<usize>>> {
    let mut edits = Edits::of(list);
    let mut others = Vec::new();
    for found in paths::find(list, own) {
        let begins = found.range.start == 0 || list[found.range.start - 1] == b',';
        let ends = list.get(found.range.end).is_none_or(|&b| b == b',');
        match found.place {
            Place::Own(path) if begins && ends && tree::file_name(&path).contains(".so") => {
                edits.replace(found.range, tree::file_name(&path));
            }
            _ => others.push(found.range),
        }
    }
    if others.is_empty() {
        Ok(edits.apply())
    } else {
        Err(others)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::paths::tests::{OTHER, OUT, prefixes};

    const FILE: &str = "lib/girepository-1.0/Own-1.0.typelib";

    #[test]
    fn libraries_of_a_gir_are_named_by_file() {
        let own = prefixes(&[]);
        let text = format!(
            "<namespace name=\"Own\"\n shared-library=\"{OUT}/lib/liba.so.0,libb.so\"/>\n\
             <doc filename=\"{OUT}/x.c\"/>"
        );
        let expected = format!(
            "<namespace name=\"Own\"\n shared-library=\"liba.so.0,libb.so\"/>\n\
             <doc filename=\"{}/x.c\"/>",
            own.placeholder
        );
        let rewritten = rewrite_gir(text.as_bytes(), "share/gir-1.0/Own.gir", &own).unwrap();
        assert_eq!(String::from_utf8(rewritten).unwrap(), expected);
        let text = format!("\n<a shared-library='{OTHER}/lib/liba.so'/>");
        let problems = rewrite_gir(text.as_bytes(), "x.gir", &own).unwrap_err();
        assert!(
            problems[0]
                .to_string()
                .contains("line 2: names another package")
        );
    }

    #[test]
    fn libraries_of_a_typelib_are_named_by_file_in_place() {
        let magic = String::from_utf8_lossy(MAGIC);
        let list = format!("{OUT}/lib/liba.so.0,libb.so,{OUT}/lib/libc.so");
        let bytes = format!("{magic}\0Own\0{list}\0next\0");
        let short = "liba.so.0,libb.so,libc.so";
        let nuls = "\0".repeat(list.len() - short.len());
        let expected = format!("{magic}\0Own\0{short}{nuls}\0next\0");
        assert!(is_typelib(bytes.as_bytes()));
        let rewritten = rewrite_typelib(bytes.as_bytes(), FILE, &prefixes(&[])).unwrap();
        assert_eq!(String::from_utf8(rewritten).unwrap(), expected);
    }

    #[test]
    fn other_paths_in_a_typelib_are_problems() {
        let bytes = format!("\0{OUT}/share/x\0{OTHER}/lib/liba.so");
        let problems = rewrite_typelib(bytes.as_bytes(), FILE, &prefixes(&[])).unwrap_err();
        let offsets = problems.iter().map(|p| match p.fault {
            Fault::StorePath { offset, .. } => offset,
            _ => 0,
        });
        assert_eq!(offsets.collect::<Vec<_>>(), [1, OUT.len() + 10]);
    }
}
