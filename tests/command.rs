//! `stub-builder stubs` as a user runs it, on a package with everything in it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A store with one package in two outputs.
struct Package {
    directory: TempDir,
    /// Differs between two builds of the same package.
    salt: char,
}

const HASH: &str = "0123456789abcdfghijklmnpqrsvwxy";

impl Package {
    fn new(salt: char) -> Package {
        let package = Package {
            directory: tempfile::tempdir().unwrap(),
            salt,
        };
        package.libraries();
        package.texts();
        package.rest();
        package
    }

    fn store(&self) -> PathBuf {
        self.directory.path().join("nix/store")
    }

    fn out(&self) -> PathBuf {
        self.store()
            .join(format!("{HASH}{}-foo-1.{}", self.salt, self.salt))
    }

    fn dev(&self) -> PathBuf {
        let mut name = self.out().into_os_string();
        name.push("-dev");
        name.into()
    }

    fn write(&self, path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let text = text
            .replace("@dev@", self.dev().to_str().unwrap())
            .replace("@out@", self.out().to_str().unwrap());
        fs::write(path, text).unwrap();
    }

    fn script(&self, path: &Path, text: &str) {
        self.write(path, text);
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn libraries(&self) {
        let out = self.out();
        let source = self.directory.path().join("foo.c");
        let body = format!(
            "int foo(void) {{ return '{}'; }}\nint bar = 1;\n",
            self.salt
        );
        fs::write(&source, body).unwrap();
        let cc = |arguments: &[&str], to: &str| {
            let to = out.join(to);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            run(Command::new("gcc")
                .arg("-g")
                .arg(&source)
                .args(arguments)
                .arg("-o")
                .arg(to));
        };
        let shared = ["-shared", "-fPIC", "-nostdlib"];
        cc(
            &[&shared[..], &["-Wl,-soname,libfoo.so.1"]].concat(),
            "lib/libfoo.so.1.0",
        );
        cc(&shared, "lib/libnoname.so");
        cc(&shared, "lib/foo/plugin.so");
        cc(
            &[&shared[..], &["-Wl,-soname,libdeep.so"]].concat(),
            "lib/foo/deep/libdeep.so",
        );
        cc(&["-nostdlib", "-Wl,-e,foo"], "bin/foo");
        cc(&["-c"], "lib/crt1.o");
        cc(&["-c"], "lib/foo/object.o");
        fs::copy(
            out.join("lib/libfoo.so.1.0"),
            self.directory.path().join("whole"),
        )
        .unwrap();
        fs::create_dir_all(out.join("lib/debug")).unwrap();
        run(Command::new("objcopy")
            .arg("--only-keep-debug")
            .arg(self.directory.path().join("whole"))
            .arg(out.join("lib/debug/libfoo.so.debug")));
        for name in ["libfoo.a", "libother.a", "libfoo_nonshared.a"] {
            let object = out.join("lib/crt1.o");
            run(Command::new("ar")
                .arg("rcD")
                .arg(out.join("lib").join(name))
                .arg(object));
        }
        symlink("libfoo.so.1.0", out.join("lib/libfoo.so.1")).unwrap();
        symlink(out.join("lib/libfoo.so.1"), out.join("lib/libfoo.so")).unwrap();
        symlink("lib", out.join("lib64")).unwrap();
        symlink("foo", out.join("bin/foo-link")).unwrap();
    }

    fn texts(&self) {
        let (out, dev) = (self.out(), self.dev());
        let script =
            "/* GNU ld script */\nGROUP ( @out@/lib/libfoo.so.1 @out@/lib/libfoo_nonshared.a )\n";
        self.write(&out.join("lib/libscript.so"), script);
        self.write(
            &dev.join("include/foo.h"),
            "int foo(void);\n#define WHERE \"@out@/share/foo\"\n",
        );
        self.write(&dev.join("lib/foo/include/fooconfig.h"), "#define FOO 1\n");
        let pc = "prefix=@out@\nincludedir=@dev@/include\nName: foo\nDescription: foo\nVersion: 1\nLibs: -L${prefix}/lib -lfoo\nCflags: -I${includedir}\n";
        self.write(&dev.join("lib/pkgconfig/foo.pc"), pc);
        let export = "set_target_properties(foo PROPERTIES IMPORTED_LOCATION \"@out@/lib/libfoo.a\")\nset_target_properties(run PROPERTIES IMPORTED_LOCATION \"@out@/bin/foo\")\n";
        self.write(&dev.join("lib/cmake/foo/foo-targets.cmake"), export);
        self.write(&dev.join("share/aclocal/foo.m4"), "AC_DEFUN([FOO])\n");
        self.script(
            &dev.join("bin/foo-config"),
            "#!/bin/sh\necho -L@out@/lib -lfoo\n",
        );
        self.write(&dev.join("nix-support/setup-hook"), "export FOO=@out@\n");
        self.write(&dev.join("nix-support/propagated-build-inputs"), "@out@\n");
    }

    fn rest(&self) {
        let out = self.out();
        self.write(
            &out.join("lib/libfoo.la"),
            "# libfoo.la - a libtool library file\n",
        );
        self.write(&out.join("share/man/man3/foo.3"), ".TH foo 3\n");
        self.write(&out.join("share/locale/de/LC_MESSAGES/foo.mo"), "x");
        self.write(&out.join("share/doc/foo/README"), "read me");
        self.write(&out.join("share/foo/data"), "data");
        fs::create_dir_all(out.join("share/gsettings-schemas")).unwrap();
    }

    /// The tree, and what the command said.
    fn stubs(&self, arguments: &[&str]) -> (PathBuf, Output) {
        let tree = self.directory.path().join("tree");
        let output = program()
            .env("NIX_STORE", self.store())
            .arg("stubs")
            .args([self.out(), self.dev()])
            .arg("--out")
            .arg(&tree)
            .args(arguments)
            .output()
            .unwrap();
        (tree, output)
    }
}

fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_stub-builder"));
    for variable in ["NIX_BUILD_TOP", "NIX_STORE", "NIX_LOG_FD"] {
        program.env_remove(variable);
    }
    program
}

