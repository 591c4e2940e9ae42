//! Programs and libraries laid out as Nix does, each library in a directory of
//! its own: compiled against stand-ins, and relinked in each way.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rayon::prelude::*;
use serde_json::json;

const STUB_BUILDER: &str = env!("CARGO_BIN_EXE_stub-builder");
pub const LOADER: &str = "ld-linux-x86-64.so.2";

/// How libraries are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// As Nix has it today.
    Runpath,
    List,
    /// The same, and libraries are bound to their own functions.
    Own,
    Links,
    /// DT_NEEDED are paths, made with patchelf.
    Absolute,
}

impl Way {
    pub const ALL: [Way; 5] = [Way::Runpath, Way::List, Way::Own, Way::Links, Way::Absolute];

    pub fn name(self) -> &'static str {
        match self {
            Way::Runpath => "RUNPATH",
            Way::List => "list",
            Way::Own => "list, own functions",
            Way::Links => "links",
            Way::Absolute => "absolute",
        }
    }

    /// Where its libraries come from: a load list changes none.
    fn libraries(self) -> Way {
        match self {
            Way::List => Way::Runpath,
            way => way,
        }
    }
}

/// One library or program, and the packages that it needs, in order.
pub struct Package {
    pub name: String,
    pub file: PathBuf,
    pub file_name: String,
    pub is_program: bool,
    /// DT_NEEDED, and the package that has it.
    pub needs: Vec<(String, String)>,
}

pub struct Store {
    pub root: PathBuf,
}

impl Store {
    pub fn path(&self, name: &str, kind: &str) -> PathBuf {
        self.root
            .join(format!("{}-{name}", digits(&format!("{kind} {name}"))))
    }

    fn stand_in(&self, name: &str) -> PathBuf {
        let padded = format!("{:-<62}=.", format!("{name}-interface"));
        self.path(&padded, "stand-in")
    }

    fn real(&self, name: &str, way: Way) -> PathBuf {
        match name {
            "glibc" => self.path(name, "real"),
            _ => self.path(name, way.name()),
        }
    }

    pub fn program(&self, package: &Package, way: Way) -> PathBuf {
        self.path(&package.name, way.name())
            .join("bin")
            .join(&package.file_name)
    }

    /// The C library's directory, whose contents [`use_glibc`] changes.
    pub fn glibc(&self) -> PathBuf {
        self.path("glibc", "real")
    }

    /// Lets all programs run with the C library in `from`.
    pub fn use_glibc(&self, from: &Path) {
        let lib = self.glibc().join("lib");
        let _ = fs::remove_dir_all(&lib);
        fs::create_dir_all(&lib).unwrap();
        for entry in fs::read_dir(from).unwrap().flatten() {
            if is_of_glibc(&entry.file_name().to_string_lossy()) {
                fs::copy(entry.path(), lib.join(entry.file_name())).unwrap();
            }
        }
    }

    /// Everything, in all ways.
    pub fn lay_out(&self, packages: &[Package]) {
        packages
            .par_iter()
            .for_each(|package| self.compile(package));
        let mut done = BTreeSet::from(["glibc"]);
        while done.len() <= packages.len() {
            // Those that need nothing which is not there yet.
            let ready = |package: &&Package| {
                let mut needs = package.needs.iter();
                let name = package.name.as_str();
                !done.contains(name) && needs.all(|(_, other)| done.contains(other.as_str()))
            };
            let wave: Vec<&Package> = packages.iter().filter(ready).collect();
            assert!(!wave.is_empty(), "libraries that need each other");
            for way in Way::ALL {
                wave.par_iter().for_each(|package| match way {
                    Way::List if !package.is_program => {}
                    Way::Absolute => self.absolute(package),
                    _ => self.relink(package, way),
                });
            }
            done.extend(wave.iter().map(|package| package.name.as_str()));
        }
    }

