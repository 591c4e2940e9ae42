//! Finds the absolute paths in a text that lead into the store or below an
//! output, and edits texts without touching the bytes in between.

use std::cell::OnceCell;
use std::ops::Range;

use crate::package::prefixes::{Place, Prefixes};
use crate::problem::{Fault, MOST_TOLD, Problem};

/// A path in a text, without the slashes that may trail it.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    pub range: Range<usize>,
    /// `Own` or `Foreign`, never `Outside`.
    pub place: Place,
}

/// All own and foreign paths of `text`, in order.
///
/// A path goes on as long as its bytes are ones that build systems put into
/// paths; it ends before quotes, brackets, `$`, `:`, `;`, `,`, `=` (but for that
/// of a stand-in's name) and what isn't ASCII. Where a name goes on after that, the rest stays in the text
/// behind the replacement, which comes to the same.
pub fn find(text: &[u8], own: &Prefixes) -> Vec<Found> {
    let mut all = Vec::new();
    let mut after = 0;
    for start in memchr::memchr_iter(b'/', text) {
        // Of `file:///nix`, the last slash begins the path.
        if start < after || text.get(start + 1) == Some(&b'/') {
            continue;
        }
        let Some(prefix) = prefix_length(text, start, own) else {
            continue;
        };
        let mut end = start + prefix + path_length(&text[start + prefix..]);
        after = end;
        while end > start + prefix && text[end - 1] == b'/' {
            end -= 1;
        }
        let path = String::from_utf8_lossy(&text[start..end]);
        let place = match own.place(&path) {
            // It climbs out of the store, but names it.
            Place::Outside => Place::Foreign,
            // A store path within a store path: a root file system, say. What
            // it means can't be said in another way.
            Place::Own(_) if last_in_store(&text[start + prefix..end], own).is_some() => {
                Place::Foreign
            }
            place => place,
        };
        all.push(Found {
            range: start..end,
            place,
        });
    }
    all
}

/// How many bytes of `rest` belong to the path that has begun before it. The
/// `=.` that ends the name of a stand-in (store/stand_in.rs) separates nothing:
/// compile's own texts name the trees that it was given.
fn path_length(rest: &[u8]) -> usize {
    let plain = |from: usize| {
        let bytes = rest[from..].iter();
        from + bytes.take_while(|&&b| is_path_byte(b)).count()
    };
    let end = plain(0);
    let names = end > 0 && !rest[..end].contains(&b'/');
    match rest[end..].strip_prefix(b"=.") {
        Some(after) if names && !after.first().is_some_and(|&b| is_name_byte(b)) => plain(end + 2),
        _ => end,
    }
}

/// Bytes of the output, or of the store directory and the slash after it, that
/// the text has at `start`.
fn prefix_length(text: &[u8], start: usize, own: &Prefixes) -> Option<usize> {
    let here = &text[start..];
    let in_store = match_slashes(here, &own.store_dir).and_then(|length| {
        let slashes = here[length..].iter().take_while(|&&b| b == b'/').count();
        let names = here.get(length + slashes).is_some_and(|&b| is_name_byte(b));
        (slashes > 0 && names).then_some(length + slashes)
    });
    let output = own
        .outputs
        .iter()
        .filter_map(|output| match_slashes(here, output))
        .filter(|&length| !here.get(length).is_some_and(|&b| is_name_byte(b)))
        .max();
    match (output, in_store) {
        (Some(length), Some(_)) => Some(length),
        // Nix refuses a store path wherever it stands; a path such as /opt/x
        // only counts where it isn't the tail of a longer one.
        (Some(length), None) if begins_a_path(text, start) => Some(length),
        (Some(_), None) => None,
        (None, in_store) => in_store,
    }
}

/// Matches `prefix` at the start of `text`, any number of slashes for each.
fn match_slashes(text: &[u8], prefix: &str) -> Option<usize> {
    let mut at = 0;
    for name in prefix.split('/').filter(|name| !name.is_empty()) {
        let slashes = text[at..].iter().take_while(|&&b| b == b'/').count();
        if slashes == 0 || !text[at + slashes..].starts_with(name.as_bytes()) {
            return None;
        }
        at += slashes + name.len();
    }
    (at > 0).then_some(at)
}

fn begins_a_path(text: &[u8], start: usize) -> bool {
    let before = &text[..start];
    let slashes = before.iter().rev().take_while(|&&b| b == b'/').count();
    let before = &before[..before.len() - slashes];
    if matches!(before.last(), Some(b'}' | b')')) {
        return false;
    }
    let separates = |&b: &u8| b == b'/' || !is_path_byte(b);
    let word = before.iter().rposition(separates).map_or(0, |at| at + 1);
    let in_path = word > 0 && before[word - 1] == b'/';
    // `-L/opt/x` does, `src/opt/x` and `${prefix}/opt/x` don't.
    !in_path && before.get(word).is_none_or(|&first| first == b'-')
}

/// A byte that may stand in the name of a store path (`=` and `?` may too, but
/// in texts they separate).
fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+-._".contains(&byte)
}

