//! One library in a directory of its own: `real/` holds it, `exact/` and
//! `canonical/` its stubs, and the same command run in each meets it under the
//! same name.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;

use bstr::BStr;
use stub_builder::interface::Interface;
use tempfile::TempDir;

use crate::assembly::{Variant, assembly};
use crate::library::Library;
use crate::machines::Linker;

/// How often symbols that a linker refuses are taken out.
const MOST_ATTEMPTS: usize = 5;

/// What became of a link.
#[derive(PartialEq, Eq)]
pub struct Linked {
    /// Exit status, or a signal as shells tell it.
    pub status: i32,
    pub messages: String,
    /// Of a link that succeeded.
    pub output: Option<Vec<u8>>,
}

/// A link against the real library.
pub struct Reference {
    /// The object that was linked, without the symbols that the linker refuses.
    object: String,
    pub linked: Linked,
    /// The messages of the first attempt, if it failed.
    pub refused: Option<String>,
}

pub struct Bench<'a> {
    library: &'a Library,
    interface: &'a Interface<'a>,
    cross: &'a Path,
    directory: PathBuf,
    /// Removed at the end.
    _temporary: Option<TempDir>,
    /// By variant and what is left out of it.
    objects: BTreeMap<(Variant, BTreeSet<&'a BStr>), String>,
    references: BTreeMap<(Variant, Linker, BTreeSet<&'a BStr>), Rc<Reference>>,
}

impl<'a> Bench<'a> {
    pub fn new(
        library: &'a Library,
        interface: &'a Interface<'a>,
        cross: &'a Path,
        keep: Option<&Path>,
    ) -> std::io::Result<Bench<'a>> {
        let temporary = match keep {
            Some(_) => None,
            None => Some(tempfile::tempdir()?),
        };
        let directory = match (keep, &temporary) {
            (Some(keep), _) => keep.join(library.machine.name).join(&library.soname),
            (None, Some(temporary)) => temporary.path().to_owned(),
            (None, None) => PathBuf::new(),
        };
        fs::create_dir_all(&directory)?;
        let real = directory.join("real");
        fs::create_dir(&real)?;
        symlink(&library.path, real.join(&library.soname))?;
        Ok(Bench {
            library,
            interface,
            cross,
            directory,
            _temporary: temporary,
            objects: BTreeMap::new(),
            references: BTreeMap::new(),
        })
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Links against the real library; what its linker refuses is left out of
    /// the object, and so is `artefacts` from the start.
    pub fn reference(
        &mut self,
        variant: Variant,
        linker: Linker,
        artefacts: &BTreeSet<&'a BStr>,
    ) -> Result<Rc<Reference>, String> {
        let key = (variant, linker, artefacts.clone());
        if let Some(known) = self.references.get(&key) {
            return Ok(Rc::clone(known));
        }
        let symbols = self.interface.symbols.iter();
        let names: BTreeSet<&'a BStr> = symbols.map(|symbol| symbol.name).collect();
        let mut left_out = artefacts.clone();
        let mut refused = None;
        let mut attempts = 0;
        let (object, linked) = loop {
            let object = self.object(variant, &left_out)?;
            let linked = self.link("real", &object, variant, linker)?;
            attempts += 1;
            if linked.status == 0 {
                break (object, linked);
            }
            refused.get_or_insert_with(|| linked.messages.clone());
            let before = left_out.len();
            left_out.extend(words(&linked.messages).filter_map(|word| names.get(word)));
            if left_out.len() == before || attempts == MOST_ATTEMPTS {
                break (object, linked);
            }
        };
        let reference = Rc::new(Reference {
            object,
            linked,
            refused,
        });
        self.references.insert(key, Rc::clone(&reference));
        Ok(reference)
    }

    /// The same link in another directory.
    pub fn repeat(
        &self,
        reference: &Reference,
        side: &str,
        variant: Variant,
        linker: Linker,
    ) -> Result<Linked, String> {
        self.link(side, &reference.object, variant, linker)
    }

    fn object(
        &mut self,
        variant: Variant,
        left_out: &BTreeSet<&'a BStr>,
    ) -> Result<String, String> {
        let key = (variant, left_out.clone());
        if let Some(known) = self.objects.get(&key) {
            return Ok(known.clone());
        }
        let machine = self.library.machine;
        let name = format!("{}{}", variant.name(), self.objects.len());
        let source = assembly(machine, self.interface, variant, left_out);
        fs::write(self.path(&format!("{name}.s")), source).map_err(|error| error.to_string())?;
        let mut command = Command::new("clang-19");
        command.arg(format!("--target={}", machine.target));
        command.args(machine.assembler_flags);
        command.args(["-c", &format!("{name}.s"), "-o", &format!("{name}.o")]);
        let output = command
            .current_dir(&self.directory)
            .output()
            .map_err(|error| format!("clang-19: {error}"))?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        self.objects.insert(key, name.clone());
        Ok(name)
    }

    fn link(
        &self,
        side: &str,
        object: &str,
        variant: Variant,
        linker: Linker,
    ) -> Result<Linked, String> {
        let machine = self.library.machine;
        let program = machine.program(linker, self.cross);
        let object = format!("../{object}.o");
        let library = format!("-l:{}", self.library.soname);
        let mut command = Command::new(&program);
        command.args(["-m", machine.emulation, "-o", "out", "-L", "."]);
        command.arg("--build-id=none");
        command.arg(format!("--hash-style={}", machine.hash_style));
        match variant {
            Variant::Shared => command.arg("-shared"),
            _ => command.args([
                if variant.is_pic() { "-pie" } else { "-no-pie" },
                "-dynamic-linker",
                "/loader",
                // MIPS has another name for it.
                "-e",
                "_start",
            ]),
        };
        for folder in &self.library.folders {
            command.arg("-rpath-link").arg(folder);
        }
        // The results do not depend on it.
        match linker {
            Linker::Lld => command.arg("--threads=1"),
            Linker::Mold => command.arg("--no-threads"),
            Linker::Bfd | Linker::Gold => &mut command,
        };
        match variant {
            Variant::Libfirst => command.args(["--no-as-needed", &library, &object]),
            Variant::Asneeded => command.args([&object, "--as-needed", &library]),
            _ => command.args([&object, &library]),
        };
        let directory = self.path(side);
        let output = command
            .current_dir(&directory)
            .env("LC_ALL", "C")
            .output()
            .map_err(|error| format!("{}: {error}", program.display()))?;
        let messages = [output.stdout, output.stderr].concat();
        let file = directory.join("out");
        // A linker that fails may leave a part of it.
        let bytes = fs::read(&file).ok();
        if bytes.is_some() {
            fs::remove_file(&file).map_err(|error| error.to_string())?;
        }
        Ok(Linked {
            status: match output.status.code() {
                Some(code) => code,
                None => 128 + output.status.signal().unwrap_or_default(),
            },
            messages: String::from_utf8_lossy(&messages).into_owned(),
            output: bytes.filter(|_| output.status.success()),
        })
    }
}

/// What could be a name in the messages of a linker.
fn words(messages: &str) -> impl Iterator<Item = &BStr> {
    messages
        .split(|c: char| !c.is_ascii_alphanumeric() && !"_.$".contains(c))
        .flat_map(|word| [word, word.trim_end_matches('.')])
        .map(BStr::new)
}
