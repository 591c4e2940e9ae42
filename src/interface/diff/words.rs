//! Phrases that several changes need.

use std::collections::BTreeSet;

use bstr::{BStr, ByteSlice};

use crate::interface::mangled::outermost_scope;
use crate::interface::policy::foreign_scope;
use crate::interface::{Binding, Definition, Kind, Placement, Symbol};

/// As the tools write it: `name@@version` for the default, `name@version` else.
pub(super) fn shown(symbol: &Symbol) -> String {
    match symbol.version {
        None => symbol.name.to_string(),
        Some(version) if symbol.hidden => format!("{}@{version}", symbol.name),
        Some(version) => format!("{}@@{version}", symbol.name),
    }
}

/// What to add if the project keeps this version to itself.
pub(super) fn private(version: &BStr) -> String {
    if version.to_ascii_lowercase().contains_str("private") {
        format!(
            "; private version node ({version}): only the project's own libraries use it (--drop-private '{version}' leaves it out)"
        )
    } else {
        String::new()
    }
}

/// Why a symbol may have come or gone without anyone wanting it.
pub(super) fn origin<'a>(symbol: &Symbol<'a>, own: &BTreeSet<&'a [u8]>) -> String {
    if let Some(version) = symbol.version
        && symbol.is_defined()
        && !private(version).is_empty()
    {
        return private(version);
    }
    if let Some(scope) = foreign_scope(symbol, own) {
        return format!(
            "; weak C++ symbol of a foreign namespace ({}::): an inlined template, which comes and goes with the compiler, and of which programs have their own copy (--drop-foreign-templates leaves it out)",
            String::from_utf8_lossy(scope)
        );
    }
    let inline = matches!(symbol.binding, Binding::Weak | Binding::Unique);
    if inline && symbol.is_defined() && symbol.name.starts_with(b"_Z") {
        let scope = outermost_scope(symbol.name).map_or(&b""[..], |scope| scope.name);
        return format!(
            "; weak C++ symbol of the library's own{}{}: an inline function or template, of which programs usually have their own copy",
            if scope.is_empty() { "" } else { " namespace " },
            String::from_utf8_lossy(scope)
        );
    }
    String::new()
}

pub(super) fn kind(kind: Kind) -> String {
    match kind {
        Kind::NoType => "no type".into(),
        Kind::Object => "data".into(),
        Kind::Function => "function".into(),
        Kind::Common => "common data".into(),
        Kind::Tls => "thread-local data".into(),
        Kind::IndirectFunction => "indirect function".into(),
        Kind::Other(number) => format!("type {number}"),
    }
}

pub(super) fn binding(binding: Binding) -> String {
    match binding {
        Binding::Global => "global".into(),
        Binding::Weak => "weak".into(),
        Binding::Unique => "unique".into(),
        Binding::Other(number) => format!("binding {number}"),
    }
}

pub(super) fn definition(definition: &Definition) -> &'static str {
    match definition {
        Definition::Undefined { .. } => "undefined",
        Definition::Code { .. } => "code",
        Definition::Data { .. } => "data",
        Definition::Tls { .. } => "thread-local data",
        Definition::Absolute { .. } => "a number",
    }
}

pub(super) fn placement(placement: Placement) -> &'static str {
    match placement {
        Placement::ReadOnly => "read-only data",
        Placement::DataRelRo => ".data.rel.ro, read-only after relocation",
        Placement::RelRo => "read-only after relocation",
        Placement::RelRoZero => "zeros, read-only after relocation",
        Placement::Data => "writable data",
        Placement::Zero => "writable zeros (.bss)",
    }
}

pub(super) fn is_writable(placement: Placement) -> bool {
    matches!(placement, Placement::Data | Placement::Zero)
}

/// `st_other`.
pub(super) fn visibility(other: u8) -> String {
    let visibility = match other & 3 {
        0 => "default",
        1 => "internal",
        2 => "hidden",
        _ => "protected",
    };
    match other & !3 {
        0 => visibility.into(),
        rest => format!("{visibility}, calling details {rest:#x}"),
    }
}
