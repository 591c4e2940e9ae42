//! Files that are no ELF files but look like it: each one is a coded problem
//! with path and hint, and nothing is written. No input makes the program panic.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::panic::catch_unwind;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use stub_builder::elf;
use stub_builder::interface::normalize;
use stub_builder::problem::Fault;
use tempfile::TempDir;

#[path = "hostile/cases.rs"]
mod cases;
#[path = "golden/generator.rs"]
#[allow(dead_code)]
mod generator;
#[path = "hostile/overlaps.rs"]
mod overlaps;
#[path = "hostile/poke.rs"]
mod poke;

fn stubs(source: &Path, out: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_stub-builder"))
        .arg("stubs")
        .arg(source)
        .arg("--out")
        .arg(out)
        .env_remove("NIX_BUILD_TOP")
        .output()
        .unwrap()
}

#[test]
fn each_damage_is_one_problem() {
    for (name, code, bytes) in cases::all() {
        let directory = TempDir::new().unwrap();
        let source = directory.path().join("src");
        fs::create_dir_all(source.join("lib")).unwrap();
        fs::write(source.join("lib/libx.so.1"), bytes).unwrap();
        let out = directory.path().join("out");
        let output = stubs(&source, &out);
        let messages = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{name}: {messages}");
        assert_eq!(output.stdout, b"", "{name}");
        let errors: Vec<&str> = messages
            .lines()
            .filter(|line| line.starts_with("stub-builder: error: "))
            .collect();
        assert_eq!(errors.len(), 1, "{name}: {messages}");
        let start = format!("stub-builder: error: {code}: lib/libx.so.1: ");
        assert!(
            errors[0].starts_with(&start),
            "{name}: {code} expected: {messages}"
        );
        assert_eq!(
            messages.matches("\n  hint: ").count(),
            1,
            "{name}: {messages}"
        );
        assert!(!out.exists(), "{name}");
        let left: Vec<_> = fs::read_dir(directory.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "{name}: something was written");
    }
}

#[test]
fn what_overlaps_is_not_said_over_and_over() {
    let outcomes = overlaps::all().into_iter().map(|(what, bytes)| {
        let message = match outcome(&bytes) {
            Err(fault) => fault.to_string(),
            Ok(stub) => format!("a stub of {} bytes", stub.unwrap_or_default().len()),
        };
        (!message.contains(&format!("{what} that overlap"))).then(|| format!("{what}: {message}"))
    });
    let others: Vec<String> = outcomes.flatten().collect();
    assert!(others.is_empty(), "{}", others.join("\n"));
}

#[test]
fn all_damages_are_reported_at_once_and_in_order() {
    let directory = TempDir::new().unwrap();
    let source = directory.path().join("src");
    fs::create_dir_all(source.join("lib")).unwrap();
    let cases = cases::all();
    for (index, (_, _, bytes)) in cases.iter().enumerate() {
        fs::write(source.join(format!("lib/lib{index:03}.so.1")), bytes).unwrap();
    }
    let out = directory.path().join("out");
    let output = stubs(&source, &out);
    let messages = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{messages}");
    assert!(!out.exists());
    let start = "stub-builder: error: ";
    let found: Vec<String> = messages
        .lines()
        .filter_map(|line| line.strip_prefix(start))
        .map(|line| line.split(": ").take(2).collect::<Vec<_>>().join(" "))
        .collect();
    let expected: Vec<String> = cases
        .iter()
        .enumerate()
        .map(|(index, (_, code, _))| format!("{code} lib/lib{index:03}.so.1"))
        .collect();
    assert_eq!(found, expected, "{messages}");
    let last = format!("stub-builder: {} problems, nothing written", cases.len());
    assert_eq!(messages.lines().last(), Some(&last[..]));
}

