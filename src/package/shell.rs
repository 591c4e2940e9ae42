//! Shell scripts: those that are run (`bin/own-config`) and those that are
//! sourced (`nix-support/setup-hook`).
//!
//! A variable defined at the top holds the directory of the package, and
//! stands for it wherever the script names it.

use std::ops::Range;

use sha2::{Digest, Sha256};

use crate::package::flags::{self, Verdict};
use crate::package::paths::{self, Edits, Lines};
use crate::package::prefixes::{Place, Prefixes};
use crate::package::shebang::{self, Shebang};
use crate::package::shell_quotes::{Quotes, quotes};
use crate::problem::{Fault, Problem};
use crate::tree;

/// How a script finds out where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// By `$0`.
    Run,
    /// By `BASH_SOURCE`, in bash: `$0` is the script that sources this one.
    Sourced,
}

/// What the name of a file and its first line tell: what has no interpreter
/// can't be run, and stdenv sources all of `nix-support` (`pkgs/stdenv/generic/
/// setup.sh`).
pub fn use_of(text: &[u8], file: &str) -> Use {
    let sourced = tree::file_name(tree::parent(file)) == "nix-support";
    match Shebang::of(text) {
        Some(_) if !sourced => Use::Run,
        _ => Use::Sourced,
    }
}

/// Own paths become relative to the script, interpreters those that the
/// dependents' sandbox has; flags that lead to other packages go.
pub fn rewrite(text: &[u8], file: &str, own: &Prefixes) -> Result<Vec<u8>, Vec<Problem>> {
    let found = paths::find(text, own);
    if found.is_empty() {
        return Ok(text.to_vec());
    }
    let shebang = Shebang::of(text);
    let purpose = use_of(text, file);
    let body = shebang.as_ref().map_or(0, |shebang| shebang.line.end);
    let is_shell = shebang.as_ref().is_none_or(Shebang::is_shell);
    let variable = variable(file, own);

    let lines = Lines::of(text);
    let mut edits = Edits::of(text);
    let mut problems = Vec::new();
    let mut head = Vec::new();
    if let Some(shebang) = &shebang
        && found[0].range.start < body
    {
        let (line, restart) = shebang.elsewhere(purpose == Use::Run);
        edits.replace(shebang.line.clone(), "");
        head.extend_from_slice(line.as_bytes());
        head.extend_from_slice(restart.as_bytes());
        // The interpreter goes; what is handed to it doesn't.
        if let Some(left) = paths::find(&head, own).first() {
            let reference = paths::shown(&head, &left.range);
            let line = 1;
            let fault = match &left.place {
                Place::Own(_) => Fault::BadText {
                    line,
                    what: format!("the interpreter is given a path of the package: {reference}"),
                },
                _ => Fault::ForeignPath { line, reference },
            };
            return Err(vec![fault.at(file)]);
        }
    }
    let quotes = match quotes(&text[body..]) {
        Ok(quotes) => quotes,
        // Other languages have other quotes.
        Err(_) if !is_shell => Vec::new(),
        Err(offset) => {
            let fault = Fault::BadText {
                line: lines.number(body + offset),
                what: "this quotation or bracket is never closed".to_owned(),
            };
            return Err(vec![fault.at(file)]);
        }
    };

    let mut defines = false;
    let mut listing = Listing::default();
    let interpreter = found.first().map(|found| found.range.clone());
    let interpreter = interpreter.filter(|range| range.start < body);
    for found in found.into_iter().filter(|found| found.range.start >= body) {
        let range = found.range;
        let around = quotes.get(range.start - body).copied();
        let bad = |what: &str| Fault::BadText {
            line: lines.number(range.start),
            what: format!("{what}: {}", paths::shown(text, &range)),
        };
        let edit = match (found.place, around) {
            (Place::Own(_), _) if !is_shell => Err(bad(
                "a script of another language than the shell's names its own package",
            )),
            (Place::Own(path), Some(around)) => match own_path(&path, &variable, around) {
                Some(replacement) => {
                    defines |= around != Quotes::Comment;
                    Ok((range.clone(), replacement))
                }
                None => Err(bad(
                    "a here-document that is quoted, or holds quoted commands, names the package",
                )),
            },
            (_, Some(Quotes::Comment)) if is_shell => {
                let shown = paths::in_comment(text, &range, own);
                Ok((range.clone(), String::from_utf8_lossy(&shown).into_owned()))
            }
            _ if is_shell => own_shell(text, &range, interpreter.as_ref())
                .or_else(|| foreign_path(text, &range, own, &mut listing))
                .ok_or_else(|| paths::foreign(&lines, &range)),
            _ => Err(paths::foreign(&lines, &range)),
        };
        match edit {
            Ok((range, replacement)) => edits.replace(range, replacement),
            Err(fault) => paths::tell(&mut problems, fault, file),
        }
    }
    if defines {
        head.extend_from_slice(definition(&variable, file, purpose).as_bytes());
    }
    edits.replace(body..body, head);
    edits.finish(problems, file)
}

