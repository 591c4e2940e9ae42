//! Small input that costs out of proportion: all of it takes no more memory than 64
//! MB and four times its size, and no time to speak of, whatever comes of it.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::elf_file::ElfFile;
use crate::lab::{PROGRAM, messages};

/// Of processor time, in a build for debugging; what each of these took before it had
/// a bound was minutes, or memory without end.
const SECONDS: u64 = 40;

/// A store with a package that has been compiled against a stand-in.
struct Store {
    directory: tempfile::TempDir,
    /// The stand-in, and the output that it stands for.
    stand_in: String,
    real: String,
    /// Of another package.
    other: String,
    compile: String,
    r#final: String,
}

impl Store {
    fn new() -> Store {
        let directory = tempfile::tempdir().unwrap();
        let digits = "0c5b4i2k9x8wq7v6szrpnmlkj1hgfdac";
        let path = |turn: usize, name: &str| {
            let store = directory.path().display();
            format!("{store}/{}{}-{name}", &digits[turn..], &digits[..turn])
        };
        let store = Store {
            stand_in: path(1, &format!("{:-<62}=.", "greet-interface")),
            real: path(2, "greet-1"),
            other: path(3, "other-1"),
            compile: path(4, "hello-1"),
            r#final: path(5, "hello-1"),
            directory,
        };
        fs::create_dir(&store.compile).unwrap();
        store.write(&format!("{}/lib/libgreet.so.1", store.real), "x");
        store
    }

    fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        fs::create_dir_all(Path::new(path).parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn compiled(&self, path: &str, bytes: impl AsRef<[u8]>) {
        self.write(&format!("{}/{path}", self.compile), bytes);
    }

    /// The program, with as much memory as `input` allows.
    fn run(&self, input: &str, arguments: &[&str]) -> Output {
        let most = (64 << 20) + 4 * size(Path::new(input));
        self.run_within(most, arguments)
    }

    fn run_within(&self, bytes: u64, arguments: &[&str]) -> Output {
        Command::new("prlimit")
            .args([format!("--data={bytes}"), format!("--cpu={SECONDS}")])
            .arg(PROGRAM)
            .args(arguments)
            .args(["--jobs", "2"].iter().filter(|_| arguments[0] != "mask"))
            .env("NIX_STORE", self.directory.path())
            .env_remove("NIX_BUILD_TOP")
            .output()
            .unwrap()
    }

    fn relink_arguments(&self) -> [String; 5] {
        [
            "relink".to_owned(),
            "--output".to_owned(),
            format!("out={}:{}", self.compile, self.r#final),
            "--stand-in".to_owned(),
            format!("{}:out={}", self.stand_in, self.real),
        ]
    }

    fn relink(&self) -> Output {
        let arguments = self.relink_arguments();
        self.run(&self.compile, &arguments.each_ref().map(String::as_str))
    }

    fn stubs(&self) -> Output {
        let out = self.directory.path().join("out");
        let arguments = ["stubs", &self.real, "--out", out.to_str().unwrap()];
        self.run(&self.real, &arguments)
    }
}

fn size(path: &Path) -> u64 {
    let meta = fs::symlink_metadata(path).unwrap();
    match meta.is_dir() {
        true => {
            let entries = fs::read_dir(path).unwrap();
            entries.map(|entry| size(&entry.unwrap().path())).sum()
        }
        false => meta.len(),
    }
}

#[track_caller]
fn succeeds(output: &Output) {
    let code = output.status.code();
    assert_eq!(code, Some(0), "{:?}: {}", output.status, messages(output));
}

#[track_caller]
fn refuses(output: &Output, code: &str) {
    let text = messages(output);
    let shown: String = text.chars().take(2000).collect();
    assert_eq!(
        output.status.code(),
        Some(1),
        "{:?}: {shown}",
        output.status
    );
    assert!(text.contains(code), "{shown}");
    // Who mends a hundred finds the others.
    assert!(text.lines().count() < 300, "{} lines", text.lines().count());
}

#[test]
fn paths_within_paths() {
    let store = Store::new();
    store.compiled("x", format!("{}/x", store.stand_in).repeat(3000));
    refuses(&store.relink(), "SB0702");
    store.compiled(
        "nix-support/x",
        format!("{}/x", store.stand_in).repeat(3000),
    );
    refuses(&store.relink(), "SB0702");
}

#[test]
fn hundred_thousand_faults() {
    let store = Store::new();
    let hash = &Path::new(&store.stand_in)
        .file_name()
        .unwrap()
        .to_str()
        .unwrap()[..32];
    let all: String = (0..100_000).map(|n| format!("{hash}-{n:06} ")).collect();
    store.compiled("x", all);
    refuses(&store.relink(), "SB0704");
    let all: String = (0..100_000)
        .map(|n| format!("{}/{n:06}\n", store.other))
        .collect();
    store.write(&format!("{}/include/x.h", store.real), all);
    refuses(&store.stubs(), "SB0302");
}

#[test]
fn one_name_for_all_members_and_sections() {
    let store = Store::new();
    let header =
        |name: &str, size: usize| format!("{name:16}{:12}{:6}{:6}{:8}{size:<10}`\n", 0, 0, 0, 644);
    let name = "a".repeat(1 << 20);
    let table = header("//", name.len()) + &name;
    let members = header("/0", 0).repeat(50_000);
    store.compiled("x.a", format!("!<arch>\n{table}{members}"));
    let mut sections = ElfFile::default();
    let names = [b"\0.gnu.debuglto_", name.as_bytes()].concat();
    sections.sections(50_000, &names, 2);
    store.compiled("x.so", sections.bytes());
    // Told by nobody: that makes one look.
    store.compiled("x.debug", "");
    succeeds(&store.relink());
    succeeds(&store.run(&store.compile, &["mask", &store.compile]));
}

#[test]
fn many_programs_tell_of_many_debug_files() {
    let store = Store::new();
    for number in 0..20 {
        let path = format!("{}/{number}/x.debug", store.compile);
        store.write(&path, format!("{number}"));
        File::options()
            .write(true)
            .open(path)
            .unwrap()
            .set_len(2 << 20)
            .unwrap();
    }
    for number in 0..1000 {
        let mut program = ElfFile::default();
        let link = [b"x.debug\0".as_slice(), &u32::to_le_bytes(number)].concat();
        program.section(b"\0.gnu_debuglink", &link);
        store.compiled(&format!("bin/{number}"), program.bytes());
    }
    succeeds(&store.run(&store.compile, &["mask", &store.compile]));
}

/// What isn't looked at for lack of memory may hold anything.
#[test]
fn windows_without_memory() {
    for compress in ["xz -9 -c", "zstd -q -19 --long=25 -c"] {
        let store = Store::new();
        let text = [vec![0; 24 << 20], store.compile.clone().into_bytes()].concat();
        let plain = store.directory.path().join("plain");
        fs::write(&plain, text).unwrap();
        let mut words = compress.split(' ');
        let packed = Command::new(words.next().unwrap())
            .args(words)
            .arg(&plain)
            .output();
        store.compiled("x", packed.unwrap().stdout);
        let arguments = store.relink_arguments();
        let arguments = arguments.each_ref().map(String::as_str);
        refuses(&store.run_within(24 << 20, &arguments), "SB0101");
        refuses(&store.run_within(128 << 20, &arguments), "SB0709");
    }
}

#[test]
fn search_paths() {
    let store = Store::new();
    let directory = format!("{}/lib", store.stand_in);
    let paths = |directory: &str, count| vec![directory; count].join(":");
    let needed: Vec<String> = (0..20_000)
        .map(|number| format!("lib{number}.so"))
        .collect();
    let library = |path: &str, needed: &[String]| {
        let mut library = ElfFile::default();
        library.runpath(path);
        needed.iter().for_each(|name| library.needs(name));
        library.bytes()
    };
    store.compiled("lib/x.so", library(&paths(&directory, 2000), &needed));
    refuses(&store.relink(), "SB0202");
    let plain: Vec<String> = (0..20_000).map(|number| format!("/a{number}")).collect();
    store.compiled("lib/x.so", library(&plain.join(":"), &needed));
    succeeds(&store.relink());
    fs::remove_dir_all(&store.r#final).unwrap();
    let origins = "$ORIGIN".repeat(100_000);
    store.compiled("lib/x.so", library(&origins, &needed[..1]));
    succeeds(&store.relink());
}

#[test]
fn names_that_share_their_ends() {
    let store = Store::new();
    let mut library = ElfFile::default();
    let name = library.string(&"x".repeat(200_000));
    for start in 0..10_000 {
        library.needs_string(name + start);
        library.imports(name + start);
    }
    store.compiled("lib/x.so", library.bytes());
    succeeds(&store.relink());
    fs::remove_dir_all(&store.r#final).unwrap();
    let mut program = ElfFile::default();
    let name = program.string(&"x".repeat(200_000));
    (0..10_000).for_each(|start| program.imports(name + start));
    store.compiled("lib/x.so", program.bytes());
    succeeds(&store.relink());
}

#[test]
fn links_to_links() {
    let store = Store::new();
    let library = format!("{}/lib", store.compile);
    fs::create_dir(&library).unwrap();
    for number in 0..39 {
        let next = format!("d{}{}", number + 1, "/x".repeat(1900));
        symlink(next, format!("{library}/d{number}")).unwrap();
    }
    let mut file = ElfFile::default();
    file.runpath(&format!("$ORIGIN/d0{}", "/x".repeat(1900)));
    file.needs("libx.so");
    store.compiled("lib/x.so", file.bytes());
    succeeds(&store.relink());

    for number in 0..40 {
        let next = format!("{}c{}", "./".repeat(2000), number + 1);
        symlink(next, format!("{}/c{number}", store.real)).unwrap();
    }
    store.write(&format!("{}/c40", store.real), "x");
    for number in 0..2000 {
        symlink("c1", format!("{}/l{number}", store.real)).unwrap();
    }
    let text = messages(&store.stubs());
    assert!(text.contains("SB0104"), "{text}");
}

#[test]
fn links_that_fan_out() {
    let store = Store::new();
    for level in 0..12 {
        let directory = format!("{}/d{level}", store.other);
        fs::create_dir_all(&directory).unwrap();
        for link in 0..20 {
            let next = format!("{}/d{}", store.other, level + 1);
            symlink(next, format!("{directory}/{link}")).unwrap();
        }
    }
    store.write(&format!("{}/d12/x.h", store.other), "x");
    symlink(
        format!("{}/d0", store.other),
        format!("{}/include", store.real),
    )
    .unwrap();
    refuses(&store.stubs(), "SB0101");

    fs::remove_file(format!("{}/include", store.real)).unwrap();
    let header = PathBuf::from(format!("{}/x.h", store.other));
    fs::write(&header, vec![b'x'; 1 << 20]).unwrap();
    fs::create_dir(format!("{}/include", store.real)).unwrap();
    for link in 0..200 {
        symlink(&header, format!("{}/include/{link}.h", store.real)).unwrap();
    }
    refuses(&store.stubs(), "SB0101");
}

#[test]
fn texts_that_lie_deep() {
    let deep = "d/".repeat(1500);
    let store = Store::new();
    let text = format!("{}\n", store.real).repeat(20_000);
    store.write(&format!("{}/lib/{deep}pkgconfig/x.pc", store.real), text);
    refuses(&store.stubs(), "SB0301");

    let store = Store::new();
    let names = "${_IMPORT_PREFIX}/a;".repeat(20_000);
    let long = format!("${{_IMPORT_PREFIX}}/{}", "a/".repeat(500_000));
    let path = format!("{}/lib/cmake/{deep}x.cmake", store.real);
    store.write(&path, format!("set(a \"{names}\")\nset(b \"{long}\")\n"));
    succeeds(&store.stubs());
}

#[test]
fn a_variable_with_a_long_name() {
    let store = Store::new();
    let libraries = format!(" {}/lib/libz.so", store.other).repeat(30_000);
    let text = format!("set({}_LIBRARIES {libraries})", "A".repeat(2 << 20));
    store.write(&format!("{}/lib/cmake/x/x.cmake", store.real), text);
    succeeds(&store.stubs());
}
