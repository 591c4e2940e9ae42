//! There and back gives the original, whatever is around the references.

use std::collections::BTreeMap;

use proptest::prelude::*;

use stub_builder::relink::edit::Editor;
use stub_builder::relink::manifest::{Manifest, Output, StandIn};
use stub_builder::relink::target::{Context, Kind, World};

/// Everything is there.
struct Anything;

impl World for Anything {
    fn kind(&self, _: &str) -> Option<Kind> {
        Some(Kind::Directory)
    }

    fn has_libraries(&self, _: &str) -> bool {
        false
    }
}

const COMPILE: &str = "/nix/store/0c5b4i2k9x8wq7v6szrpnmlkj1hgfdac-hello-2";
const FINAL: &str = "/nix/store/1c5b4i2k9x8wq7v6szrpnmlkj1hgfdad-hello-2";
const TREE: &str = "/nix/store/2c5b4i2k9x8wq7v6szrpnmlkj1hgfdaf-zlib-interface=.";
const REAL: &str = "/nix/store/3c5b4i2k9x8wq7v6szrpnmlkj1hgfdag-zlib-1.3.1-x-0=.";

fn manifest(compile: &str, r#final: &str, tree: &str, real: &str) -> Manifest {
    let output = Output {
        compile: compile.to_owned(),
        r#final: r#final.to_owned(),
    };
    Manifest {
        outputs: BTreeMap::from([("out".to_owned(), output)]),
        stand_ins: vec![StandIn {
            path: tree.to_owned(),
            real: BTreeMap::from([("out".to_owned(), real.to_owned())]),
            ..StandIn::default()
        }],
        ..Manifest::default()
    }
}

/// All of `bytes` that can be replaced, replaced.
fn rewrite(manifest: &Manifest, bytes: &[u8]) -> Vec<u8> {
    let editor = Editor::new(manifest, "/nix/store", Anything).unwrap();
    let mut result = bytes.to_vec();
    editor.find(bytes, |found| {
        let replacement = editor
            .replacement(bytes, found, Context::Elsewhere)
            .unwrap();
        let text = editor.fit(bytes, &replacement).unwrap();
        result[replacement.range].copy_from_slice(&text);
    });
    assert!(!editor.finds(&result));
    result
}

fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        3 => proptest::collection::vec(any::<u8>(), 0..40),
        2 => Just(COMPILE.as_bytes().to_vec()),
        2 => Just(TREE.as_bytes().to_vec()),
        1 => "[a-z0-9/:. -]{0,40}".prop_map(String::into_bytes),
        1 => "/(lib|include|bin)/[a-z.]{0,8}".prop_map(String::into_bytes),
    ]
}

proptest! {
    #[test]
    fn there_and_back_gives_the_original(pieces in proptest::collection::vec(piece(), 0..12)) {
        let original = pieces.concat();
        let there = rewrite(&manifest(COMPILE, FINAL, TREE, REAL), &original);
        prop_assert_eq!(there.len(), original.len());
        let back = rewrite(&manifest(FINAL, COMPILE, REAL, TREE), &there);
        prop_assert_eq!(back, original);
    }
}
