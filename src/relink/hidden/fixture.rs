//! What the tests beside the code look for.

use std::collections::BTreeMap;

use crate::relink::edit::Editor;
use crate::relink::manifest::{Manifest, Output, StandIn};
use crate::relink::target::{Kind, World};

pub const COMPILE: &str = "/nix/store/3d7k1vza0nqx9g5fb2rwy8hl6smpc4ji-program-1.0";
const FINAL: &str = "/nix/store/q8c5b4i2k9x8wq7v6szrpnmlkj1hgfda-program-1.0";
const REAL: &str = "/nix/store/w3x8s5jq0dbf2v6hkagr9y1nplz4mc7i-zlib-1.3.1";

/// A real output that has whatever is asked for.
pub struct Everything;

impl World for Everything {
    fn kind(&self, _: &str) -> Option<Kind> {
        Some(Kind::File)
    }

    fn has_libraries(&self, _: &str) -> bool {
        true
    }
}

/// This package's output, and a stand-in for zlib.
pub fn manifest() -> Manifest {
    let output = Output {
        compile: COMPILE.to_owned(),
        r#final: FINAL.to_owned(),
    };
    let zlib = StandIn {
        path: crate::store::placeholder("zlib"),
        real: BTreeMap::from([("out".to_owned(), REAL.to_owned())]),
        ..StandIn::default()
    };
    Manifest {
        outputs: BTreeMap::from([("out".to_owned(), output)]),
        stand_ins: vec![zlib],
        ..Manifest::default()
    }
}

pub fn editor(manifest: &Manifest) -> Editor<'_, Everything> {
    Editor::new(manifest, "/nix/store", Everything).expect("a manifest for tests")
}
