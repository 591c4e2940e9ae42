//! Text of wide characters.

use super::*;

#[test]
fn utf_16_and_utf_32_are_found_in_any_file() {
    let relink = Relink::new();
    let editor = relink.editor();
    let wide = Wide::new("/nix/store");
    for (width, big) in [(2, false), (2, true), (4, false), (4, true)] {
        let mut bytes = b"xyz".to_vec();
        for byte in format!(" {}/lib ", stand_in()).bytes() {
            let mut unit = vec![0; width];
            unit[if big { width - 1 } else { 0 }] = byte;
            bytes.extend(unit);
        }
        let mut all = Vec::new();
        let end = bytes.len();
        wide.find(&editor, &bytes, 0..end, |text| all.push(text));
        let expected = 3 + width + if big { width - 1 } else { 0 };
        assert_eq!(all.len(), 1);
        assert_eq!((all[0].at, all[0].width), (expected, width));
        assert_eq!(all[0].reference, name(&stand_in()));
        wide.find(&editor, &bytes, expected + 1..end, |text| {
            panic!("{text:?}")
        });

        // Somewhere inside too.
        let directory = TempDir::new().unwrap();
        write(directory.path(), "x", &bytes);
        run("gzip", &["x"], directory.path());
        let faults = relink.mend(&directory.path().join("x.gz")).unwrap_err();
        let reference = format!("{} in UTF-{}", name(&stand_in()), width * 8);
        assert_eq!(places(&faults), [("gzip-compressed data", &*reference)]);
    }
}
