//! How long a build took, by its log: Nix makes the file when the build starts
//! (libstore, openLogFile), and writes to it for the last time when that ends.

use std::env;
use std::fs;
use std::path::PathBuf;

use crate::tree::file_name;

/// Of the last build of a derivation on this machine, if there is a log of it.
pub(super) fn seconds(derivation: &str) -> Option<f64> {
    let name = file_name(derivation);
    let (first, rest) = name.split_at_checked(2)?;
    let directory = log_directory()?.join("drvs").join(first);
    let meta = fs::metadata(directory.join(format!("{rest}.bz2")));
    let meta = meta.or_else(|_| fs::metadata(directory.join(rest))).ok()?;
    let took = meta.modified().ok()?.duration_since(meta.created().ok()?);
    took.ok().map(|took| took.as_secs_f64())
}

/// Where Nix keeps them, unless the store is somewhere else.
fn log_directory() -> Option<PathBuf> {
    if let Some(directory) = env::var_os("NIX_LOG_DIR") {
        return Some(directory.into());
    }
    let store = env::var("NIX_REMOTE").unwrap_or_default();
    let root = match store.as_str() {
        "" | "auto" | "daemon" | "local" => "",
        other => other.strip_prefix("local?root=").unwrap_or(other),
    };
    let is_directory = root.is_empty() || root.starts_with('/');
    is_directory.then(|| PathBuf::from(format!("{root}/nix/var/log/nix")))
}
