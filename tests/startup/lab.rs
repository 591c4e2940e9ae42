//! A store with a dozen libraries in as many packages, and a program that needs
//! them all.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const STUB_BUILDER: &str = env!("CARGO_BIN_EXE_stub-builder");
const DIGITS: &str = "0c5b4i2k9x8wq7v6szrpnmlkj1hgfdac";
pub const COUNT: usize = 12;

/// The compiler and loader of a C library.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Libc {
    Glibc,
    Musl,
    /// glibc's for AArch64, in QEMU.
    AArch64,
}

pub struct Lab {
    directory: TempDir,
    pub store: String,
    libc: Libc,
    /// The version of AArch64's C library, part of its path.
    pub version: String,
    /// What is linked of it beside libc.so.6.
    pub parts: &'static [&'static str],
}

impl Lab {
    pub fn new(libc: Libc) -> Lab {
        let directory = tempfile::tempdir().unwrap();
        let store = format!("{}/store", directory.path().display());
        let lab = Lab {
            directory,
            store,
            libc,
            version: "2.36".to_owned(),
            parts: &[],
        };
        for index in (0..COUNT).rev() {
            lab.library(index, "");
        }
        lab
    }

    /// What the compiler has to be told for each file.
    fn target(&self) -> Vec<String> {
        match self.libc {
            Libc::Glibc => vec!["gcc".to_owned()],
            Libc::Musl => vec!["musl-gcc".to_owned()],
            Libc::AArch64 => {
                let flags = "clang-19 --target=aarch64-linux-gnu --ld-path=ld.lld-19 -nostdlib";
                flags.split(' ').map(str::to_owned).collect()
            }
        }
    }

    /// That of another machine.
    pub fn c_library(&self) -> String {
        let name = format!("glibc-{}", self.version);
        format!("{}/lib/libc.so.6", self.path(COUNT * 2 + 3, &name))
    }

    /// What programs are linked with; for another machine there is a C library,
    /// which becomes a package of the store, and neither headers nor start files.
    fn start(&self) -> (&'static str, Vec<String>) {
        if self.libc != Libc::AArch64 {
            return ("#include <stdio.h>", Vec::new());
        }
        let library = self.c_library();
        let directory = Path::new(&library).parent().unwrap().display().to_string();
        fs::create_dir_all(&directory).unwrap();
        let cross = format!(
            "{}/.work/cross/usr/aarch64-linux-gnu/lib",
            env!("CARGO_MANIFEST_DIR")
        );
        let copy = |name: &&str| {
            let file = format!("{directory}/{name}");
            fs::copy(format!("{cross}/{name}"), &file).unwrap();
            file
        };
        let loader = copy(&"ld-linux-aarch64.so.1");
        let mut flags = vec![copy(&"libc.so.6")];
        flags.extend(self.parts.iter().map(copy));
        flags.push(format!("-Wl,-rpath,{directory}"));
        flags.push(format!("-Wl,--dynamic-linker,{loader}"));
        (
            "int printf(const char *, ...); void exit(int); int main(void); void _start(void) { exit(main()); }",
            flags,
        )
    }

