//! What is made from the definitions of the commands themselves: completions for
//! shells, and manual pages, so that neither can say anything else.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use clap::Command;
use clap_complete::Shell;

use crate::problem::{Fault, Problem};

/// Writes the shell's completions of a program.
pub fn completions(mut program: Command, shell: Shell, to: &mut impl Write) -> io::Result<()> {
    let name = program.get_name().to_owned();
    // It takes a writer that cannot fail.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut program, name, &mut script);
    to.write_all(&script)
}

/// Writes a page for a program and one for each of its commands.
///
/// # Errors
/// `Io` where a file or the directory can't be written.
pub fn man(program: Command, directory: &Path) -> Result<(), Problem> {
    fs::create_dir_all(directory)
        .and_then(|()| clap_mangen::generate_to(program, directory))
        .map_err(|error| {
            Fault::io("write the manual pages", &error).at(directory.display().to_string())
        })
}
