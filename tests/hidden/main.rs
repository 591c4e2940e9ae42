//! References where they can't be seen: what relinking puts right there, and
//! what it tells, on files that the usual tools wrote. What comes out is read
//! with those tools again.
//!
//! Needs gcc, binutils, gdb, gzip, xz, zstd, tar and Python.

mod archives;
mod damaged;
mod elf;
mod gzip;
mod wide;

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use stub_builder::problem::Fault;
use stub_builder::relink::edit::Editor;
use stub_builder::relink::hidden::{self, Looked, Wide};
use stub_builder::relink::manifest::{Manifest, Output, StandIn};
use stub_builder::relink::target::{Context, Kind, World};
use tempfile::TempDir;

const COMPILE: &str = "/nix/store/3d7k1vza0nqx9g5fb2rwy8hl6smpc4ji-program-1.0";
const FINAL: &str = "/nix/store/q8c5b4i2k9x8wq7v6szrpnmlkj1hgfda-program-1.0";
const REAL: &str = "/nix/store/w3x8s5jq0dbf2v6hkagr9y1nplz4mc7i-zlib-1.3.1";
/// A stand-in that is easier to compress than what it stands for.
const SIMPLE: &str = "/nix/store/e1111111111111111111111111111111-simple-interface----------------------------------------------=.";

struct Everything;

impl World for Everything {
    fn kind(&self, path: &str) -> Option<Kind> {
        (!path.contains("missing")).then_some(Kind::File)
    }

    fn has_libraries(&self, path: &str) -> bool {
        path.ends_with("/lib")
    }
}

fn stand_in() -> String {
    stub_builder::store::placeholder("zlib")
}

fn manifest(compile: &str, r#final: &str) -> Manifest {
    let output = Output {
        compile: compile.to_owned(),
        r#final: r#final.to_owned(),
    };
    let stands = |path: &str| StandIn {
        path: path.to_owned(),
        real: BTreeMap::from([("out".to_owned(), REAL.to_owned())]),
        ..StandIn::default()
    };
    Manifest {
        outputs: BTreeMap::from([("out".to_owned(), output)]),
        stand_ins: vec![stands(&stand_in()), stands(SIMPLE)],
        ..Manifest::default()
    }
}

/// Relinks single files.
struct Relink(&'static Manifest);

impl Relink {
    fn new() -> Relink {
        Relink(Box::leak(Box::new(manifest(COMPILE, FINAL))))
    }

    fn back() -> Relink {
        Relink(Box::leak(Box::new(manifest(FINAL, COMPILE))))
    }

    fn editor(&self) -> Editor<'static, Everything> {
        Editor::new(self.0, "/nix/store", Everything).unwrap()
    }

    fn look(&self, path: &Path) -> Looked {
        let bytes = fs::read(path).unwrap();
        let head = &bytes[..bytes.len().min(hidden::HEAD)];
        let file = File::open(path).unwrap();
        hidden::look(&self.editor(), &file, bytes.len() as u64, head).unwrap()
    }

    /// Replaces what is plain to see, then what is hidden.
    fn mend(&self, path: &Path) -> Result<usize, Vec<Fault>> {
        let looked = self.look(path);
        let bytes = fs::read(path).unwrap();
        let file = OpenOptions::new().read(true).write(true).open(path);
        let file = file.unwrap();
        for (at, new) in self.patches(&bytes) {
            if !looked.is_opaque(at as u64) {
                file.write_all_at(&new, at as u64).unwrap();
            }
        }
        let replaced = hidden::mend(&self.editor(), &file, &looked)?;
        Ok(replaced.count())
    }

    /// Mends a file of which nothing is left then.
    fn mended(&self, path: &Path) -> usize {
        let count = self.mend(path).unwrap();
        assert_eq!(self.look(path).hidden, []);
        count
    }

    fn patches(&self, bytes: &[u8]) -> Vec<(usize, Vec<u8>)> {
        let editor = self.editor();
        let mut patches = Vec::new();
        editor.find(bytes, |found| {
            let replacement = editor.replacement(bytes, found, Context::Elsewhere);
            let replacement = replacement.unwrap();
            let new = editor.fit(bytes, &replacement).unwrap();
            patches.push((replacement.range.start, new));
        });
        patches
    }

    /// What `bytes` should have become.
    fn replaced(&self, bytes: &[u8]) -> Vec<u8> {
        let mut new = bytes.to_vec();
        for (at, patch) in self.patches(bytes) {
            new[at..at + patch.len()].copy_from_slice(&patch);
        }
        new
    }
}

fn run(program: &str, args: &[&str], directory: &Path) -> Vec<u8> {
    let output = Command::new(program)
        .args(args)
        .current_dir(directory)
        .env("LC_ALL", "C")
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {args:?}: {error}");
    output.stdout
}

fn places<'f>(faults: &'f [Fault]) -> Vec<(&'f str, &'f str)> {
    let place = |fault: &'f Fault| match fault {
        Fault::Hidden { place, reference } => (place.as_str(), reference.as_str()),
        other => panic!("{other:?}"),
    };
    faults.iter().map(place).collect()
}

fn name(path: &str) -> &str {
    &path["/nix/store/".len()..]
}

/// Text with references everywhere, windows' borders included.
fn text(length: usize) -> Vec<u8> {
    let stand_in = stand_in();
    let mut text = Vec::new();
    let mut index = 0usize;
    while text.len() < length {
        let filler = index * index % 709;
        text.extend(std::iter::repeat_n(b"abc \n"[index % 5], filler));
        let line = match index % 3 {
            0 => format!(" {stand_in}/lib/libz.so.1 "),
            1 => format!(" {COMPILE}/share:"),
            _ => format!("{} {}", index, index * 7919),
        };
        text.extend(line.bytes());
        index += 1;
    }
    text
}

fn write(directory: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = directory.join(name);
    fs::write(&path, bytes).unwrap();
    path
}