#[test]
fn sections_may_come_in_any_order() {
    let interface = generator::everything(generator::target("mips64el"));
    let bytes = elf::write(&interface).unwrap();
    let mut poke = poke::Poke { bytes };
    // Those that are loaded usually come first.
    let (loaded, other) = (poke.section(0x7000_002a), poke.section(0x6fff_fff5));
    for at in 0..64 {
        poke.bytes.swap(loaded + at, other + at);
    }
    assert_eq!(elf::read(&poke.bytes), Ok(interface));
}

/// The third bit of `st_other` is not visibility's: on MIPS it is
/// STO_MIPS_OPTIONAL.
#[test]
fn visibility_is_two_bits() {
    const HIDDEN: u64 = 2;
    for others in [0, 4, 0x80] {
        let mut poke = poke::Poke::new();
        let all = elf::read(&poke.bytes).unwrap().symbols.len();
        let symbol = poke.symbol(1);
        poke.set(symbol + 5, 1, HIDDEN | others);
        let left = elf::read(&poke.bytes).unwrap().symbols.len();
        assert_eq!(left, all - 1, "{others:#x}");
    }
}

/// Where there are no section headers the hash tables are all that tells how many
/// symbols there are: whatever is wrong with them is seen, or makes no difference.
#[test]
fn hash_tables_do_not_lie() {
    let directory = TempDir::new().unwrap();
    for (style, table) in [("gnu", poke::SHT_GNU_HASH), ("sysv", poke::SHT_HASH)] {
        let bytes = linked(directory.path(), &[&format!("-Wl,--hash-style={style}")]);
        let mut poke = poke::Poke { bytes };
        let (start, header) = (poke.contents(table), poke.section(table));
        let size = poke.get(header + 32, 8) as usize;
        poke.without_sections();
        let bytes = poke.bytes.clone();
        let whole = elf::read(&bytes).unwrap();
        assert!(whole.symbols.len() > 20, "{}", whole.symbols.len());
        let mut refused = 0;
        for at in (start..start + size).step_by(4) {
            let was = poke.get(at, 4);
            let damages = [0, 1, was + 1, was.wrapping_sub(1), was ^ 0x80, was << 1];
            for value in damages.map(|value| value & 0xffff_ffff) {
                poke.set(at, 4, value);
                match elf::read(&poke.bytes) {
                    Ok(read) => assert_eq!(read, whole, "{style}: {at:#x} = {value:#x}"),
                    Err(fault) => {
                        let code = fault.code();
                        assert!(matches!(code, "SB0201" | "SB0202" | "SB0203"), "{fault}");
                        refused += 1;
                    }
                }
            }
            poke.set(at, 4, was);
        }
        assert!(refused > size / 4 * 3, "{style}: {refused} of {size}");
    }
}

/// A small library, made by a real compiler and linker.
fn library(directory: &Path) -> Vec<u8> {
    linked(directory, &[])
}

fn linked(directory: &Path, options: &[&str]) -> Vec<u8> {
    let sources = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rules/sources");
    let path = directory.join("libx.so");
    let status = Command::new("gcc")
        .args([
            "-shared",
            "-fPIC",
            "-s",
            "-O1",
            "-nostartfiles",
            "-Wl,-soname,libx.so.1",
        ])
        .arg("-Wl,-z,noseparate-code,-z,max-page-size=4096")
        .args(options)
        .arg(format!("-Wl,--version-script,{sources}/versions.map"))
        .arg(format!("{sources}/versions.c"))
        .arg(format!("{sources}/placement.c"))
        .arg("-o")
        .arg(&path)
        .status()
        .unwrap();
    assert!(status.success());
    fs::read(path).unwrap()
}

/// What becomes of a file, panics included.
fn outcome(bytes: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
    let whole = || {
        let Some(elf::FileKind::SharedObject { .. }) = elf::identify(bytes)? else {
            return Ok(None);
        };
        elf::needed(bytes)?;
        let interface = elf::read(bytes)?;
        elf::write(&normalize(interface, |_| false)).map(Some)
    };
    catch_unwind(whole).unwrap_or_else(|_| panic!("a panic"))
}

