//! What becomes of a file: by its first bytes, and for texts by what reads
//! files at such a place. Names alone decide nothing that contents can.

use serde::Serialize;

use crate::elf::FileKind;
use crate::interface::text;
use crate::tree;

/// How a file gets into the interface tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A shared object: a stub takes its place.
    Stub,
    /// An interface as text, in place of a shared object.
    Interface,
    /// Copied as it is: start-up objects, archives, what `--include` names.
    Copy,
    LinkerScript,
    PkgConfig,
    CMake,
    /// A script that is run: `bin/foo-config`.
    ConfigScript,
    /// A script that is sourced: `nix-support/setup-hook`.
    SetupHook,
    Gir,
    Typelib,
    /// A header, or another text that cannot say where it lies.
    Header,
    /// A program that a CMake export names, or all of them with `--programs`:
    /// there, but not to be run.
    Program,
}

/// Why a file is not in the interface tree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    Excluded,
    Executable,
    /// A shared object that nobody links: no SONAME, and no library by name
    /// and place.
    PlugIn,
    DebugFile,
    ObjectFile,
    StaticArchive,
    LibtoolArchive,
    ManPage,
    Documentation,
    Locale,
    /// What `nix-support` says of the package itself: a tree propagates
    /// nothing.
    Propagation,
    /// A link to something that is left out.
    LinkToLeftOut,
    /// Nothing that compilers and linkers read.
    Other,
}

impl Reason {
    /// For "left out: 3 man pages".
    pub fn plural(&self) -> &'static str {
        match self {
            Reason::Excluded => "excluded",
            Reason::Executable => "programs",
            Reason::PlugIn => "plug-ins",
            Reason::DebugFile => "debug files",
            Reason::ObjectFile => "object files",
            Reason::StaticArchive => "static archives",
            Reason::LibtoolArchive => "libtool archives",
            Reason::ManPage => "man pages",
            Reason::Documentation => "documentation files",
            Reason::Locale => "locale files",
            Reason::Propagation => "nix-support files",
            Reason::LinkToLeftOut => "links to what is left out",
            Reason::Other => "other files",
        }
    }
}

/// What the first bytes of a file tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Glance {
    Keep(Role),
    LeaveOut(Reason),
    /// An ELF file: its headers decide.
    Elf,
    /// A text where a library would be: the whole of it decides.
    LinkerScript,
}

/// What user asked for that bears on judging.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wishes {
    /// Keep static archives (`--static`).
    pub archives: bool,
    /// Let programs be found (`--programs`).
    pub programs: bool,
}

/// How much of a file [`glance`] wants to see, in bytes.
pub const GLANCE: usize = 128;

/// What the file at `path` in the tree is, as far as its first [`GLANCE`] bytes
/// tell.
pub fn glance(path: &str, executable: bool, head: &[u8], wishes: Wishes) -> Glance {
    use Glance::{Keep, LeaveOut};
    let name = tree::file_name(path);
    if head.starts_with(b"\x7fELF") {
        return Glance::Elf;
    }
    if head.starts_with(b"!<arch>\n") || head.starts_with(b"!<thin>\n") {
        return if wishes.archives {
            Keep(Role::Copy)
        } else {
            LeaveOut(Reason::StaticArchive)
        };
    }
    if head.starts_with(text::HEAD) {
        return Keep(Role::Interface);
    }
    let is_script = head.starts_with(b"#!");
    if is_script && is_config_script(name) {
        return Keep(Role::ConfigScript);
    }
    if path == "nix-support/setup-hook" {
        return Keep(Role::SetupHook);
    }
    if path.starts_with("nix-support/") {
        return LeaveOut(Reason::Propagation);
    }
    if let Some(role) = text_role(path, name) {
        return Keep(role);
    }
    if head.starts_with(b"#") && name.ends_with(".la") {
        return LeaveOut(Reason::LibtoolArchive);
    }
    if in_library_folder(path) && is_library_name(name) && !is_script {
        return Glance::LinkerScript;
    }
    LeaveOut(reason_by_place(path, executable || is_script))
}