fn is_path_byte(byte: u8) -> bool {
    is_name_byte(byte) || b"/@%~".contains(&byte)
}

/// A text and where its lines end, which is found out when first asked for: a
/// text may have a problem on each of a hundred thousand lines.
pub struct Lines<'t> {
    pub text: &'t [u8],
    ends: OnceCell<Vec<usize>>,
}

impl<'t> Lines<'t> {
    pub fn of(text: &'t [u8]) -> Lines<'t> {
        Lines {
            text,
            ends: OnceCell::new(),
        }
    }

    fn before(&self, offset: usize) -> usize {
        let find = || memchr::memchr_iter(b'\n', self.text).collect();
        let ends: &Vec<usize> = self.ends.get_or_init(find);
        ends.partition_point(|&end| end < offset)
    }

    /// The number of the line that `offset` lies in.
    pub fn number(&self, offset: usize) -> usize {
        1 + self.before(offset)
    }
}

/// The line that `offset` lies in, without its end.
pub fn line(text: &[u8], offset: usize) -> Range<usize> {
    let start = memchr::memrchr(b'\n', &text[..offset]).map_or(0, |at| at + 1);
    let end = memchr::memchr(b'\n', &text[offset..]).map_or(text.len(), |at| offset + at);
    start..end
}

/// The text of a path, for messages.
pub fn shown(text: &[u8], range: &Range<usize>) -> String {
    String::from_utf8_lossy(&text[range.clone()]).into_owned()
}

/// The path at `range` is another package's, and dependents cannot see it.
pub fn foreign(lines: &Lines, range: &Range<usize>) -> Fault {
    Fault::ForeignPath {
        line: lines.number(range.start),
        reference: shown(lines.text, range),
    }
}

/// The foreign path at `range` as a comment may keep it: without the store
/// directory and the hash. `# made by /nix/store/<hash>-cmake-3.30/bin/cmake` loses
/// nothing that anything reads.
pub fn in_comment(text: &[u8], range: &Range<usize>, own: &Prefixes) -> Vec<u8> {
    let path = &text[range.clone()];
    let below = last_in_store(path, own).unwrap_or(path);
    let slashes = below.iter().take_while(|&&b| b == b'/').count();
    let name = &below[slashes..];
    let hashed =
        name.get(32) == Some(&b'-') && name[..32].iter().all(|b| b.is_ascii_alphanumeric());
    let kept = &name[if hashed { 33 } else { 0 }..];
    // `/nix/s` and `/nix/store/tore/x` would make a store path again.
    let before = &text[..range.start];
    let word = before.iter().rposition(|&b| !is_path_byte(b));
    let joined = [&before[word.map_or(0, |at| at + 1)..], kept].concat();
    match last_in_store(&joined, own) {
        Some(_) => [b" ", kept].concat(),
        None => kept.to_vec(),
    }
}

/// What comes after the last store directory that a path names.
fn last_in_store<'a>(path: &'a [u8], own: &Prefixes) -> Option<&'a [u8]> {
    // Of several slashes, the last begins the name.
    let begins = |at: &usize| path.get(at + 1) != Some(&b'/');
    memchr::memrchr_iter(b'/', path)
        .filter(begins)
        .find_map(|at| {
            let length = match_slashes(&path[at..], &own.store_dir)?;
            Some(&path[at + length..]).filter(|rest| rest.starts_with(b"/"))
        })
}

/// Puts a fault of `file` among the problems, if there is room for it.
pub fn tell(problems: &mut Vec<Problem>, fault: Fault, file: &str) {
    if problems.len() < MOST_TOLD {
        problems.push(fault.at(file));
    }
}

/// Replacements in a text; everything else stays to the byte.
#[derive(Debug)]
pub struct Edits<'t> {
    text: &'t [u8],
    all: Vec<(Range<usize>, Vec<u8>)>,
    /// How many bytes more may take the place of others; `None` if it was too few.
    room: Option<usize>,
}

