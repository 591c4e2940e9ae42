//! `stub-builder relink`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use super::Proof;
use crate::builder::{self, Attributes};
use crate::commands::placement::Placement;
use crate::commands::relink::Options;
use crate::problem::{Fault, Problem};
use crate::relink::manifest::{Manifest, Output, StandIn};
use crate::relink::startup::Way;

#[derive(Debug, Args)]
pub struct Relink {
    /// What stands for what, in JSON; see "relink" in the README
    #[arg(long, value_name = "FILE")]
    pub manifest: Option<PathBuf>,

    /// An output: where compile has left it, and where it goes
    #[arg(long = "output", value_name = "NAME=COMPILE:FINAL", value_parser = output)]
    pub outputs: Vec<(String, Output)>,

    /// A path in these outputs, and the real outputs it stands for
    ///
    /// If it is an interface tree, the real outputs must still provide it.
    #[arg(long = "stand-in", value_name = "PATH:NAME=REAL[:NAME=REAL...]", value_parser = stand_in)]
    pub stand_ins: Vec<StandIn>,

    #[command(flatten)]
    pub proof: Proof,

    /// Spare programs the search for their libraries: see docs/startup.md
    #[arg(long, value_name = "WAY")]
    pub startup: Option<Way>,

    /// Bind libraries to their own functions: see docs/startup.md
    #[arg(long)]
    pub bind_own_functions: bool,

    /// Print a report in JSON
    #[arg(long)]
    pub json: bool,

    /// How many threads to use [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
}

impl Relink {
    /// What to do, `attributes` being those of the derivation that is built.
    pub fn options(self, attributes: Option<&Attributes>) -> Result<Options, Problem> {
        let from_attributes = attributes.filter(|_| self.manifest.is_none());
        let mut manifest = match (
            &self.manifest,
            from_attributes.and_then(|all| all.json("manifest")),
        ) {
            (Some(path), _) => read(path)?,
            (None, Some(value)) => parse(value?, "manifest")?,
            (None, None) => Manifest::default(),
        };
        let in_build = from_attributes.is_some();
        manifest.outputs.extend(self.outputs);
        manifest.stand_ins.extend(self.stand_ins);
        manifest.exempt.extend(self.proof.exempt);
        manifest.strict |= self.proof.strict;
        manifest.startup = self.startup.or(manifest.startup);
        manifest.bind_own_functions |= self.bind_own_functions;
        if manifest.outputs.is_empty() {
            let what = "no outputs: there is nothing to relink".to_owned();
            return Err(Fault::Manifest { what }.at("manifest"));
        }
        Ok(Options {
            manifest,
            store_dir: builder::store_dir(),
            placement: if in_build {
                Placement::Direct
            } else {
                Placement::Atomic
            },
        })
    }
}

fn read(path: &Path) -> Result<Manifest, Problem> {
    let at = path.display().to_string();
    let text = fs::read(path).map_err(|error| {
        Fault::Io {
            action: "read the manifest",
            cause: error.to_string(),
        }
        .at(at.clone())
    })?;
    serde_json::from_slice(&text).map_err(|error| {
        let what = error.to_string();
        Fault::Manifest { what }.at(at)
    })
}

fn parse(value: serde_json::Value, at: &str) -> Result<Manifest, Problem> {
    serde_json::from_value(value).map_err(|error| {
        let what = error.to_string();
        Fault::Manifest { what }.at(at)
    })
}

/// `NAME=COMPILE:FINAL`
fn output(text: &str) -> Result<(String, Output), &'static str> {
    let parts = text.split_once('=').and_then(|(name, paths)| {
        let (compile, r#final) = paths.split_once(':')?;
        Some((name, compile, r#final))
    });
    let (name, compile, r#final) = parts.ok_or("not of the form NAME=COMPILE:FINAL")?;
    let output = Output {
        compile: compile.to_owned(),
        r#final: r#final.to_owned(),
    };
    Ok((name.to_owned(), output))
}

/// `PATH:NAME=REAL[:NAME=REAL...]`
fn stand_in(text: &str) -> Result<StandIn, &'static str> {
    let mut parts = text.split(':');
    let path = parts.next().unwrap_or_default().to_owned();
    let real: Option<BTreeMap<String, String>> = parts
        .map(|part| {
            let (name, real) = part.split_once('=')?;
            Some((name.to_owned(), real.to_owned()))
        })
        .collect();
    let real = real.filter(|real| !real.is_empty());
    Ok(StandIn {
        interface: Path::new(&path).is_dir().then(|| path.clone()),
        real: real.ok_or("not of the form PATH:NAME=REAL")?,
        output: None,
        named: false,
        imports_suffice: false,
        path,
    })
}
