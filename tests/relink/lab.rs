//! A store of its own with a library in two outputs, its interface tree, and
//! room for what is compiled against it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

pub const STUB_BUILDER: &str = env!("CARGO_BIN_EXE_stub-builder");

pub struct Lab {
    directory: TempDir,
    /// The store directory.
    pub store: String,
    /// The interface tree of the library.
    pub tree: String,
    /// Its real outputs.
    pub out: String,
    pub dev: String,
    /// Where compile leaves its output, and where the final one goes.
    pub compile: String,
    pub r#final: String,
}

impl Lab {
    pub fn new() -> Lab {
        let directory = tempfile::tempdir().unwrap();
        let store = format!("{}/store", directory.path().display());
        // Nothing that could be in a file by chance.
        let digits = "0c5b4i2k9x8wq7v6szrpnmlkj1hgfdac";
        let path = |turn: usize, name: &str| {
            format!("{store}/{}{}-{name}", &digits[turn..], &digits[..turn])
        };
        let name = format!("{:-<62}=.", "greet-out-interface");
        let lab = Lab {
            tree: path(1, &name),
            out: path(2, "greet-1.0"),
            dev: path(3, "greet-1.0-dev"),
            compile: path(4, "hello-2"),
            r#final: path(5, "hello-2"),
            store,
            directory,
        };
        lab.library();
        lab.write(&format!("{}/.keep", lab.compile), "");
        fs::remove_file(format!("{}/.keep", lab.compile)).unwrap();
        lab
    }

    /// Builds the library, and its tree.
    fn library(&self) {
        let source = self.path("greet.c");
        self.write(
            &source,
            "const char *greeting(void) { return \"hello\"; }\n",
        );
        let library = format!("{}/lib/libgreet.so.1", self.out);
        self.write(&format!("{}/share/x", self.out), "");
        fs::create_dir_all(format!("{}/lib", self.out)).unwrap();
        self.gcc(&[
            "-shared",
            "-fPIC",
            "-Wl,-soname,libgreet.so.1",
            &source,
            "-o",
            &library,
        ]);
        std::os::unix::fs::symlink("libgreet.so.1", format!("{}/lib/libgreet.so", self.out))
            .unwrap();
        self.write(
            &format!("{}/include/greet.h", self.dev),
            "const char *greeting(void);\n",
        );
        self.write(
            &format!("{}/lib/pkgconfig/greet.pc", self.dev),
            "Name: greet\nDescription: x\nVersion: 1\n",
        );
        succeed(&self.stub_builder(&["stubs", &self.out, &self.dev, "--out", &self.tree]));
    }

    /// A path of this lab, outside of its store.
    pub fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.directory.path().display())
    }

    /// `path`, of the store, with its hash masked.
    pub fn masked(&self, path: &str) -> String {
        let at = self.store.len() + 1;
        format!("{}e{}", &path[..at], &path[at + 1..])
    }

    pub fn write(&self, path: &str, contents: impl AsRef<[u8]>) {
        fs::create_dir_all(Path::new(path).parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }

    /// A file of compile's output.
    pub fn compiled(&self, path: &str, contents: impl AsRef<[u8]>) {
        self.write(&format!("{}/{path}", self.compile), contents);
    }

    /// The same file of the final output.
    pub fn result(&self, path: &str) -> Vec<u8> {
        fs::read(format!("{}/{path}", self.r#final)).unwrap()
    }

    pub fn gcc(&self, arguments: &[&str]) {
        let mut gcc = Command::new("gcc");
        succeed(&gcc.args(arguments).env("LC_ALL", "C").output().unwrap());
    }

    pub fn stub_builder(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(STUB_BUILDER);
        command.args(arguments).env("NIX_STORE", &self.store);
        command.env_remove("NIX_BUILD_TOP").output().unwrap()
    }

    pub fn relink_with(&self, more: &[&str]) -> Output {
        let output = format!("out={}:{}", self.compile, self.r#final);
        let stand_in = format!("{}:out={}:dev={}", self.tree, self.out, self.dev);
        let mut arguments = vec!["relink", "--output", &output, "--stand-in", &stand_in];
        arguments.extend(more);
        self.stub_builder(&arguments)
    }

    /// Relinks as a builder: the manifest is the derivation's attribute.
    pub fn build(&self, manifest: &str) -> Output {
        let mut command = Command::new(STUB_BUILDER);
        command.arg("relink").env("NIX_STORE", &self.store);
        command.env("NIX_BUILD_TOP", self.path(""));
        command.env("manifest", manifest).output().unwrap()
    }

    /// Relinks, which must succeed.
    pub fn relink(&self) {
        succeed(&self.relink_with(&[]));
    }

    /// Relinks, which must fail with `code` and leave nothing behind.
    pub fn refuses(&self, code: &str, more: &[&str]) -> String {
        let output = self.relink_with(more);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "not refused");
        assert!(text.contains(code), "{text}");
        assert!(!Path::new(&self.r#final).exists(), "something is left");
        let left = fs::read_dir(&self.store).unwrap().flatten();
        let mut left = left.map(|entry| entry.file_name());
        assert!(!left.any(|name| name.as_encoded_bytes().starts_with(b".stub")));
        text
    }

    /// A tool's path, which is no longer than its name, and the path of one
    /// with a longer name that takes its place: the argument that says so.
    pub fn outgrown(&self) -> (String, String, String) {
        let hash = "m".repeat(32);
        let tool = format!("{}/{hash}-sed-4.9", self.store);
        let newer = format!("{}/{}-sed-4.10", self.store, hash.replace("mm", "nn"));
        self.write(&format!("{newer}/bin/sed"), "");
        let argument = format!("{tool}:out={newer}");
        (tool, newer, argument)
    }

    /// Takes the final output away.
    pub fn clear(&self) {
        fs::remove_dir_all(&self.r#final).unwrap();
    }

    /// A program that is linked to the tree, with more to its source and to the
    /// linker's arguments.
    pub fn program(&self, path: &str, body: &str, linking: &[&str]) -> PathBuf {
        let source = self.path("program.c");
        let text = format!(
            "#include <stdio.h>\n#include <string.h>\n#include <greet.h>\nint main(int argc, char **argv) {{ {body} puts(greeting()); return 0; }}\n"
        );
        self.write(&source, text);
        let program = format!("{}/{path}", self.compile);
        fs::create_dir_all(Path::new(&program).parent().unwrap()).unwrap();
        let include = format!("-I{}/include", self.tree);
        let library = format!("-L{}/lib", self.tree);
        let search = format!("-Wl,-rpath,{}/lib", self.tree);
        let mut arguments = vec![
            &*source, "-o", &program, &include, &library, "-lgreet", &search,
        ];
        arguments.extend(linking);
        self.gcc(&arguments);
        Path::new(&self.r#final).join(path)
    }
}

pub fn succeed(output: &Output) {
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
}

/// What a program prints.
pub fn run(program: &Path, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    succeed(&output);
    String::from_utf8(output.stdout).unwrap()
}

pub fn mode(path: &str) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}