    /// Runs a program of the lab, and says what it said.
    pub fn run(&self, program: &Path) -> String {
        succeed(&mut self.command(program))
    }

    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("qemu-aarch64");
        match self.libc {
            Libc::AArch64 => command.arg(program),
            _ => return Command::new(program),
        };
        command
    }

    fn path(&self, turn: usize, name: &str) -> String {
        format!(
            "{}/{}{}-{name}",
            self.store,
            &DIGITS[turn..],
            &DIGITS[..turn]
        )
    }

    pub fn scratch(&self, name: &str) -> String {
        format!("{}/{name}", self.directory.path().display())
    }

    /// The real package of a library, and what stands in for it.
    pub fn real(&self, index: usize) -> String {
        self.path(index, &format!("l{index}-1.0"))
    }

    fn stand_in(&self, index: usize) -> String {
        self.path(
            index + COUNT + 2,
            &format!("{:-<62}=.", format!("l{index}-interface")),
        )
    }

    pub fn compile(&self, way: &str) -> String {
        self.path(COUNT, &format!("program-{way}"))
    }

    pub fn output(&self, way: &str) -> String {
        self.path(COUNT + 1, &format!("program-{way}"))
    }

    pub fn program(&self, way: &str) -> PathBuf {
        Path::new(&self.output(way)).join("bin/program")
    }

    pub fn gcc(&self, source: &str, arguments: &[&str]) {
        let file = self.scratch("source.c");
        fs::write(&file, source).unwrap();
        let target = self.target();
        let mut gcc = Command::new(&target[0]);
        gcc.args(&target[1..]);
        succeed(gcc.args([&file, "-fPIC", "-w"]).args(arguments));
    }

    /// Library `index` of the store, which needs the one behind it, with `more`
    /// in its source.
    pub fn library(&self, index: usize, more: &str) {
        let behind = index + 1;
        if behind == COUNT {
            return self.alone(index, more);
        }
        let next = format!("{}/lib", self.real(behind));
        let source = format!(
            "{more}\nint l{behind}(void); int l{index}(void) {{ return {index} + 0 * l{behind}(); }}\n"
        );
        let linking = [
            format!("{next}/libl{behind}.so.1"),
            format!("-Wl,-rpath,{next}"),
        ];
        self.shared(index, &source, &linking.each_ref().map(String::as_str));
    }

    /// The same, and it needs none.
    pub fn alone(&self, index: usize, more: &str) {
        let source = format!("{more}\nint l{index}(void) {{ return {index}; }}\n");
        self.shared(index, &source, &[]);
    }

    fn shared(&self, index: usize, source: &str, linking: &[&str]) {
        let directory = format!("{}/lib", self.real(index));
        fs::create_dir_all(&directory).unwrap();
        let soname = format!("-Wl,-soname,libl{index}.so.1");
        let file = format!("{directory}/libl{index}.so.1");
        let mut arguments = vec!["-shared", &soname, "-o", &file];
        arguments.extend(linking);
        self.gcc(source, &arguments);
    }

    /// Compiles a program against stand-ins and relinks it: all its libraries
    /// are added up, then comes `body`.
    pub fn build(&self, way: &str, head: &str, body: &str, linking: &[&str]) -> Value {
        let compile = self.compile(way);
        fs::create_dir_all(format!("{compile}/bin")).unwrap();
        let mut declared = String::new();
        let mut sum = String::from("0");
        let mut arguments: Vec<String> = Vec::new();
        for index in 0..COUNT {
            declared += &format!("int l{index}(void);\n");
            sum += &format!(" + l{index}()");
            arguments.push(format!("{}/lib/libl{index}.so.1", self.real(index)));
            arguments.push(format!("-Wl,-rpath,{}/lib", self.stand_in(index)));
        }
        let (start, flags) = self.start();
        let source = format!(
            "{start}\n{head}\n{declared}int main(void) {{ printf(\"%d\\n\", {sum}); {body} return 0; }}\n"
        );
        let file = format!("{compile}/bin/program");
        let mut all = vec!["-Wl,--no-as-needed", "-o", &file];
        all.extend(linking);
        all.extend(arguments.iter().chain(&flags).map(String::as_str));
        self.gcc(&source, &all);
        let output = self.relink(way, &[]);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).unwrap()
    }

    pub fn relink(&self, way: &str, more: &[&str]) -> Output {
        let mut relink = Command::new(STUB_BUILDER);
        let output = format!("out={}:{}", self.compile(way), self.output(way));
        relink.args(["relink", "--json", "--output", &output]);
        for index in 0..COUNT {
            let stand_in = format!("{}:out={}", self.stand_in(index), self.real(index));
            relink.args(["--stand-in", &stand_in]);
        }
        match way {
            "list" | "links" => relink.args(["--startup", way]),
            "own" => relink.arg("--bind-own-functions"),
            _ => &mut relink,
        };
        relink.args(more).env("NIX_STORE", &self.store);
        relink.env_remove("NIX_BUILD_TOP").output().unwrap()
    }
}

pub fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {text}");
    String::from_utf8(output.stdout).unwrap()
}

pub fn run(program: &Path) -> String {
    succeed(&mut Command::new(program))
}

/// What the loader tries to open before the program begins (`LD_DEBUG`, ld.so(8)).
pub fn tries(lab: &Lab, program: &Path) -> usize {
    let mut command = lab.command(program);
    // Cargo sets it.
    command.env_remove("LD_LIBRARY_PATH");
    match lab.libc {
        Libc::AArch64 => command.env("QEMU_SET_ENV", "LD_DEBUG=libs"),
        _ => command.env("LD_DEBUG", "libs"),
    };
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    let start = text.split("calling init").next().unwrap_or_default();
    // The C library is where the cache says.
    let tries = start.lines().filter(|line| line.contains("trying file="));
    tries.filter(|line| line.contains("/libl")).count()
}

/// The files that are loaded, links followed, by their names.
pub fn loads(program: &Path) -> BTreeMap<String, PathBuf> {
    let text = succeed(Command::new("ldd").arg(program));
    let paths = text.lines().filter_map(|line| {
        let line = line.trim().split(" (").next()?;
        let real = fs::canonicalize(line.rsplit(" => ").next()?).ok()?;
        let name = real.file_name()?.to_str()?.to_owned();
        (!name.starts_with("startup-")).then_some((name, real))
    });
    paths.collect()
}
