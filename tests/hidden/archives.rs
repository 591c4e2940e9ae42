//! Files that are looked into and left alone.

use super::*;

const ZIP: &str = "
import sys, zipfile
text = open('text').read()
with open(sys.argv[1], 'wb') as f:
    f.write(sys.argv[2].encode())
    with zipfile.ZipFile(f, 'a') as z:
        z.writestr('META-INF/MANIFEST.MF', 'Version: 1\\n')
        z.writestr('stored', text, zipfile.ZIP_STORED)
        z.writestr('doc/x.html', text, zipfile.ZIP_DEFLATED)
";

#[test]
fn members_of_zip_archives_are_told() {
    for front in ["", "#!/usr/bin/env python3\n"] {
        let directory = TempDir::new().unwrap();
        let text = format!("x {COMPILE}/lib");
        write(directory.path(), "text", text.as_bytes());
        run("python3", &["-c", ZIP, "x.jar", front], directory.path());
        let path = directory.path().join("x.jar");
        let before = fs::read(&path).unwrap();
        let faults = Relink::new().mend(&path).unwrap_err();
        let expected = [
            ("member stored of the zip archive", name(COMPILE)),
            ("member doc/x.html of the zip archive", name(COMPILE)),
        ];
        assert_eq!(places(&faults), expected);
        assert!(fs::read(&path).unwrap() == before, "opaque");
    }
}

#[test]
fn xz_and_zstd_files_are_told() {
    for (program, place) in [
        ("xz", "xz-compressed data"),
        ("zstd", "zstd-compressed data"),
    ] {
        let directory = TempDir::new().unwrap();
        write(directory.path(), "x", &text(300_000));
        let mut file = run(program, &["-c", "x"], directory.path());
        // Two streams are one.
        file.extend_from_within(..);
        let path = write(directory.path(), "y", &file);
        let faults = Relink::new().mend(&path).unwrap_err();
        let stand_in = stand_in();
        let expected = [(place, name(COMPILE)), (place, name(&stand_in))];
        assert_eq!(places(&faults), expected);
        assert!(fs::read(&path).unwrap() == file);
    }
}