fn run(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {text}{error}");
    text
}

fn text(output: &[u8]) -> String {
    String::from_utf8(output.to_vec()).unwrap()
}

/// Every path below `top`, directories with a slash, links with their target.
fn listing(top: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    for entry in walkdir::WalkDir::new(top).min_depth(1) {
        let entry = entry.unwrap();
        let path = entry
            .path()
            .strip_prefix(top)
            .unwrap()
            .display()
            .to_string();
        let kind = entry.file_type();
        lines.push(if kind.is_dir() {
            format!("{path}/")
        } else if kind.is_symlink() {
            format!(
                "{path} -> {}",
                fs::read_link(entry.path()).unwrap().display()
            )
        } else {
            path
        });
    }
    lines.sort();
    lines
}

#[test]
fn each_file_becomes_what_the_table_says() {
    let package = Package::new('z');
    let (tree, output) = package.stubs(&["--json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let expected = "\
bin/
bin/foo
bin/foo-config
bin/foo-link -> foo
include/
include/foo.h
lib/
lib/cmake/
lib/cmake/foo/
lib/cmake/foo/foo-targets.cmake
lib/crt1.o
lib/debug/
lib/foo/
lib/foo/deep/
lib/foo/deep/libdeep.so
lib/foo/include/
lib/foo/include/fooconfig.h
lib/libfoo.a
lib/libfoo.so -> libfoo.so.1
lib/libfoo.so.1 -> libfoo.so.1.0
lib/libfoo.so.1.0
lib/libfoo_nonshared.a
lib/libnoname.so
lib/libscript.so
lib/pkgconfig/
lib/pkgconfig/foo.pc
lib64 -> lib
nix-support/
nix-support/setup-hook
share/
share/aclocal/
share/aclocal/foo.m4
share/doc/
share/doc/foo/
share/foo/
share/gsettings-schemas/
share/locale/
share/locale/de/
share/locale/de/LC_MESSAGES/
share/man/
share/man/man3/";
    assert_eq!(listing(&tree).join("\n"), expected);

    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    let left_out: BTreeMap<&str, &str> = summary["left_out"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["path"].as_str().unwrap(),
                one["reason"].as_str().unwrap(),
            )
        })
        .collect();
    let expected = BTreeMap::from([
        ("lib/debug/libfoo.so.debug", "debug-file"),
        ("lib/foo/object.o", "object-file"),
        ("lib/foo/plugin.so", "plug-in"),
        ("lib/libfoo.la", "libtool-archive"),
        ("lib/libother.a", "static-archive"),
        ("nix-support/propagated-build-inputs", "propagation"),
        ("share/doc/foo/README", "documentation"),
        ("share/foo/data", "other"),
        ("share/locale/de/LC_MESSAGES/foo.mo", "locale"),
        ("share/man/man3/foo.3", "man-page"),
    ]);
    assert_eq!(left_out, expected);
    let libraries = summary["libraries"].as_array().unwrap();
    let sonames: Vec<Option<&str>> = libraries.iter().map(|l| l["soname"].as_str()).collect();
    assert_eq!(libraries.len(), 3);
    assert!(sonames.contains(&Some("libfoo.so.1")) && sonames.contains(&None));
    assert!(libraries.iter().all(|library| library["symbols"] == 2));

    // A program that CMake must find is there, and says what it is.
    let ran = Command::new(tree.join("bin/foo")).output().unwrap();
    assert_eq!(ran.status.code(), Some(126));
    assert!(text(&ran.stderr).contains("not to be run"));
    let script = fs::read_to_string(tree.join("lib/libscript.so")).unwrap();
    assert!(
        script.contains("GROUP ( libfoo.so.1 libfoo_nonshared.a )"),
        "{script}"
    );
    let config = run(&mut Command::new(tree.join("bin/foo-config")));
    assert_eq!(
        config,
        format!("-L{}/lib -lfoo\n", tree.canonicalize().unwrap().display())
    );
}

