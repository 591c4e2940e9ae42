//! What to leave out of interfaces beyond what changes with the implementation
//! alone. Each choice has a risk, which `docs/policies.md` tells.

use std::collections::BTreeSet;

use bstr::BStr;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::mangled::outermost_scope;
use super::normalize::number_objects;
use super::{Binding, Interface, Symbol, normalize, normalize_with_undefined};
use crate::problem::Fault;

/// Off by default, every one of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// Globs: version nodes that match go, with all that is defined in them.
    pub drop_private: Vec<String>,
    /// Weak C++ symbols go if the library has no other kind of symbol in their
    /// namespace.
    pub drop_foreign_templates: bool,
    /// Undefined symbols stay, whoever defines them.
    pub keep_undefined: bool,
}

impl Policy {
    /// What either of them leaves out, so that two interfaces can be compared.
    pub fn union(&self, other: &Policy) -> Policy {
        let patterns: BTreeSet<&String> = self
            .drop_private
            .iter()
            .chain(&other.drop_private)
            .collect();
        Policy {
            drop_private: patterns.into_iter().cloned().collect(),
            drop_foreign_templates: self.drop_foreign_templates || other.drop_foreign_templates,
            keep_undefined: self.keep_undefined || other.keep_undefined,
        }
    }

    /// Whether the patterns can be read.
    ///
    /// Fault: `BadGlob`.
    pub fn check(&self) -> Result<(), Fault> {
        self.private().map(|_| ())
    }

    /// The canonical form of an interface under this policy; see
    /// [`normalize()`] for `defined_elsewhere`.
    ///
    /// Fault: `BadGlob`.
    pub fn canonical<'a>(
        &self,
        interface: Interface<'a>,
        defined_elsewhere: impl Fn(&BStr) -> bool,
    ) -> Result<Interface<'a>, Fault> {
        let interface = self.reduce(interface)?;
        Ok(if self.keep_undefined {
            normalize_with_undefined(interface)
        } else {
            normalize(interface, defined_elsewhere)
        })
    }

    /// `interface` without the definitions that this policy drops.
    ///
    /// Fault: `BadGlob`.
    pub fn reduce<'a>(&self, mut interface: Interface<'a>) -> Result<Interface<'a>, Fault> {
        let private = self.private()?;
        if !private.is_empty() {
            drop_private(&mut interface, &private);
        }
        if self.drop_foreign_templates {
            drop_foreign_templates(&mut interface);
        }
        if !private.is_empty() || self.drop_foreign_templates {
            number_objects(&mut interface);
            let objects = &interface.objects;
            interface
                .alignments
                .retain(|placement, _| objects.iter().any(|o| o.placement == *placement));
        }
        Ok(interface)
    }

    fn private(&self) -> Result<GlobSet, Fault> {
        let bad = |error: globset::Error| Fault::BadGlob {
            cause: error.to_string(),
        };
        let mut set = GlobSetBuilder::new();
        for pattern in &self.drop_private {
            set.add(GlobBuilder::new(pattern).build().map_err(bad)?);
        }
        set.build().map_err(bad)
    }
}

fn drop_private(interface: &mut Interface, private: &GlobSet) {
    let is_private = |name: &BStr| {
        let name = String::from_utf8_lossy(name);
        private.is_match(name.as_ref())
    };
    interface.symbols.retain(|symbol| {
        let version = symbol.version.filter(|_| symbol.is_defined());
        !version.is_some_and(is_private)
    });
    interface
        .versions
        .retain(|version| version.base || !is_private(version.name));
    for version in &mut interface.versions {
        version.parents.retain(|parent| !is_private(parent));
    }
}

/// Whether a symbol is one of C++ that several objects may define.
fn is_mergeable(symbol: &Symbol) -> bool {
    symbol.is_defined() && matches!(symbol.binding, Binding::Weak | Binding::Unique)
}

/// The namespaces in which an interface defines what no header does, and all
/// classes that are in none.
pub(super) fn own_scopes<'a>(interface: &Interface<'a>) -> BTreeSet<&'a [u8]> {
    let defined = interface
        .symbols
        .iter()
        .filter(|symbol| symbol.is_defined());
    let own = defined.filter_map(|symbol| {
        let scope = outermost_scope(symbol.name)?;
        (scope.is_class || symbol.binding == Binding::Global).then_some(scope.name)
    });
    own.collect()
}

/// The namespace that a symbol was brought from, if it isn't one of `own`.
pub(super) fn foreign_scope<'a>(symbol: &Symbol<'a>, own: &BTreeSet<&'a [u8]>) -> Option<&'a [u8]> {
    let scope = outermost_scope(symbol.name).filter(|_| is_mergeable(symbol))?;
    (!own.contains(scope.name)).then_some(scope.name)
}

fn drop_foreign_templates(interface: &mut Interface) {
    let own = own_scopes(interface);
    interface
        .symbols
        .retain(|symbol| foreign_scope(symbol, &own).is_none());
}