/// `stub_builder_` and something that no two files share: hooks of many
/// packages are sourced into one shell, and their functions read the variable
/// later. From names only, so that it is the same on every host and in every
/// version of the package.
fn variable(file: &str, own: &Prefixes) -> String {
    let digest = Sha256::digest(format!("{}\n{file}", own.placeholder));
    let name = data_encoding::HEXLOWER.encode(&digest[..6]);
    format!("stub_builder_{name}")
}

/// Defines the variable as the absolute path of the package.
///
/// A script may be called through a symlink, or by a name without a slash
/// (`sh own-config`); POSIX has no readlink before 2024, so `ls` stands in
/// where there is none. All of it runs in a subshell: nothing else changes.
fn definition(variable: &str, file: &str, purpose: Use) -> String {
    let up = tree::relative(tree::parent(file), "");
    let (itself, leave) = match purpose {
        Use::Run => ("$0", "exit"),
        Use::Sourced => ("${BASH_SOURCE[0]}", "return"),
    };
    format!(
        r#"# Added by stub-builder: where this package lies.
{variable}=$(
  self={itself}
  case $self in
    (*/*) ;;
    (*) if [ -f "./$self" ]; then self=./$self; else self=$(command -v "$self"); fi ;;
  esac
  while [ -h "$self" ]; do
    link=$(readlink "$self" 2>/dev/null) || {{ link=$(ls -ld "$self"); link=${{link#*" -> "}}; }}
    case $link in (/*) self=$link ;; (*) self=${{self%/*}}/$link ;; esac
  done
  CDPATH='' cd -P "${{self%/*}}/{up}" && pwd -P
) || {leave} 1
"#
    )
}

/// The variable and the rest of the path, as it has to be written between
/// these quotes.
fn own_path(path: &str, variable: &str, around: Quotes) -> Option<String> {
    let rest = if path.is_empty() {
        String::new()
    } else {
        format!("/{path}")
    };
    let value = format!("${{{variable}}}{rest}");
    Some(match around {
        Quotes::Bare => format!("\"{value}\""),
        Quotes::Double | Quotes::HereDocument | Quotes::BareInDouble | Quotes::Comment => value,
        Quotes::Single => format!("'\"{value}\"'"),
        Quotes::SingleInDouble => format!("'{value}'"),
        Quotes::Dollar => format!("'\"{value}\"$'"),
        Quotes::QuotedHereDocument => return None,
    })
}

/// The edit that looks for the script's own shell in PATH, as the first line does:
/// some scripts start themselves again (`exec @SHELL@ "$0"` in `ncurses-config`). By
/// another name it is the same, `sh` in the first line and `bash` below.
fn own_shell(
    text: &[u8],
    path: &Range<usize>,
    interpreter: Option<&Range<usize>>,
) -> Option<(Range<usize>, String)> {
    let place = |range: &Range<usize>| {
        let path = String::from_utf8_lossy(&text[range.clone()]).into_owned();
        let mut names: Vec<String> = path.split('/').map(str::to_owned).collect();
        names.retain(|name| !name.is_empty());
        let name = names.pop().unwrap_or_default();
        (names, name)
    };
    let (directory, name) = place(path);
    let is_own = shebang::is_shell(&name) && directory == place(interpreter?).0;
    is_own.then(|| (path.clone(), name))
}

/// The edit that makes do without the foreign path, if there is one.
fn foreign_path(
    text: &[u8],
    path: &Range<usize>,
    own: &Prefixes,
    listing: &mut Listing,
) -> Option<(Range<usize>, String)> {
    if records_configure(&text[..path.start]) {
        let shown = paths::in_comment(text, path, own);
        return Some((path.clone(), String::from_utf8_lossy(&shown).into_owned()));
    }
    match flags::judge(text, path)? {
        // `[ -L /path ]` and `grep -R /path` look the same as a flag, so only
        // what is attached counts.
        Verdict::Drop(flag) if !text[flag.clone()].iter().any(u8::is_ascii_whitespace) => {
            Some((flags::with_blanks(text, flag), String::new()))
        }
        Verdict::Library(flag) if listing.at(text, path.start) => Some((path.clone(), flag)),
        _ => None,
    }
}

/// Whether `before` ends in `'--with-NAME=` or `'--enable-NAME=`: so Autoconf
/// keeps the arguments of configure (`ac_configure_args`, each in single
/// quotes), and `curl-config --configure` and the like print them. They tell how
/// the package was made; nothing opens what they name.
fn records_configure(before: &[u8]) -> bool {
    let Some(before) = before.strip_suffix(b"=") else {
        return false;
    };
    let in_name = |&b: &u8| b == b'-' || b == b'_' || b.is_ascii_alphanumeric();
    let start = before.iter().rposition(|b| !in_name(b));
    start.is_some_and(|quote| {
        let word = &before[quote + 1..];
        let options = [b"--with-".as_slice(), b"--enable-"];
        before[quote] == b'\'' && options.iter().any(|option| word.starts_with(option))
    })
}

/// The line that was asked about last, and whether it lists what to link.
#[derive(Default)]
struct Listing {
    line: Range<usize>,
    lists: bool,
}

impl Listing {
    fn at(&mut self, text: &[u8], offset: usize) -> bool {
        if !self.line.contains(&offset) {
            self.line = paths::line(text, offset);
            self.lists = lists_libraries(&text[self.line.clone()]);
        }
        self.lists
    }
}

/// Whether the line lists what to link: it has other `-l` or `-L` flags, or
/// sets a variable that says so. Elsewhere (`LD_PRELOAD=`, `test -f`) the path
/// is a file that has to be there.
fn lists_libraries(line: &[u8]) -> bool {
    let flag = |before: u8| b" \t\"'=".contains(&before);
    let has_flags = line
        .windows(3)
        .any(|three| flag(three[0]) && matches!(&three[1..], b"-l" | b"-L"));
    let name = line.split(|&b| b == b'=').next().unwrap_or_default();
    let name = name.trim_ascii().to_ascii_uppercase();
    let sets = name.len() < line.len()
        && [b"LIBS".as_slice(), b"LIBRARIES", b"LDFLAGS", b"LDADD"]
            .iter()
            .any(|known| name.ends_with(known));
    has_flags || sets
}

/// Whether `text` is a script of the shell that is run.
pub fn is_shell_script(text: &[u8]) -> bool {
    shebang::Shebang::of(text).is_some_and(|shebang| shebang.is_shell())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::paths::tests::{OTHER, OUT, prefixes};

    fn rewritten(text: &str, file: &str) -> Result<String, Vec<String>> {
        let own = prefixes(&[]);
        let variable = variable(file, &own);
        rewrite(text.as_bytes(), file, &own)
            .map(|text| {
                let text = String::from_utf8(text).unwrap();
                text.replace(&definition(&variable, file, Use::Run), "DEFINITION\n")
                    .replace(&definition(&variable, file, Use::Sourced), "SOURCED\n")
                    .replace(&format!("${{{variable}}}"), "VAR")
            })
            .map_err(|problems| problems.iter().map(|p| p.fault.to_string()).collect())
    }

    fn run(text: &str) -> Result<String, Vec<String>> {
        rewritten(text, "bin/own-config")
    }

    #[test]
    fn own_paths_are_put_between_the_quotes_that_are_there() {
        let text = format!(
            "#!/bin/sh\nprefix={OUT}\na=\"-I{OUT}/include/\" b='{OUT}/b' c=$'{OUT}'\n\
             \"`{OUT}/d '{OUT}'`\" # {OUT}\ncat <<E\n{OUT}\nE\n"
        );
        let expected = "#!/bin/sh\nDEFINITION\nprefix=\"VAR\"\n\
                        a=\"-IVAR/include/\" b=''\"VAR/b\"'' c=$''\"VAR\"$''\n\
                        \"`VAR/d ''VAR''`\" # VAR\ncat <<E\nVAR\nE\n";
        assert_eq!(run(&text).as_deref(), Ok(expected));
    }

    #[test]
    fn a_scripts_own_shell_is_looked_for() {
        let text = format!(
            "#!{OTHER}///bin/sh -e\n{OTHER}/bin/bash \"$0\" || exec '{OTHER}//bin/sh' \"$0\"\n"
        );
        let expected = "#!/bin/sh -e\nbash \"$0\" || exec 'sh' \"$0\"\n";
        assert_eq!(run(&text).as_deref(), Ok(expected));
        // Neither what else lies there, nor a shell of another package.
        for other in [
            format!("#!{OTHER}/bin/sh\n{OTHER}/bin/cat\n"),
            format!("#!/bin/sh\n{OTHER}/bin/sh\n"),
            format!("#!{OTHER}/bin/sh\n{OTHER}/lib/sh\n"),
        ] {
            assert!(run(&other).is_err(), "{other}");
        }
    }

    #[test]
    fn quoted_here_documents_are_a_problem() {
        let told = run(&format!("#!/bin/sh\ncat <<'E'\n{OUT}\nE\n")).unwrap_err();
        assert!(told[0].starts_with("line 3: a here-document"), "{told:?}");
        let told = run(&format!("#!/bin/sh\na={OUT}\necho 'x\n")).unwrap_err();
        assert_eq!(told, ["line 3: this quotation or bracket is never closed"]);
    }

    #[test]
    fn what_an_interpreter_is_given_is_not_forgotten() {
        let told = run(&format!("#!{OTHER}/bin/bash --rcfile {OTHER}/rc\n")).unwrap_err();
        assert_eq!(told, [format!("line 1: names another package: {OTHER}/rc")]);
        let told = run(&format!("#!{OTHER}/bin/awk -f {OUT}/x.awk\n")).unwrap_err();
        let expected =
            format!("line 1: the interpreter is given a path of the package: {OUT}/x.awk");
        assert_eq!(told, [expected]);
    }

    #[test]
    fn sourced_scripts_ask_bash() {
        let text = format!("addHook() {{ x={OUT}/share; }}\n");
        let expected = "SOURCED\naddHook() { x=\"VAR/share\"; }\n";
        assert_eq!(
            rewritten(&text, "nix-support/setup-hook").as_deref(),
            Ok(expected)
        );
    }

    #[test]
    fn hooks_of_two_packages_have_two_variables() {
        let own = prefixes(&[]);
        let other = Prefixes {
            placeholder: "x".into(),
            ..prefixes(&[])
        };
        assert_ne!(
            variable("nix-support/setup-hook", &own),
            variable("nix-support/setup-hook", &other)
        );
        // A change of this name is a change of all trees.
        assert_eq!(variable("bin/a", &own), "stub_builder_0ef98e4a6be1");
    }

    #[test]
    fn what_configure_was_told_keeps_the_name_of_a_package() {
        let text =
            format!("#!/bin/sh\necho \" '--with-ssl={OTHER}--=.' '--enable-x=/usr,{OTHER}/y'\"\n");
        assert_eq!(
            run(&text),
            Err(vec![format!("line 2: names another package: {OTHER}/y")])
        );
        let text = text.replace("/usr,", "");
        assert_eq!(
            run(&text),
            Ok("#!/bin/sh\necho \" '--with-ssl=zlib-1.3--=.' '--enable-x=zlib-1.3/y'\"\n".into())
        );
        let text = format!("#!/bin/sh\nexec tool '--sysroot={OTHER}'\n");
        assert!(run(&text).is_err());
    }

    #[test]
    fn flags_of_other_packages_go() {
        let text = format!(
            "#!/bin/sh\n# {OTHER}/x\nlibs=\"-L{OTHER}/lib -lz\"\nlibs={OTHER}/lib/libq.so\n\
             echo -la {OTHER}/lib/libz.so.1 -Wl,-rpath,{OTHER}/lib"
        );
        let expected = "#!/bin/sh\n# zlib-1.3/x\nlibs=\"-lz\"\nlibs=-lq\necho -la -lz";
        assert_eq!(run(&text).as_deref(), Ok(expected));
    }

    #[test]
    fn other_uses_of_other_packages_are_problems() {
        let text = format!(
            "#!/bin/sh\n[ -L {OTHER}/lib ]\nLD_PRELOAD={OTHER}/lib/liba.so x\n{OTHER}/bin/sed\n"
        );
        let expected = [(2, "/lib"), (3, "/lib/liba.so"), (4, "/bin/sed")]
            .map(|(line, rest)| format!("line {line}: names another package: {OTHER}{rest}"));
        assert_eq!(run(&text), Err(expected.to_vec()));
    }

    #[test]
    fn interpreters_are_those_of_the_sandbox() {
        let text = format!("#!{OTHER}/bin/sh -e\necho\n");
        assert_eq!(run(&text).as_deref(), Ok("#!/bin/sh -e\necho\n"));
        let text = format!("#! {OTHER}/bin/perl -w\nprint\n");
        assert_eq!(
            run(&text).as_deref(),
            Ok("#!/usr/bin/env -S perl -w\nprint\n")
        );
        let told = run(&format!("#!{OTHER}/bin/perl\nprint '{OUT}' \"\n{OTHER}")).unwrap_err();
        assert!(
            told[0].starts_with("line 2: a script of another language"),
            "{told:?}"
        );
        assert_eq!(told[1], format!("line 3: names another package: {OTHER}"));
    }

    #[test]
    fn texts_without_store_paths_stay_to_the_byte() {
        let text = "#!/bin/bash\nprefix=/usr 'unbalanced\n";
        assert_eq!(run(text).as_deref(), Ok(text));
    }
}
