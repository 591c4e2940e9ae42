//! What stands for what: relink's instructions.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::startup::Way;

/// Which output of compile becomes which final one, and what stands in for
/// which real outputs.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
    /// The package's name, for messages.
    #[serde(default)]
    pub package: String,
    pub outputs: BTreeMap<String, Output>,
    #[serde(default)]
    pub stand_ins: Vec<StandIn>,
    /// Globs: files of which nothing is proven, relative to their output.
    #[serde(default)]
    pub exempt: Vec<String>,
    /// What is only a warning otherwise is a problem.
    #[serde(default)]
    pub strict: bool,
    /// Whether and how programs are to start faster.
    #[serde(default)]
    pub startup: Option<Way>,
    /// Whether libraries are bound to their own functions.
    #[serde(default)]
    pub bind_own_functions: bool,
}

/// One output of the package, as store paths whose names have one length.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    pub compile: String,
    pub r#final: String,
}

/// A store path that compile's outputs hold, masked or not, in place of others.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StandIn {
    /// Masked or not, whichever is at hand.
    pub path: String,
    /// Which of the real outputs it was made for, if it was for one.
    #[serde(default)]
    pub output: Option<String>,
    /// No build has found it among its inputs, so none has taken it for the place
    /// that its files were installed to: by itself it means its output.
    #[serde(default)]
    pub named: bool,
    /// The real outputs by name: all that the package has, since a stand-in
    /// holds what lies in any of them.
    pub real: BTreeMap<String, String>,
    /// The interface tree that was compiled against, if it is one: the real
    /// outputs must still provide it.
    #[serde(default)]
    pub interface: Option<String>,
    /// They need not provide more of it than the package imports.
    #[serde(default)]
    pub imports_suffice: bool,
}

impl StandIn {
    /// The real outputs, the one that the stand-in was made for first.
    pub fn outputs(&self) -> impl Iterator<Item = &str> {
        let own = self.own();
        let others = self.real.values().map(String::as_str);
        own.into_iter()
            .chain(others.filter(move |path| Some(*path) != own))
    }

    /// The real output that the stand-in was made for.
    pub fn own(&self) -> Option<&str> {
        let name = self.output.as_ref()?;
        self.real.get(name).map(String::as_str)
    }
}
