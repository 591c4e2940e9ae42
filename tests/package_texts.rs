//! The rewriters of texts with the tools that read the texts: a tree whose
//! files were rewritten must do, wherever it lies, what the package did at its
//! own path. A tool that is missing fails the test.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, PoisonError};

use stub_builder::package::prefixes::Prefixes;
use stub_builder::problem::Problem;

#[path = "package_texts/arbitrary.rs"]
mod arbitrary;
#[path = "package_texts/cmake.rs"]
mod cmake;
#[path = "package_texts/linkers.rs"]
mod linkers;
#[path = "package_texts/long.rs"]
mod long;
#[path = "package_texts/pkg_config.rs"]
mod pkg_config;
#[path = "package_texts/scripts.rs"]
mod scripts;

/// Where the package claims to lie. Nothing is there.
const OUT: &str = "/nix/store/0123456789abcdfghijklmnpqrsvwxyz-own-1.0";
const OTHER: &str = "/nix/store/11111111111111111111111111111111-other-1.3";

type Rewrite = fn(&[u8], &str, &Prefixes) -> Result<Vec<u8>, Vec<Problem>>;

/// A directory with a tree in it.
struct Place {
    directory: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        let directory = tempfile::Builder::new().prefix("texts ").tempdir().unwrap();
        fs::create_dir(directory.path().join("tree")).unwrap();
        Place { directory }
    }

    /// One whose path has no blanks, for tools that can't have them.
    fn plain() -> Place {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("tree")).unwrap();
        Place { directory }
    }

    fn path(&self, below: &str) -> PathBuf {
        self.directory.path().canonicalize().unwrap().join(below)
    }

    fn tree(&self) -> String {
        self.path("tree").to_str().unwrap().to_owned()
    }

    fn write(&self, below: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// Writes the template, in which `@out@` is the package and `@other@`
    /// another one, into the tree as the rewriter leaves it.
    fn rewritten(&self, rewrite: Rewrite, file: &str, template: &str) -> PathBuf {
        let text = template.replace("@out@", OUT).replace("@other@", OTHER);
        let text = match rewrite(text.as_bytes(), file, &own(&self.path("tree"))) {
            Ok(text) => text,
            Err(problems) => panic!("{problems:#?}"),
        };
        assert!(
            !contains(&text, "/nix/store"),
            "{}",
            String::from_utf8_lossy(&text)
        );
        self.write(&format!("tree/{file}"), text)
    }
}

fn contains(text: &[u8], part: &str) -> bool {
    text.windows(part.len())
        .any(|window| window == part.as_bytes())
}

/// The prefixes of the package whose tree is at `tree`.
fn own(tree: &Path) -> Prefixes {
    let mut paths = BTreeSet::new();
    for entry in walkdir::WalkDir::new(tree).min_depth(1) {
        let entry = entry.unwrap();
        paths.insert(
            entry
                .path()
                .strip_prefix(tree)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned(),
        );
    }
    Prefixes {
        outputs: vec![OUT.into()],
        store_dir: "/nix/store".into(),
        placeholder: "/nix/store/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee-own".into(),
        paths,
    }
}

/// Files are written and processes started one at a time: a process that
/// begins while a script is open for writing keeps it busy for a moment, and
/// nothing can run it ("Text file busy").
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Runs a command to its end.
fn run(command: &mut Command) -> Output {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let child = command.spawn();
    drop(guard);
    let child = child.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    child.wait_with_output().unwrap()
}

/// Runs a command that must succeed; gives what it printed.
fn output(command: &mut Command) -> String {
    let output = run(command);
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told).into_owned();
    assert!(output.status.success(), "{command:?}\n{told}");
    told
}

/// Runs a shell command in a directory.
fn sh(directory: &Path, script: &str) -> String {
    output(
        Command::new("sh")
            .arg("-euc")
            .arg(script)
            .current_dir(directory),
    )
}