    /// As a compiler would leave it that has seen stand-ins only.
    fn compile(&self, package: &Package) {
        let output = self.path(&package.name, "compile");
        let file = place(&output, package);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::copy(&package.file, &file).unwrap();
        let mut seen = BTreeSet::new();
        let directories = package.needs.iter().filter(|(_, name)| seen.insert(name));
        let search: Vec<String> = directories
            .map(|(_, name)| format!("{}/lib", self.stand_in(name).display()))
            .collect();
        let mut patchelf = Command::new("patchelf");
        if package.is_program {
            let loader = self.stand_in("glibc").join("lib").join(LOADER);
            patchelf.arg("--set-interpreter").arg(loader);
        }
        patchelf.arg("--set-rpath").arg(search.join(":")).arg(&file);
        succeed(&mut patchelf);
    }

    fn relink(&self, package: &Package, way: Way) {
        let names: BTreeSet<&String> = package.needs.iter().map(|(_, name)| name).collect();
        let stand_ins: Vec<_> = names
            .into_iter()
            .map(|name| {
                json!({
                    "path": self.stand_in(name),
                    "real": { "out": self.real(name, way.libraries()) },
                })
            })
            .collect();
        let manifest = json!({
            "outputs": { "out": {
                "compile": self.path(&package.name, "compile"),
                "final": self.path(&package.name, way.name()),
            } },
            "standIns": stand_ins,
            "exempt": ["**"],
            "startup": match way {
                Way::List | Way::Own => Some("list"),
                Way::Links => Some("links"),
                _ => None,
            },
            "bindOwnFunctions": way == Way::Own,
        });
        let file = self.root.join(format!("{}-{way:?}.json", package.name));
        fs::write(&file, manifest.to_string()).unwrap();
        let mut relink = Command::new(STUB_BUILDER);
        relink
            .args(["relink", "--jobs", "1", "--manifest"])
            .arg(&file);
        succeed(relink.env("NIX_STORE", &self.root));
        fs::remove_file(file).unwrap();
    }

    fn absolute(&self, package: &Package) {
        let output = self.path(&package.name, Way::Absolute.name());
        let file = place(&output, package);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::copy(
            place(&self.path(&package.name, Way::Runpath.name()), package),
            &file,
        )
        .unwrap();
        let mut patchelf = Command::new("patchelf");
        for (needed, name) in &package.needs {
            if needed != LOADER {
                let path = self.real(name, Way::Absolute).join("lib").join(needed);
                patchelf.arg("--replace-needed").arg(needed).arg(path);
            }
        }
        succeed(patchelf.arg(&file));
    }

    /// How much larger the ELF files of one way are than those of another.
    pub fn growth(&self, packages: &[Package], way: Way) -> i64 {
        let size = |package: &Package, way: Way| {
            let way = if package.is_program {
                way
            } else {
                way.libraries()
            };
            let file = place(&self.path(&package.name, way.name()), package);
            fs::metadata(file).unwrap().len() as i64
        };
        let each = packages.iter();
        each.map(|package| size(package, way) - size(package, Way::Runpath))
            .sum()
    }
}

fn place(output: &Path, package: &Package) -> PathBuf {
    let folder = if package.is_program { "bin" } else { "lib" };
    output.join(folder).join(&package.file_name)
}

/// Whether the C library's package has it, by Debian's file list.
pub fn is_of_glibc(name: &str) -> bool {
    const STEMS: [&str; 15] = [
        "ld-linux-x86-64",
        "libc",
        "libm",
        "libmvec",
        "libpthread",
        "libdl",
        "librt",
        "libutil",
        "libresolv",
        "libanl",
        "libBrokenLocale",
        "libnsl",
        "libnss_files",
        "libnss_dns",
        "libthread_db",
    ];
    name.split_once(".so.")
        .is_some_and(|(stem, _)| STEMS.contains(&stem))
}

/// A hash as store paths have one.
fn digits(of: &str) -> String {
    const DIGITS: &[u8] = b"0123456789abcdfghijklmnpqrsvwxyz";
    let mut state: u64 = 0xcbf2_9ce4_8422_2325;
    let mut next = |byte: u8| {
        state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        state
    };
    of.bytes().for_each(|byte| {
        next(byte);
    });
    (0..32)
        .map(|index| DIGITS[(next(index) >> 40) as usize % 32] as char)
        .collect()
}

pub fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {text}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
