//! `stub-builder interface`: the interfaces of libraries as text.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::commands::placement::Placement;
use crate::commands::stubs::emit;
use crate::commands::stubs::{Input, Missing, build};
use crate::elf;
use crate::interface::text;
use crate::problem::{Fault, Problem};
use crate::tree::{Contents, Node, Tree};

#[derive(Debug)]
pub struct Options {
    pub input: Input,
    pub output: Output,
}

#[derive(Debug)]
pub enum Output {
    Standard,
    File(PathBuf),
    /// Must not exist. Each text lies where its library does, under the same
    /// name and `.ifs`.
    Directory(PathBuf),
}

/// Writes the text of each library in SRC; several on standard output or in one
/// file are one YAML document each. What was not found of what they need is
/// returned.
pub fn run(options: &Options) -> Result<Vec<Missing>, Vec<Problem>> {
    let built = build(&options.input, None)?;
    let mut libraries = built.converted.libraries;
    libraries.sort_by(|a, b| a.path.cmp(&b.path));
    if libraries.is_empty() {
        let sources: Vec<String> = options
            .input
            .sources
            .iter()
            .map(|source| source.display().to_string())
            .collect();
        let what = "neither a shared object nor an interface as text".into();
        return Err(vec![Fault::NoLibrary { what }.at(sources.join(", "))]);
    }
    let mut texts: Vec<(String, String)> = Vec::new();
    for library in libraries {
        let Some(stub) = built.converted.tree.bytes(&library.path) else {
            continue;
        };
        // What a stub says is what it was written from.
        let interface = elf::read(stub).map_err(|fault| vec![fault.at(library.path.clone())])?;
        texts.push((library.path, text::print(&interface, &library.policy)));
    }
    write(&options.output, texts)?;
    let missing = built.converted.missing.into_iter();
    Ok(missing
        .map(|(path, needed)| Missing { path, needed })
        .collect())
}

/// Writes the file whole or not at all. What is no file, such as a device, can
/// only be written to.
fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|meta| !meta.is_file()) {
        return fs::write(path, bytes);
    }
    // Where a link leads to, so that it stays one.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let directory = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let mut beside = tempfile::Builder::new()
        .prefix(".stub-builder-")
        .suffix(".tmp")
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(directory)?;
    beside.write_all(bytes)?;
    beside.persist(&path)?;
    Ok(())
}

fn write(output: &Output, mut texts: Vec<(String, String)>) -> Result<(), Vec<Problem>> {
    if let Output::Directory(directory) = output {
        let mut tree = Tree::default();
        for (path, text) in texts {
            let node = Node::File {
                contents: Contents::Bytes(text.into_bytes()),
                executable: false,
            };
            tree.entries.insert(path + text::EXTENSION, node);
        }
        return emit::emit(&tree, directory, Placement::Atomic);
    }
    if texts.len() > 1 {
        for (path, text) in &mut texts {
            let end = text.find('\n').unwrap_or(text.len());
            let name: String = path.chars().filter(|c| !c.is_control()).collect();
            text.insert_str(end, &format!("\n# {name}"));
        }
    }
    let all: String = texts.into_iter().map(|(_, text)| text).collect();
    let fault = |error: io::Error| Fault::Io {
        action: "write the text",
        cause: error.to_string(),
    };
    match output {
        Output::File(path) => write_file(path, all.as_bytes())
            .map_err(|error| vec![fault(error).at(path.display().to_string())]),
        _ => io::stdout()
            .lock()
            .write_all(all.as_bytes())
            .map_err(|error| vec![fault(error).at("standard output")]),
    }
}