impl<'t> Edits<'t> {
    /// Of a text. Its paths may become three times as long as all of it and some
    /// more, which is ample but for those of a file that lies in a thousand
    /// directories.
    pub fn of(text: &'t [u8]) -> Edits<'t> {
        const MORE: usize = 1 << 20;
        Edits {
            text,
            all: Vec::new(),
            room: Some(MORE + 3 * text.len()),
        }
    }

    pub fn replace(&mut self, range: Range<usize>, by: impl Into<Vec<u8>>) {
        let by = by.into();
        self.room = self.room.and_then(|room| room.checked_sub(by.len()));
        if self.room.is_some() {
            self.all.push((range, by));
        }
    }

    /// The text with all replacements made, unless something is wrong with it.
    ///
    /// Problems: `BadText`, and those that there are already.
    pub fn finish(self, mut problems: Vec<Problem>, file: &str) -> Result<Vec<u8>, Vec<Problem>> {
        if self.room.is_none() {
            let what = "the file lies so deep that its package's paths become too long in it";
            let what = what.to_owned();
            problems.push(Fault::BadText { line: 1, what }.at(file));
        }
        if problems.is_empty() {
            Ok(self.apply())
        } else {
            Err(problems)
        }
    }

    /// The same of something that is always short enough.
    pub fn apply(mut self) -> Vec<u8> {
        let text = self.text;
        self.all.sort_by_key(|(range, _)| (range.start, range.end));
        let mut result = Vec::with_capacity(text.len());
        let mut at = 0;
        for (range, by) in self.all {
            // Two removals may share the blanks between them.
            if at < range.start {
                result.extend_from_slice(&text[at..range.start]);
            }
            result.extend_from_slice(&by);
            at = at.max(range.end);
        }
        result.extend_from_slice(&text[at..]);
        result
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// The prefixes that the tests of all rewriters use.
    pub fn prefixes(paths: &[&str]) -> Prefixes {
        Prefixes {
            outputs: vec![OUT.into(), DEV.into()],
            store_dir: "/nix/store".into(),
            placeholder: "/nix/store/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee-own".into(),
            paths: paths.iter().map(|&path| path.to_owned()).collect(),
        }
    }
    pub const OUT: &str = "/nix/store/0123456789abcdfghijklmnpqrsvwxyz-own-1.0";
    pub const DEV: &str = "/nix/store/0123456789abcdfghijklmnpqrsvwxy0-own-1.0-dev";
    pub const OTHER: &str = "/nix/store/11111111111111111111111111111111-zlib-1.3";

    fn found(text: &str) -> Vec<(String, Place)> {
        find(text.as_bytes(), &prefixes(&[]))
            .into_iter()
            .map(|f| (text[f.range].to_owned(), f.place))
            .collect()
    }

    #[test]
    fn paths_are_found_in_the_middle_of_words() {
        let text = format!("file://{OUT}/a//b/; -L{OTHER}/lib:x=\"{DEV}\", <{OUT}/../x>");
        let expected = vec![
            (format!("{OUT}/a//b"), Place::Own("a/b".into())),
            (format!("{OTHER}/lib"), Place::Foreign),
            (DEV.to_owned(), Place::Own(String::new())),
            (format!("{OUT}/../x"), Place::Foreign),
        ];
        assert_eq!(found(&text), expected);
    }

    #[test]
    fn a_stand_ins_name_ends_in_an_equals_sign_and_a_dot() {
        let stand_in = format!("{OTHER}--=.");
        let text =
            format!("-L{stand_in}/lib/pkgconfig/../../lib '{stand_in}' {OTHER}=./x={OTHER}=.y");
        let expected = [
            (
                format!("{stand_in}/lib/pkgconfig/../../lib"),
                Place::Foreign,
            ),
            (stand_in, Place::Foreign),
            (format!("{OTHER}=./x"), Place::Foreign),
            (OTHER.to_owned(), Place::Foreign),
        ];
        assert_eq!(found(&text), expected);
    }

    #[test]
    fn a_longer_name_is_another_store_path() {
        let text = format!("{OUT}-bin/x");
        assert_eq!(found(&text), [(text.clone(), Place::Foreign)]);
    }

    #[test]
    fn a_store_path_within_another_is_not_own() {
        let text = format!("{OUT}/root{OTHER}");
        assert_eq!(found(&text), [(text.clone(), Place::Foreign)]);
    }

    #[test]
    fn doubled_slashes_hide_nothing() {
        let text = OUT.replace("/nix/store/", "//nix//store///");
        assert_eq!(
            found(&text),
            [(text[1..].to_owned(), Place::Own("".into()))]
        );
    }

    #[test]
    fn the_store_directory_alone_is_no_path() {
        assert_eq!(found("case $x in /nix/store/*) ;; /nix/store) ;; esac"), []);
    }

    #[test]
    fn outputs_outside_the_store_only_count_at_the_start_of_a_path() {
        let own = Prefixes {
            outputs: vec!["/opt/x".into()],
            store_dir: "/nix/store".into(),
            ..Prefixes::default()
        };
        let text = b"/opt/x -L/opt/x/lib src/opt/x ${p}/opt/x /opt/xy =/opt/x//";
        let ranges: Vec<_> = find(text, &own).into_iter().map(|f| f.range).collect();
        assert_eq!(ranges, [0..6, 9..19, 50..56]);
    }

    #[test]
    fn comments_lose_the_hash() {
        let own = prefixes(&[]);
        let shown = |before: &str, path: &str| {
            let text = format!("{before}{path}");
            let kept = in_comment(text.as_bytes(), &(before.len()..text.len()), &own);
            String::from_utf8(kept).unwrap()
        };
        assert_eq!(shown("", OTHER), "zlib-1.3");
        assert_eq!(shown("# -I", "/nix/store/x/y"), "x/y");
        assert_eq!(shown("# /nix/s", "/nix/store/tore/y"), " tore/y");
        let nested = format!("{OUT}/root{OTHER}/y");
        assert_eq!(shown("", &nested), "zlib-1.3/y");
    }

    #[test]
    fn edits_that_overlap_remove_once() {
        let mut edits = Edits::of(b"abcdef");
        edits.replace(2..4, *b"");
        edits.replace(0..3, *b"x");
        assert_eq!(edits.finish(Vec::new(), "x").unwrap(), b"xef");
    }
}