#[derive(Default)]
struct Tally {
    codes: BTreeMap<&'static str, usize>,
    stubs: HashSet<Vec<u8>>,
    accepted: usize,
    /// Faults of this program, which no input may cause.
    own: Vec<String>,
}

impl Tally {
    fn add(&mut self, what: String, bytes: &[u8]) {
        match outcome(bytes) {
            Ok(None) => {}
            Ok(Some(stub)) => {
                self.accepted += 1;
                self.stubs.insert(stub);
            }
            Err(fault) => {
                *self.codes.entry(fault.code()).or_default() += 1;
                assert!(fault.code().starts_with("SB02"), "{what}: {fault}");
                if matches!(fault, Fault::ReadBack { .. }) {
                    self.own.push(format!("{what}: {fault}"));
                }
            }
        }
    }

    /// Every stub that was written is one that readelf accepts silently.
    fn check(&self) {
        assert!(self.own.is_empty(), "{}", self.own.join("\n"));
        let directory = TempDir::new().unwrap();
        for (index, stub) in self.stubs.iter().enumerate() {
            fs::write(directory.path().join(index.to_string()), stub).unwrap();
        }
        for part in (0..self.stubs.len()).collect::<Vec<_>>().chunks(500) {
            let output = Command::new("readelf")
                .args(["-W", "-h", "-l", "-S", "-d", "-s", "-V", "-n"])
                .args(part.iter().map(ToString::to_string))
                .current_dir(directory.path())
                .env("LC_ALL", "C")
                .output()
                .unwrap();
            let messages = String::from_utf8_lossy(&output.stderr);
            assert_eq!(messages, "");
            assert!(output.status.success());
        }
    }
}

#[test]
fn every_truncation_is_a_problem() {
    let directory = TempDir::new().unwrap();
    let library = library(directory.path());
    assert!(matches!(outcome(&library), Ok(Some(_))));
    let mut tally = Tally::default();
    // Every length where headers are, then in steps.
    let lengths = (4..2048).chain((2048..library.len()).step_by(7));
    for length in lengths {
        tally.add(format!("{length} bytes"), &library[..length]);
    }
    // The section headers come last, so that nothing of it is whole.
    assert_eq!(tally.accepted, 0);
    assert!(tally.codes["SB0201"] > 2000, "{:?}", tally.codes);
    tally.check();
}

#[test]
fn flipped_bytes_never_panic() {
    let directory = TempDir::new().unwrap();
    let library = library(directory.path());
    let sections = poke::Poke {
        bytes: library.clone(),
    };
    let headers = sections.get(40, 8) as usize;
    let text = library.len() / 4;
    // A linear congruential generator (Knuth's constants): the same flips in
    // every run.
    let mut state = 1u64;
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let started = Instant::now();
    let mut tally = Tally::default();
    for round in 0..6000 {
        let mut bytes = library.clone();
        let mut what = Vec::new();
        for _ in 0..=random(3) {
            // Mostly where the reader looks.
            let at = match round % 3 {
                0 => random(text),
                1 => headers + random(library.len() - headers),
                _ => random(library.len()),
            };
            let bits = 1 + random(255) as u8;
            bytes[at] ^= bits;
            what.push(format!("{at:#x} ^ {bits:#x}"));
        }
        tally.add(what.join(", "), &bytes);
    }
    assert!(started.elapsed() < Duration::from_secs(60));
    // Both ways are taken, and often.
    assert!(tally.accepted > 1000, "{}", tally.accepted);
    assert!(
        tally.codes.values().sum::<usize>() > 500,
        "{:?}",
        tally.codes
    );
    tally.check();
}

#[test]
fn random_bytes_are_problems() {
    let mut state = 7u32;
    for length in 0..2000 {
        let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
        bytes.extend((0..length).map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        }));
        // An object file or a program may come of it, but no library.
        assert!(!matches!(outcome(&bytes), Ok(Some(_))));
    }
}