/// The same for an ELF file. `asked_for` is whether the user named it: as SRC,
/// or with `--include`.
pub fn elf(path: &str, kind: FileKind, asked_for: bool) -> Result<Role, Reason> {
    let name = tree::file_name(path);
    match kind {
        FileKind::SharedObject { has_soname, .. } => {
            let is_library = in_library_folder(path) && name.starts_with("lib");
            if has_soname || is_library || asked_for {
                Ok(Role::Stub)
            } else {
                Err(Reason::PlugIn)
            }
        }
        FileKind::Relocatable if is_start_up(path, name) => Ok(Role::Copy),
        FileKind::Relocatable => Err(Reason::ObjectFile),
        FileKind::Executable => Err(Reason::Executable),
        FileKind::DebugInfo => Err(Reason::DebugFile),
        FileKind::Other => Err(Reason::Other),
    }
}

/// `lib`, `lib32`, `lib64`, `libx32`, wherever they are, and the folder of a
/// machine in one of them (`lib/x86_64-linux-gnu`): where linkers look.
pub fn in_library_folder(path: &str) -> bool {
    let is_lib = |name: &str| matches!(name, "lib" | "lib32" | "lib64" | "libx32" | "");
    let folder = tree::parent(path);
    let above = tree::parent(folder);
    is_lib(tree::file_name(folder)) && !path.is_empty()
        || (is_lib(tree::file_name(above))
            && !above.is_empty()
            && is_triplet(tree::file_name(folder)))
}

/// `x86_64-linux-gnu`: a machine, perhaps a vendor, a kernel, an ABI.
fn is_triplet(name: &str) -> bool {
    let parts: Vec<&str> = name.split('-').collect();
    (3..=4).contains(&parts.len()) && parts.iter().skip(1).any(|part| *part == "linux")
}

/// What linkers try for `-lz`, and with a version, what they find there.
fn is_library_name(name: &str) -> bool {
    name.ends_with(".so") || name.contains(".so.") || name.ends_with(".a")
}

/// Where PATH leads.
pub fn in_program_folder(path: &str) -> bool {
    matches!(tree::parent(path), "bin" | "sbin")
}

/// `crt1.o` and its kin: compilers link them without being told, and find them
/// beside the libraries, or in their own folder.
fn is_start_up(path: &str, name: &str) -> bool {
    name.ends_with(".o") && (in_library_folder(path) || name.contains("crt"))
}

/// `foo-config`, `llvm-config-19`, `mysql_config`; also what nixpkgs' wrappers
/// make of it.
fn is_config_script(name: &str) -> bool {
    let name = name
        .strip_prefix('.')
        .and_then(|name| name.strip_suffix("-wrapped"))
        .unwrap_or(name);
    name.ends_with("-config") || name.ends_with("_config") || name.contains("-config-")
}

/// Texts that compilers and build systems read.
fn text_role(path: &str, name: &str) -> Option<Role> {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let mut folders = tree::parent(path).split('/');
    let mut below = |wanted: &str| folders.any(|folder| folder == wanted);
    match extension {
        "pc" => Some(Role::PkgConfig),
        "cmake" => Some(Role::CMake),
        "gir" => Some(Role::Gir),
        "typelib" => Some(Role::Typelib),
        "vapi" | "h" | "hh" | "hpp" | "hxx" | "tcc" | "modulemap" => Some(Role::Header),
        "deps" if below("vapi") => Some(Role::Header),
        "m4" if below("aclocal") => Some(Role::Header),
        // What gcc reads for -fopenmp and --specs.
        "spec" | "specs" if in_library_folder(path) => Some(Role::Header),
        // C++ headers need no extension; CMake packages bring templates.
        _ if below("include") => Some(Role::Header),
        _ => tree::parent(path)
            .split('/')
            .any(|folder| folder == "cmake")
            .then_some(Role::Header),
    }
}

