//! Reading packages from disk, with real files and links.

use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::Command;

use stub_builder::commands::stubs::gather::{Gathered, Options, gather, globs};
use stub_builder::package::listing::Kind;
use tempfile::TempDir;

/// A directory that plays the store, with packages `a`, `b`, ... in it.
struct Store(TempDir);

impl Store {
    /// One line for each thing: `a/lib/x -> target`, `a/dir/` or `a/file`;
    /// `$` is the store itself.
    fn new(text: &str) -> Store {
        let store = Store(tempfile::tempdir().unwrap());
        store.add(text);
        store
    }

    fn add(&self, text: &str) {
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (name, target) = match line.split_once(" -> ") {
                Some((name, target)) => (name, Some(target)),
                None => (line, None),
            };
            let path = self.path(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            match target {
                Some(target) => symlink(target.replace('$', self.text()), path).unwrap(),
                None if name.ends_with('/') => fs::create_dir_all(path).unwrap(),
                None => fs::write(path, name).unwrap(),
            }
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self) -> &str {
        self.0.path().to_str().unwrap()
    }

    fn gather(&self, sources: &[&str]) -> Gathered {
        self.gather_with(sources, &[], &[], &[])
    }

    fn gather_with(
        &self,
        sources: &[&str],
        exclude: &[&str],
        include: &[&str],
        follow: &[PathBuf],
    ) -> Gathered {
        let set = |patterns: &[&str]| {
            let patterns: Vec<String> = patterns.iter().map(|&glob| glob.to_owned()).collect();
            globs(&patterns).unwrap()
        };
        let sources: Vec<PathBuf> = sources.iter().map(|name| self.path(name)).collect();
        gather(&Options {
            sources: &sources,
            exclude: &set(exclude),
            include: &set(include),
            store_dir: self.text(),
            follow,
        })
    }

    /// The listing in the notation of [`Store::new`]; `<` for what was followed.
    fn show(&self, gathered: &Gathered) -> Vec<String> {
        let show = |(path, entry): (&String, &stub_builder::package::listing::Entry)| {
            let followed = if entry.followed { " <" } else { "" };
            match &entry.kind {
                Kind::Directory => format!("{path}/{followed}"),
                Kind::File { .. } => format!("{path}{followed}"),
                Kind::Symlink { target } => format!("{path} -> {target}{followed}"),
            }
        };
        gathered.listing.entries.iter().map(show).collect()
    }

    /// `code path` of each problem, and `target` or cause where it is told.
    fn problems(&self, gathered: &Gathered) -> Vec<String> {
        let problems = gathered.problems.iter();
        problems
            .map(|problem| format!("{} {}", problem.fault.code(), problem.path))
            .collect()
    }

    fn left_out(&self, gathered: &Gathered) -> Vec<String> {
        gathered.left_out.keys().cloned().collect()
    }
}

const NOTHING: [&str; 0] = [];

#[test]
fn outputs_are_merged() {
    let store = Store::new(
        "a/lib/libz.so.1
         a/lib/pkgconfig/
         a/include -> ../b/include
         b/include/zlib.h
         b/lib/libz.so -> $/a/lib/libz.so.1
         b/lib/up -> ../../a/lib
         b/lib/near -> ./libz.so",
    );
    let gathered = store.gather(&["a", "b"]);
    assert_eq!(
        store.show(&gathered),
        [
            "include/",
            "include/zlib.h",
            "lib/",
            "lib/libz.so -> libz.so.1",
            "lib/libz.so.1",
            "lib/near -> ./libz.so",
            "lib/pkgconfig/",
            "lib/up -> .",
        ]
    );
    assert_eq!(store.problems(&gathered), NOTHING);
    assert!(gathered.conflicts.is_empty());
    let library = &gathered.listing.entries["lib/libz.so.1"];
    assert_eq!(library.origin, store.path("a/lib/libz.so.1"));
    let (size, executable) = ("a/lib/libz.so.1".len() as u64, false);
    assert_eq!(library.kind, Kind::File { size, executable });
}

#[test]
fn the_order_of_sources_changes_nothing_but_who_is_first() {
    let store = Store::new(
        "a/include -> ../b/include
         a/x
         b/include/y
         b/z -> ../a/x",
    );
    let (ab, ba) = (store.gather(&["a", "b"]), store.gather(&["b", "a"]));
    assert_eq!(store.show(&ab), store.show(&ba));
    assert_eq!(ab.conflicts, ba.conflicts);
}

#[test]
fn equal_files_merge_and_different_ones_are_conflicts() {
    let store = Store::new("a/same\na/mode\na/bytes\na/dir/x\nb/same\nb/mode\nb/bytes\nb/dir");
    for name in ["same", "mode"] {
        // More than one chunk of the comparison.
        let bytes = vec![7; 200_000];
        fs::write(store.path("a").join(name), &bytes).unwrap();
        fs::write(store.path("b").join(name), &bytes).unwrap();
    }
    // In the last byte of the last chunk.
    let mut bytes = vec![7; 200_000];
    fs::write(store.path("a/bytes"), &bytes).unwrap();
    bytes[199_999] = 8;
    fs::write(store.path("b/bytes"), &bytes).unwrap();
    fs::set_permissions(store.path("b/mode"), fs::Permissions::from_mode(0o744)).unwrap();
    let gathered = store.gather(&["a", "b"]);
    assert_eq!(store.problems(&gathered), NOTHING);
    let paths: Vec<_> = gathered
        .conflicts
        .iter()
        .map(|conflict| &conflict.path)
        .collect();
    assert_eq!(paths, ["bytes", "dir", "mode"]);
    let text = gathered.conflicts[0].to_string();
    assert!(
        text.contains(&format!("{}/b/bytes", store.text())),
        "{text}"
    );
}

#[test]
fn a_single_file_is_a_listing() {
    let store =
        Store::new("a/lib/libz.so.1.3\na/lib/libz.so -> libz.so.1.3\nb/z -> $/a/lib/libz.so.1.3");
    let gathered = store.gather(&["a/lib/libz.so.1.3"]);
    assert_eq!(store.show(&gathered), ["libz.so.1.3"]);
    let gathered = store.gather(&["a/lib/libz.so", "b"]);
    assert_eq!(store.show(&gathered), ["libz.so", "z -> libz.so"]);
    assert_eq!(
        gathered.listing.entries["libz.so"].origin,
        store.path("a/lib/libz.so.1.3")
    );
}

#[test]
fn a_source_may_be_reached_through_links() {
    let store = Store::new("a/lib/x\na/y -> $/name/lib/x\na/z -> $/a/lib/x\nname -> a");
    for source in ["a", "name"] {
        let gathered = store.gather(&[source]);
        assert_eq!(store.show(&gathered)[2..], ["y -> lib/x", "z -> lib/x"]);
    }
    // Twice the same is once.
    assert_eq!(store.gather(&["a", "name"]).outputs.len(), 1);
}

#[test]
fn a_store_that_lies_elsewhere_still_speaks_of_its_own_paths() {
    let store = Store::new("nix/store/a/lib/x\nnix/store/a/y -> /nix/store/a/lib/x");
    let none = globs(&[]).unwrap();
    let gathered = gather(&Options {
        sources: &[store.path("nix/store/a")],
        exclude: &none,
        include: &none,
        store_dir: "/nix/store",
        follow: &[],
    });
    assert_eq!(store.show(&gathered), ["lib/", "lib/x", "y -> lib/x"]);
}

#[test]
fn links_to_other_store_paths_are_followed() {
    let store = Store::new(
        "a/include/linux -> $/linux/include/linux
         a/include/one.h -> $/linux/include/chain.h
         a/include/two.h -> linux/types.h
         linux/include/chain.h -> linux/types.h
         linux/include/linux/types.h
         linux/include/linux/own.h -> types.h
         linux/include/linux/here -> .
         linux/include/linux/dir/up.h -> ../types.h
         linux/include/linux/back -> $/a/lib
         linux/include/linux/asm -> ../asm
         linux/include/asm/byteorder.h
         a/lib/x",
    );
    let gathered = store.gather(&["a"]);
    assert_eq!(store.problems(&gathered), NOTHING);
    assert_eq!(
        store.show(&gathered),
        [
            "include/",
            "include/linux/ <",
            "include/linux/asm/ <",
            "include/linux/asm/byteorder.h <",
            "include/linux/back -> ../../lib <",
            "include/linux/dir/ <",
            "include/linux/dir/up.h -> ../types.h <",
            "include/linux/here -> . <",
            "include/linux/own.h -> types.h <",
            "include/linux/types.h <",
            "include/one.h <",
            "include/two.h <",
            "lib/",
            "lib/x",
        ]
    );
    let types = store.path("linux/include/linux/types.h");
    for path in ["include/linux/types.h", "include/one.h", "include/two.h"] {
        assert_eq!(gathered.listing.entries[path].origin, types, "{path}");
    }
}

#[test]
fn the_root_of_an_unpacked_system_is_its_own() {
    let store = Store::new(
        "a/lib/libz.so.1
         a/usr/lib/libz.so -> /lib/libz.so.1
         a/usr/lib/libother.so -> /lib/libother.so.1",
    );
    let gathered = store.gather(&["a"]);
    assert_eq!(store.problems(&gathered), ["SB0105 usr/lib/libother.so"]);
    assert!(
        store
            .show(&gathered)
            .contains(&"usr/lib/libz.so -> ../../lib/libz.so.1".to_owned())
    );
}

#[test]
fn links_below_follow_directories_are_followed_and_others_are_not() {
    let elsewhere = Store::new("in/x.h\nin/out.h -> $/secret\nin/name.h -> x.h\nsecret\nother.h");
    let there = elsewhere.text();
    let store = Store::new("a/");
    store.add(&format!(
        "a/x.h -> {there}/in/name.h
         a/other.h -> {there}/other.h
         a/in -> {there}/in
         a/root -> /
         a/store -> $
         a/passwd -> ../../../../../../etc/passwd"
    ));
    let gathered = store.gather_with(&["a"], &[], &[], &[elsewhere.path("in")]);
    assert_eq!(
        store.problems(&gathered),
        [
            "SB0105 in/out.h",
            "SB0105 other.h",
            "SB0105 passwd",
            "SB0105 root",
            "SB0105 store",
        ]
    );
    assert_eq!(
        store.show(&gathered),
        ["in/ <", "in/name.h -> x.h <", "in/x.h <", "x.h <"]
    );
    let nothing_allowed = store.gather(&["a"]);
    assert_eq!(nothing_allowed.problems.len(), 6);
    let missing = store.gather_with(&["a"], &[], &[], &[elsewhere.path("typo")]);
    assert_eq!(missing.problems[0].path, format!("{there}/typo"));
}

#[test]
fn directories_that_contain_each_other_end() {
    let store = Store::new(
        "a/x -> $/b
         b/c -> $/c
         c/b -> $/b
         c/up -> ..
         d/y -> $/e/inner
         e/inner/up -> ..
         e/z
         b/twice/1 -> $/f
         b/twice/2 -> $/f
         f/",
    );
    let gathered = store.gather(&["a", "d"]);
    assert_eq!(store.problems(&gathered), ["SB0104 x/c/b", "SB0105 x/c/up"]);
    assert_eq!(
        store.show(&gathered),
        [
            "x/ <",
            "x/c/ <",
            "x/twice/ <",
            "x/twice/1/ <",
            "x/twice/2/ <",
            "y/ <",
            "y/up/ <",
            "y/up/inner/ <",
            "y/up/inner/up -> .. <",
            "y/up/z <"
        ]
    );
}

#[test]
fn bad_links_are_told_apart_and_all_told() {
    let store = Store::new(
        "a/broken -> gone
         a/foreign -> $/b/gone
         a/l1 -> l2
         a/l2 -> l1
         a/self -> self/x
         a/file
         a/through -> file/x
         b/ok",
    );
    let gathered = store.gather(&["a"]);
    assert_eq!(
        store.problems(&gathered),
        [
            "SB0103 broken",
            "SB0103 foreign",
            "SB0104 l1",
            "SB0104 l2",
            "SB0104 self",
            "SB0103 through",
        ]
    );
    let text = gathered.problems[0].to_string();
    assert!(text.contains("gone"), "{text}");
    assert_eq!(store.show(&gathered), ["file"]);
}

#[test]
fn what_cannot_be_listed_is_a_problem_and_the_rest_is_listed() {
    let store = Store::new("a/good\na/target -> good");
    let bad = std::ffi::OsString::from_vec(b"bad\xff".to_vec());
    fs::create_dir(store.path("a").join(&bad)).unwrap();
    fs::write(store.path("a").join(&bad).join("x"), "").unwrap();
    symlink(&bad, store.path("a/to-bad")).unwrap();
    let fifo = Command::new("mkfifo")
        .arg(store.path("a/pipe"))
        .status()
        .unwrap();
    assert!(fifo.success());
    // A directory that not even root can read: its path is too long.
    let half: PathBuf = vec!["0".repeat(250); 10].iter().collect();
    for top in ["a", "b"] {
        fs::create_dir_all(store.path(top).join(&half)).unwrap();
    }
    fs::rename(store.path("b"), store.path("a").join(&half).join("b")).unwrap();
    let gathered = store.gather(&["a", "missing"]);
    let mut problems = store.problems(&gathered);
    let long: Vec<_> = problems
        .extract_if(.., |problem| problem.contains("/b/000"))
        .collect();
    assert!(
        matches!(&long[..], [one] if one.starts_with("SB0101 0000")),
        "{long:?}"
    );
    let missing = format!("SB0101 {}/missing", store.text());
    assert_eq!(
        problems,
        [
            missing.as_str(),
            "SB0102 bad\u{fffd}",
            "SB0107 pipe",
            "SB0102 to-bad"
        ]
    );
    let listed = store.show(&gathered);
    assert_eq!(listed[listed.len() - 2..], ["good", "target -> good"]);

    // Excluded itself, or with what holds it; searched for what is included.
    let unreadable = long[0].strip_prefix("SB0101 ").unwrap();
    for include in [&[][..], &["good"]] {
        let gathered = store.gather_with(&["a"], &[unreadable], include, &[]);
        assert_eq!(store.problems(&gathered), problems[1..]);
        let gathered = store.gather_with(&["a"], &["/0*"], include, &[]);
        assert_eq!(store.problems(&gathered), problems[1..]);
    }
    let exclude = ["bad*", "pipe", "to-bad", "0*"];
    let gathered = store.gather_with(&["a"], &exclude, &[], &[]);
    assert_eq!(store.problems(&gathered), NOTHING);
    assert_eq!(store.show(&gathered), ["good", "target -> good"]);
}

#[test]
fn excluded_paths_are_no_problem_and_links_to_them_go_along() {
    let store = Store::new(
        "a/broken -> gone
         a/share/doc/x
         a/share/doc/pipe -> nowhere
         a/doc -> share/doc
         a/page -> doc/x
         a/lib/libz.la
         a/share/aclocal/z.m4
         a/lib/share/doc/y",
    );
    let gathered = store.gather_with(
        &["a"],
        &["broken", "/share/doc", "*.la", "share/*.m4"],
        &[],
        &[],
    );
    assert_eq!(store.problems(&gathered), NOTHING);
    assert_eq!(
        store.show(&gathered),
        [
            "lib/",
            "lib/share/",
            "lib/share/doc/",
            "lib/share/doc/y",
            "share/",
            "share/aclocal/",
            "share/aclocal/z.m4",
        ]
    );
    assert_eq!(
        store.left_out(&gathered),
        ["broken", "doc", "lib/libz.la", "page", "share/doc"]
    );
}

#[test]
fn include_wins_over_exclude() {
    let store = Store::new(
        "a/share/doc/keep.h
         a/share/doc/drop.txt
         a/share/doc/broken -> gone
         a/share/sub/keep.h
         a/share.h
         a/lib/x",
    );
    let gathered = store.gather_with(&["a"], &["share"], &["keep.h"], &[]);
    assert_eq!(store.problems(&gathered), NOTHING);
    assert_eq!(
        store.show(&gathered),
        [
            "lib/",
            "lib/x",
            "share/",
            "share.h",
            "share/doc/",
            "share/doc/keep.h",
            "share/sub/",
            "share/sub/keep.h",
        ]
    );
    assert_eq!(store.left_out(&gathered), ["share"]);
}

#[test]
fn excludes_hold_in_what_was_followed() {
    let store = Store::new(
        "a/inc -> $/b/inc
         b/inc/x.h
         b/inc/bad -> gone
         b/inc/too -> skip/y
         b/inc/skip/y",
    );
    let gathered = store.gather_with(&["a"], &["inc/bad", "skip"], &[], &[]);
    assert_eq!(store.problems(&gathered), NOTHING);
    assert_eq!(store.show(&gathered), ["inc/ <", "inc/x.h <"]);
    assert_eq!(
        store.left_out(&gathered),
        ["inc/bad", "inc/skip", "inc/too"]
    );
}

#[test]
fn names_may_hold_anything_that_is_utf8() {
    let store = Store::new("a/");
    let name = "a new\nline, a \\ and ümläut*";
    fs::write(store.path("a").join(name), "").unwrap();
    assert_eq!(store.show(&store.gather(&["a"])), [name]);
}

#[test]
fn bad_globs_are_problems() {
    let problems = globs(&["ok".to_owned(), "[".to_owned(), "{".to_owned()]).unwrap_err();
    let shown: Vec<_> = problems
        .iter()
        .map(|p| (p.fault.code(), p.path.as_str()))
        .collect();
    assert_eq!(shown, [("SB0108", "["), ("SB0108", "{")]);
}
