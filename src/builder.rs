//! What Nix tells a builder: the derivation's attributes, how many cores to
//! use, and where to say which phase it is in.

use std::env;
use std::fs;
use std::io::Write;
use std::os::fd::FromRawFd;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::problem::{Fault, Problem};

/// A derivation's attributes.
#[derive(Debug)]
pub enum Attributes {
    /// Strings in the environment; lists have spaces between their elements,
    /// `true` is `1` and `false` the empty string (libexpr, coerceToString).
    Environment,
    /// `.attrs.json` of a derivation with `__structuredAttrs`.
    Structured(Value),
}

impl Attributes {
    /// The attributes of the derivation that is being built; `None` outside of
    /// a build.
    pub fn of_build() -> Result<Option<Attributes>, Problem> {
        let Some(top) = env::var_os("NIX_BUILD_TOP") else {
            return Ok(None);
        };
        // Nix 2.8 names a file that doesn't exist, but writes this one.
        let named = env::var_os("NIX_ATTRS_JSON_FILE").map(PathBuf::from);
        let written = Path::new(&top).join(".attrs.json");
        for path in named.into_iter().chain([written]) {
            match fs::read(&path) {
                Ok(text) => {
                    let fault = |what: String| Fault::Environment { what };
                    let value = serde_json::from_slice(&text).map_err(|error| {
                        fault(format!("not JSON: {error}")).at(path.display().to_string())
                    })?;
                    return Ok(Some(Attributes::Structured(value)));
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => {
                    return Err(Fault::Io {
                        action: "read the derivation's attributes",
                        cause: error.to_string(),
                    }
                    .at(path.display().to_string()));
                }
            }
        }
        Ok(Some(Attributes::Environment))
    }

    /// An attribute that is one string.
    pub fn string(&self, name: &str) -> Option<String> {
        let value = match self {
            Attributes::Environment => env::var(name).ok(),
            Attributes::Structured(all) => all.get(name)?.as_str().map(str::to_owned),
        };
        value.filter(|value| !value.is_empty())
    }

    /// An attribute that is a list, or one element of it.
    pub fn list(&self, name: &str) -> Vec<String> {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        match self {
            Attributes::Environment => env::var(name).map(|text| words(&text)).unwrap_or_default(),
            Attributes::Structured(all) => match all.get(name) {
                Some(Value::Array(elements)) => elements
                    .iter()
                    .filter_map(|element| element.as_str().map(str::to_owned))
                    .collect(),
                Some(Value::String(element)) => vec![element.clone()],
                _ => Vec::new(),
            },
        }
    }

    /// An attribute that is JSON: a string that holds it, or the value itself.
    pub fn json(&self, name: &str) -> Option<Result<Value, Problem>> {
        match self {
            Attributes::Environment => {
                let text = self.string(name)?;
                Some(serde_json::from_str(&text).map_err(|error| {
                    let what = format!("not JSON: {error}");
                    Fault::Environment { what }.at(name)
                }))
            }
            Attributes::Structured(all) => all.get(name).cloned().map(Ok),
        }
    }

    /// An attribute that is true or false.
    pub fn flag(&self, name: &str) -> bool {
        match self {
            Attributes::Environment => env::var(name).is_ok_and(|text| !text.is_empty()),
            Attributes::Structured(all) => all.get(name).and_then(Value::as_bool).unwrap_or(false),
        }
    }

    /// The path of the output `out`.
    pub fn out(&self) -> Option<String> {
        match self {
            Attributes::Environment => self.string("out"),
            Attributes::Structured(all) => {
                all.get("outputs")?.get("out")?.as_str().map(str::to_owned)
            }
        }
    }
}

/// `NIX_BUILD_CORES`; 0 means all of them, and so does nothing.
pub fn cores() -> usize {
    env::var("NIX_BUILD_CORES")
        .ok()
        .and_then(|cores| cores.parse().ok())
        .unwrap_or(0)
}

/// Where store paths lie.
pub fn store_dir() -> String {
    env::var("NIX_STORE")
        .ok()
        .map(|directory| directory.trim_end_matches('/').to_owned())
        .filter(|directory| directory.starts_with('/'))
        .unwrap_or_else(|| "/nix/store".to_owned())
}

/// Tells Nix which phase the build is in, if it listens (libstore,
/// `handleJSONLogMessage`). Nothing depends on it, so a failure is none.
#[allow(unsafe_code)]
pub fn announce_phase(phase: &str) {
    let Some(fd) = env::var("NIX_LOG_FD").ok().and_then(|fd| fd.parse().ok()) else {
        return;
    };
    let message = serde_json::json!({ "action": "setPhase", "phase": phase });
    // SAFETY: Nix opened it for this purpose; it is not closed here.
    let mut log = std::mem::ManuallyDrop::new(unsafe { fs::File::from_raw_fd(fd) });
    let _ = log.write_all(format!("@nix {message}\n").as_bytes());
}
