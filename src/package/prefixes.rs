//! What an absolute path in a text file stands for.

use std::collections::BTreeSet;

use crate::tree;

/// The places where a package lies and what its tree will hold.
#[derive(Debug, Default)]
pub struct Prefixes {
    /// Absolute paths of the package's outputs, without a trailing slash.
    pub outputs: Vec<String>,
    /// Usually `/nix/store`.
    pub store_dir: String,
    /// The placeholder under which a file that cannot say where it lies names
    /// its own package; see [`crate::store::placeholder`].
    pub placeholder: String,
    /// Paths in the merged package, directories, links and files alike, left
    /// out or not.
    pub paths: BTreeSet<String>,
}

/// Where an absolute path leads.
#[derive(Debug, PartialEq, Eq)]
pub enum Place {
    /// Into the package: the path in its tree, `""` for the root.
    Own(String),
    /// To another store path: everything from the store directory on.
    Foreign,
    /// Out of the store.
    Outside,
}

impl Prefixes {
    /// `path` is absolute and may hold `..` and doubled slashes; a file that
    /// does not exist is still `Own` if it lies below an output.
    pub fn place(&self, path: &str) -> Place {
        let Some(clean) = tree::normal(path) else {
            return Place::Outside;
        };
        let below = |prefix: &str| {
            let prefix = prefix.trim_matches('/');
            let rest = clean.strip_prefix(prefix)?;
            if rest.is_empty() || rest.starts_with('/') {
                Some(rest.trim_start_matches('/').to_owned())
            } else {
                None
            }
        };
        // An output inside another one is its own root: longest first.
        let own = self
            .outputs
            .iter()
            .filter_map(|output| below(output))
            .min_by_key(String::len);
        match own {
            Some(path) => Place::Own(path),
            None if below(&self.store_dir).is_some_and(|rest| !rest.is_empty()) => Place::Foreign,
            None => Place::Outside,
        }
    }
}
