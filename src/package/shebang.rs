//! The interpreter of a script.

use std::ops::Range;

/// The first line of a script, `#!interpreter argument`.
#[derive(Debug)]
pub struct Shebang {
    /// The line with its newline.
    pub line: Range<usize>,
    /// The interpreter's file name; behind `env`, the one that env looks for.
    pub interpreter: String,
    /// What stands behind it. The kernel hands it over as one argument.
    argument: String,
}

impl Shebang {
    pub fn of(text: &[u8]) -> Option<Shebang> {
        let first = text.strip_prefix(b"#!")?;
        let length = memchr::memchr(b'\n', first).map_or(first.len(), |at| at + 1);
        let words = String::from_utf8_lossy(&first[..length]).into_owned();
        let split = |text: &str| {
            let text = text.trim();
            let (word, rest) = text.split_once([' ', '\t']).unwrap_or((text, ""));
            (word.to_owned(), rest.trim().to_owned())
        };
        let (path, mut argument) = split(&words);
        let mut interpreter = path.rsplit('/').next().unwrap_or_default().to_owned();
        if interpreter == "env" {
            let rest = argument
                .strip_prefix("-S")
                .map_or(argument.as_str(), str::trim);
            (interpreter, argument) = split(rest);
        }
        (!interpreter.is_empty()).then_some(Shebang {
            line: 0..2 + length,
            interpreter,
            argument,
        })
    }

    pub fn is_shell(&self) -> bool {
        is_shell(&self.interpreter)
    }

    /// The line with an interpreter that lies outside the store, and the lines
    /// to add below it.
    ///
    /// Nix's sandbox has `/bin/sh` and nothing else, so a bash script starts
    /// there and looks for bash itself. Its options wait for bash: `sh` may not
    /// know them.
    pub fn elsewhere(&self, is_run: bool) -> (String, String) {
        let Shebang {
            interpreter,
            argument,
            ..
        } = self;
        let behind = if argument.is_empty() {
            String::new()
        } else {
            format!(" {argument}")
        };
        match interpreter.as_str() {
            "sh" => (format!("#!/bin/sh{behind}\n"), String::new()),
            "bash" if is_run => {
                let quoted = argument.replace('\'', r"'\''");
                let option = if argument.is_empty() {
                    String::new()
                } else {
                    format!(" '{quoted}'")
                };
                // BASH ends in `sh` where /bin/sh is bash in its POSIX mode,
                // which some bash scripts fail in.
                let restart = format!(
                    "# Added by stub-builder: this script is one for bash.\n\
                     case ${{BASH_VERSION:+\"${{BASH##*/}}\"}} in \
                     (''|sh) exec bash{option} \"$0\" \"$@\" ;; esac\n"
                );
                ("#!/bin/sh\n".to_owned(), restart)
            }
            _ => {
                // Without -S, env takes `perl -w` for one name.
                let split = if argument.is_empty() { "" } else { "-S " };
                let line = format!("#!/usr/bin/env {split}{interpreter}{behind}\n");
                (line, String::new())
            }
        }
    }
}

/// Whether a program of this name is a shell.
pub fn is_shell(name: &str) -> bool {
    ["sh", "bash", "dash", "ash", "ksh", "mksh", "zsh"].contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elsewhere(line: &str, is_run: bool) -> (String, String) {
        Shebang::of(line.as_bytes()).unwrap().elsewhere(is_run)
    }

    #[test]
    fn interpreters_are_named_without_the_store() {
        for (line, expected) in [
            ("#!/nix/x/bin/sh\n", "#!/bin/sh\n"),
            ("#! /nix/x/bin/sh  -eu \nx", "#!/bin/sh -eu\n"),
            ("#!/nix/x/bin/python3", "#!/usr/bin/env python3\n"),
            ("#!/nix/x/bin/perl -w\n", "#!/usr/bin/env -S perl -w\n"),
            (
                "#!/nix/x/bin/env -S perl -w\n",
                "#!/usr/bin/env -S perl -w\n",
            ),
            ("#!/nix/x/bin/env sh\n", "#!/bin/sh\n"),
            ("#!/nix/x/bin/env python3\n", "#!/usr/bin/env python3\n"),
        ] {
            assert_eq!(
                elsewhere(line, true),
                (expected.into(), String::new()),
                "{line}"
            );
        }
        assert_eq!(elsewhere("#!/nix/x/bin/bash", false).1, "");
    }

    #[test]
    fn bash_is_looked_for() {
        let (line, restart) = elsewhere("#!/nix/x/bin/bash -e\n", true);
        assert_eq!(line, "#!/bin/sh\n");
        assert!(
            restart.contains("exec bash '-e' \"$0\" \"$@\""),
            "{restart}"
        );
    }

    #[test]
    fn what_has_no_interpreter_has_no_shebang() {
        for text in ["", "#!", "#! \n", "# !/bin/sh", "echo\n#!/bin/sh"] {
            assert!(Shebang::of(text.as_bytes()).is_none(), "{text}");
        }
    }
}
