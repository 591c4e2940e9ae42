//! What compile leaves, with references to replace.

use std::collections::BTreeMap;
use std::io::{Seek, SeekFrom, Write};

use stub_builder::elf;
use stub_builder::relink::edit::Editor;
use stub_builder::relink::hidden;
use stub_builder::relink::manifest::{Manifest, Output, StandIn};
use stub_builder::relink::search_path;
use stub_builder::relink::target::{Context, Kind, World};

const STORE: &str = "/s";
const COMPILE: &str = "/s/4i2k9x8wq7v6szrpnmlkj1hgfdac0c5b-hello";
const FINAL: &str = "/s/5b4i2k9x8wq7v6szrpnmlkj1hgfdac0c-hello";
const TREE: &str = "/s/c5b4i2k9x8wq7v6szrpnmlkj1hgfdac0-greet--------------------=.";
const REAL: &str = "/s/b4i2k9x8wq7v6szrpnmlkj1hgfdac0c5-greet-1.0";

/// Half of all paths are there.
struct Half;

impl World for Half {
    fn kind(&self, path: &str) -> Option<Kind> {
        match path.len() % 4 {
            0 => Some(Kind::Directory),
            1 => Some(Kind::File),
            _ => None,
        }
    }

    fn has_libraries(&self, path: &str) -> bool {
        path.len() % 2 == 0
    }
}

fn manifest() -> Manifest {
    let output = Output {
        compile: COMPILE.into(),
        r#final: FINAL.into(),
    };
    Manifest {
        outputs: BTreeMap::from([("out".into(), output)]),
        stand_ins: vec![StandIn {
            path: TREE.into(),
            real: BTreeMap::from([("out".into(), REAL.into())]),
            ..StandIn::default()
        }],
        ..Manifest::default()
    }
}

/// What was replaced is gone, and what takes its place has its length.
pub fn rewrite(data: &[u8]) {
    let manifest = manifest();
    let editor = Editor::new(&manifest, STORE, Half).unwrap();
    if let Ok((text, count)) = editor.rewrite(data, Context::Elsewhere) {
        assert!(count.count() > 0 || text == data);
    }
    let mut fitted = data.to_vec();
    editor.find(data, |found| {
        let replacement = editor.replacement(data, found, Context::Elsewhere);
        let Ok(replacement) = replacement else {
            return;
        };
        if let Ok(bytes) = editor.fit(data, &replacement) {
            assert_eq!(bytes.len(), replacement.range.len());
            fitted[replacement.range].copy_from_slice(&bytes);
        }
    });
    let strings = elf::StringUsers::new(data);
    if let Ok(Some(search)) = strings.and_then(|strings| strings.search_path()) {
        for range in search.paths {
            let path = &data[range];
            if let Ok(Some(new)) = search_path::rewrite(&editor, path, &search.needed) {
                assert_eq!(new.len(), path.len());
            }
        }
    }
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(data).unwrap();
    file.seek(SeekFrom::Start(0)).unwrap();
    let head = &data[..data.len().min(hidden::HEAD)];
    let length = data.len() as u64;
    if let Ok(looked) = hidden::look(&editor, &file, length, head) {
        let _ = hidden::mend(&editor, &file, &looked);
    }
}