fn reason_by_place(path: &str, executable: bool) -> Reason {
    let mut folders = tree::parent(path).split('/').rev();
    for folder in folders.by_ref() {
        match folder {
            "man" => return Reason::ManPage,
            "locale" | "i18n" => return Reason::Locale,
            "doc" | "info" | "gtk-doc" | "devhelp" => return Reason::Documentation,
            _ => {}
        }
    }
    if executable {
        Reason::Executable
    } else {
        Reason::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARED: FileKind = FileKind::SharedObject {
        has_soname: false,
        is_stub: false,
    };

    #[test]
    fn libraries_lie_in_library_folders() {
        for path in [
            "lib/libz.so",
            "lib64/libz.so",
            "usr/lib/libz.so",
            "lib/x86_64-linux-gnu/libz.so",
            "usr/lib/aarch64-unknown-linux-gnu/libz.so",
            "libz.so",
        ] {
            assert!(in_library_folder(path), "{path}");
            assert_eq!(elf(path, SHARED, false), Ok(Role::Stub), "{path}");
        }
        for path in [
            "lib/gcc/x86_64-linux-gnu/liblto_plugin.so",
            "lib/postgresql/libpqwalreceiver.so",
            "lib/x86_64-linux-gnu/gconv/libJIS.so",
            "bin/libz.so",
        ] {
            assert_eq!(elf(path, SHARED, false), Err(Reason::PlugIn), "{path}");
        }
    }

    #[test]
    fn contents_come_before_names() {
        let look = |path, head: &[u8]| glance(path, false, head, Wishes::default());
        assert_eq!(look("include/strange.h", b"\x7fELF"), Glance::Elf);
        assert_eq!(
            look("lib/libz.so", b"!<arch>\n"),
            Glance::LeaveOut(Reason::StaticArchive)
        );
        assert_eq!(look("lib/libz.so", b"INPUT("), Glance::LinkerScript);
        assert_eq!(
            look("lib/libz.so.1", b"--- !ifs-v1\n"),
            Glance::Keep(Role::Interface)
        );
        assert_eq!(
            look("bin/z-config", b"\x00\x01"),
            Glance::LeaveOut(Reason::Other)
        );
        assert_eq!(
            look("bin/z-config", b"#!/bin/sh"),
            Glance::Keep(Role::ConfigScript)
        );
    }

    #[test]
    fn texts_are_kept_where_they_are_read() {
        let look = |path| glance(path, false, b"text", Wishes::default());
        for (path, role) in [
            ("include/c++/12/vector", Role::Header),
            ("lib/glib-2.0/include/glibconfig.h", Role::Header),
            ("lib/pkgconfig/zlib.pc", Role::PkgConfig),
            ("lib/cmake/z/z-config.cmake", Role::CMake),
            ("lib/cmake/z/main.cpp.in", Role::Header),
            ("share/aclocal/z.m4", Role::Header),
            ("share/gir-1.0/Z-1.gir", Role::Gir),
            ("lib/girepository-1.0/Z-1.typelib", Role::Typelib),
            ("share/vala/vapi/z.deps", Role::Header),
            ("nix-support/setup-hook", Role::SetupHook),
        ] {
            assert_eq!(look(path), Glance::Keep(role), "{path}");
        }
        for (path, reason) in [
            ("share/man/man3/z.3", Reason::ManPage),
            ("share/locale/de/LC_MESSAGES/z.mo", Reason::Locale),
            ("share/doc/z/README", Reason::Documentation),
            ("nix-support/propagated-build-inputs", Reason::Propagation),
            ("share/z/data", Reason::Other),
        ] {
            assert_eq!(look(path), Glance::LeaveOut(reason), "{path}");
        }
    }
}
