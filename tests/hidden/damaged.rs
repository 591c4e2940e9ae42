//! Files that are not what they look like.

use super::*;

fn samples(folder: &Path) -> Vec<Vec<u8>> {
    let text = text(3000);
    write(folder, "x", &text);
    let script = "
import zipfile
z = zipfile.ZipFile('x.zip', 'w', zipfile.ZIP_DEFLATED)
z.write('x')
z.close()
";
    run("python3", &["-c", script], folder);
    let source = format!("#line 1 \"{}/x.h\"\nint x;", stand_in());
    write(folder, "y.c", source.as_bytes());
    run(
        "gcc",
        &["-g", "-flto", "-ffat-lto-objects", "-gz=zlib", "-c", "y.c"],
        folder,
    );
    run(
        "objcopy",
        &["--compress-debug-sections=zstd", "y.o", "z.o"],
        folder,
    );
    run(
        "objcopy",
        &["--compress-debug-sections=zlib-gnu", "y.o", "g.o"],
        folder,
    );
    run("ar", &["rc", "y.a", "y.o", "z.o"], folder);
    run("tar", &["czf", "x.tgz", "x"], folder);
    let mut samples: Vec<Vec<u8>> = ["gzip", "xz", "zstd"]
        .map(|program| run(program, &["-c", "x"], folder))
        .into();
    for name in ["x.zip", "y.o", "z.o", "g.o", "y.a", "x.tgz"] {
        samples.push(fs::read(folder.join(name)).unwrap());
    }
    samples
}

/// Whatever is wrong with a file, nothing panics, and what doesn't inflate
/// is bytes.
#[test]
fn damaged_files_do_no_harm() {
    let directory = TempDir::new().unwrap();
    let folder = directory.path();
    let samples = samples(folder);
    let path = folder.join("damaged");
    let relink = Relink::new();
    let editor = relink.editor();
    let try_it = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        let looked = relink.look(&path);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(&path)
            .unwrap();
        let _ = hidden::mend(&editor, &file, &looked);
    };
    let mut random = 1u64;
    for sample in &samples {
        let step = (sample.len() / 60).max(1);
        for length in (0..sample.len()).step_by(step) {
            try_it(&sample[..length]);
        }
        for _ in 0..80 {
            let mut bytes = sample.clone();
            for _ in 0..3 {
                random = random
                    .wrapping_mul(6364136223846793005)
                    .wrapping_add(1442695040888963407);
                let at = (random >> 33) as usize % bytes.len();
                bytes[at] ^= 1 << (random >> 20 & 7);
            }
            try_it(&bytes);
        }
    }
}

#[test]
fn what_only_looks_compressed_is_bytes() {
    let directory = TempDir::new().unwrap();
    for magic in [
        &b"\x1f\x8b\x08\0"[..],
        b"\x28\xb5\x2f\xfd",
        b"\xfd7zXZ\0",
        b"PK\x03\x04",
        b"!<arch>\n",
        b"\x7fELF\x02\x01\x01",
    ] {
        let bytes = [magic, &text(2000)].concat();
        let path = write(directory.path(), "x", &bytes);
        let looked = Relink::new().look(&path);
        assert_eq!((looked.hidden.len(), looked.opaque.len()), (0, 0));
    }
}

/// What was found in front of where a stream breaks off is there.
#[test]
fn a_truncated_file_with_a_reference_is_told() {
    let directory = TempDir::new().unwrap();
    write(directory.path(), "x", &text(100_000));
    for program in ["gzip", "xz"] {
        let mut file = run(program, &["-c", "x"], directory.path());
        file.truncate(file.len() - 9);
        let path = write(directory.path(), "y", &file);
        let faults = Relink::new().mend(&path).unwrap_err();
        assert!(!places(&faults).is_empty());
    }
}
