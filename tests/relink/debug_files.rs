//! Programs tell the checksum of their debug file, which changes when paths in it do.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Output;

use stub_builder::nar;
use stub_builder::relink::hidden::{Debuglink, debug_crc, debuglink};

use crate::hidden::tool;
use crate::lab::{Lab, run, succeed};

fn link_of(file: &Path) -> Debuglink {
    let file = File::open(file).unwrap();
    let size = file.metadata().unwrap().len();
    debuglink(&file, size).unwrap().unwrap()
}

fn tell(file: &Path, debug_file: &Path) {
    let link = format!("--add-gnu-debuglink={}", debug_file.display());
    let file = file.to_str().unwrap();
    tool("objcopy", &[&link, file], b"");
}

fn mask(lab: &Lab) -> Output {
    lab.stub_builder(&["mask", &lab.compile, "--keep", &lab.r#final])
}

/// A program, and a chain of debug files: below compile's output. Only the last of
/// them has a path in it, if it is not `all` that have.
fn chain(lab: &Lab, all: bool) -> [PathBuf; 4] {
    let files = [
        "bin/hello",
        "lib/debug/hello.debug",
        "lib/debug/more.debug",
        "share/rest.debug",
    ];
    let files = files.map(|file| Path::new(&lab.compile).join(file));
    for folder in ["lib/debug", "share"] {
        fs::create_dir_all(Path::new(&lab.compile).join(folder)).unwrap();
    }
    for (index, file) in files.iter().enumerate().skip(1).rev() {
        let has_paths = all || index == files.len() - 1;
        // One program again and again, with another name in each debug file.
        let name = format!("-Wl,--defsym=number_{index}={index}");
        let more: &[&str] = if has_paths { &["-g", &name] } else { &[&name] };
        lab.program("bin/hello", "", more);
        let file = file.to_str().unwrap();
        let program = files[0].to_str().unwrap();
        tool("objcopy", &["--only-keep-debug", program, file], b"");
        if let [file, next, ..] = &files[index..] {
            tell(file, next);
        }
        let bytes = fs::read(file).unwrap();
        let paths = memchr::memmem::find_iter(&bytes, &lab.tree).count();
        assert_eq!(paths > 0, has_paths, "{file}");
    }
    // Called by what it is of, and by what it was linked with.
    let folder = Path::new(&lab.compile).join("share/.build-id/12");
    fs::create_dir_all(&folder).unwrap();
    fs::rename(&files[3], folder.join("34.debug")).unwrap();
    symlink(".build-id/12/34.debug", &files[3]).unwrap();
    tool("strip", &["--strip-debug", files[0].to_str().unwrap()], b"");
    tell(&files[0], &files[1]);
    files
}

fn whole(files: &[PathBuf]) {
    for files in files.windows(2) {
        let (link, debug_file) = (link_of(&files[0]), File::open(&files[1]).unwrap());
        let (file, other) = (files[0].display(), files[1].display());
        assert!(
            other
                .to_string()
                .ends_with(&*String::from_utf8(link.name).unwrap())
        );
        assert_eq!(link.crc, debug_crc(debug_file).unwrap(), "{file}: {other}");
    }
}

#[test]
fn programs_are_told_the_new_checksum_of_their_debug_file() {
    for all in [true, false] {
        for masked in [false, true] {
            let lab = Lab::new();
            let files = chain(&lab, all);
            whole(&files);
            let before = link_of(&files[0]);
            if masked {
                succeed(&mask(&lab));
                whole(&files);
                assert_ne!(link_of(&files[0]), before);
            }
            lab.relink();
            let results = files.map(|file| {
                let path = file.strip_prefix(&lab.compile).unwrap();
                Path::new(&lab.r#final).join(path)
            });
            whole(&results);
            assert_ne!(link_of(&results[0]), before);
            assert_eq!(run(&results[0], &[]), "hello\n");
        }
    }
}

/// Which can only have been made by purpose: the checksums are chosen, and the files
/// made to have them.
#[test]
fn no_debug_file_depends_on_its_own_checksum() {
    let lab = Lab::new();
    let [program, first, second, last] = chain(&lab, true);
    fs::remove_file(last).unwrap();
    tell_again(&second, &first);
    for (file, crc) in [(&first, 0x1234_5678), (&second, 0x9abc_def0)] {
        let other = if *file == first { &second } else { &first };
        let link = link_of(other);
        let open = OpenOptions::new().write(true).open(other).unwrap();
        link.set(&open, crc).unwrap();
    }
    for (file, crc) in [(&first, 0x1234_5678), (&second, 0x9abc_def0)] {
        let bytes = fs::read(file).unwrap();
        fs::write(file, with_crc(bytes, crc)).unwrap();
    }
    let open = OpenOptions::new().write(true).open(&program).unwrap();
    link_of(&program).set(&open, 0x1234_5678).unwrap();
    whole(&[program, first.clone(), second.clone(), first.clone()]);

    let said = lab.refuses("SB0203", &[]);
    let (first, second) = (first.display(), second.display());
    let circle = format!(
        "error: SB0203: {first}: contradictory ELF file: tells the checksum of {second}, which depends on its own"
    );
    assert!(said.contains(&circle), "{said}");
    let before = nar::hash(Path::new(&lab.compile)).unwrap();
    let masked = mask(&lab);
    assert_eq!(masked.status.code(), Some(1));
    let said = String::from_utf8_lossy(&masked.stderr);
    assert!(said.contains(&circle), "{said}");
    assert_eq!(nar::hash(Path::new(&lab.compile)).unwrap(), before);
}

/// Of another file than so far.
fn tell_again(file: &Path, debug_file: &Path) {
    let name = file.to_str().unwrap();
    tool("objcopy", &["--remove-section=.gnu_debuglink", name], b"");
    tell(file, debug_file);
}

/// With four bytes more, which give them this checksum (CRC-32, backwards).
fn with_crc(mut bytes: Vec<u8>, wanted: u32) -> Vec<u8> {
    let table: Vec<u32> = (0..256u32)
        .map(|byte| (0..8).fold(byte, |crc, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1))))
        .collect();
    let mut steps = [0; 4];
    let mut after = !wanted;
    for step in steps.iter_mut().rev() {
        *step = (0..256)
            .find(|&at: &usize| table[at] >> 24 == after >> 24)
            .unwrap();
        after = (after ^ table[*step]) << 8;
    }
    let mut crc = !debug_crc(io::Cursor::new(&bytes)).unwrap();
    for step in steps {
        bytes.push(crc as u8 ^ step as u8);
        crc = (crc >> 8) ^ table[step];
    }
    bytes
}