#[test]
fn the_last_line_is_the_nar_hash() {
    let package = Package::new('z');
    let (tree, output) = package.stubs(&[]);
    let nix = Command::new("nix")
        .args([
            "--extra-experimental-features",
            "nix-command",
            "hash",
            "path",
        ])
        .arg(&tree)
        .output()
        .expect("nix is there");
    assert!(nix.status.success(), "{}", text(&nix.stderr));
    assert_eq!(
        text(&output.stdout).lines().last(),
        text(&nix.stdout).lines().last()
    );
}

#[test]
fn another_build_of_the_package_gives_the_same_tree() {
    let hashes = ['z', 'y'].map(|salt| {
        let (_, output) = Package::new(salt).stubs(&["--package", "foo"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    });
    // Archives and start-up objects are copied, and there the two differ.
    assert_ne!(hashes[0], hashes[1]);
    let hashes = ['z', 'y'].map(|salt| {
        let code = [
            "--exclude",
            "*.a",
            "--exclude",
            "*.o",
            "--exclude",
            "lib/cmake",
            "--exclude",
            "libscript.so",
        ];
        let (_, output) = Package::new(salt).stubs(&code);
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    });
    assert_eq!(hashes[0], hashes[1]);
}

#[test]
fn options_change_what_is_kept() {
    let package = Package::new('z');
    let options = [
        "--static",
        "--include",
        "plugin.so",
        "--include",
        "share/foo/*",
        "--exclude",
        "lib/foo/deep",
    ];
    let (tree, output) = package.stubs(&options);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for (path, there) in [
        ("lib/libother.a", true),
        ("lib/foo/plugin.so", true),
        ("share/foo/data", true),
        ("lib/foo/deep", false),
    ] {
        assert_eq!(tree.join(path).exists(), there, "{path}");
    }
    let notes = run(Command::new("readelf")
        .arg("-n")
        .arg(tree.join("lib/foo/plugin.so")));
    assert!(notes.contains("stub-builder"), "{notes}");
}

#[test]
fn all_problems_are_reported_and_nothing_is_written() {
    let package = Package::new('z');
    let (out, dev) = (package.out(), package.dev());
    let whole = fs::read(out.join("lib/libfoo.so.1.0")).unwrap();
    fs::write(out.join("lib/libcut.so"), &whole[..whole.len() / 2]).unwrap();
    let foreign = format!(
        "#include \"{}/{HASH}c-bar/bar.h\"\n",
        package.store().display()
    );
    fs::write(dev.join("include/leak.h"), foreign).unwrap();
    symlink("nowhere", out.join("lib/libbroken.so")).unwrap();
    symlink("/etc/passwd", out.join("lib/libescape.so")).unwrap();
    symlink("libloop.so", out.join("lib/libloop.so")).unwrap();
    let (tree, output) = package.stubs(&[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(!tree.exists() && output.stdout.is_empty());
    let errors = text(&output.stderr);
    let codes: Vec<&str> = errors
        .lines()
        .filter_map(|line| line.strip_prefix("stub-builder: error: "))
        .filter_map(|line| line.split(": ").next())
        .collect();
    assert_eq!(
        codes,
        ["SB0302", "SB0103", "SB0201", "SB0105", "SB0104"],
        "{errors}"
    );
    assert_eq!(errors.matches("hint: ").count(), 5);
    let left: Vec<_> = fs::read_dir(package.directory.path()).unwrap().collect();
    assert!(
        left.iter()
            .all(|entry| !format!("{entry:?}").contains("tmp\"")),
        "{left:?}"
    );
}

#[test]
fn wrong_arguments_are_another_exit_status() {
    for arguments in [
        &["stubs"][..],
        &["stubs", "x"],
        &["stubs", "x", "--jobs", "0"],
        &["what"],
        &[],
    ] {
        let output = program().args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
    let output = program()
        .args(["stubs", "/nowhere", "--out", "/tmp/x"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("SB0101: /nowhere"));
}

#[test]
fn a_single_library_is_a_tree_of_one() {
    let package = Package::new('z');
    let tree = package.directory.path().join("one");
    let source = package.out().join("lib/foo/plugin.so");
    run(program().arg("stubs").arg(source).arg("--out").arg(&tree));
    assert_eq!(listing(&tree), ["plugin.so"]);
}
