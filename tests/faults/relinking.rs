//! The same of relink: its outputs, and those of mask, which works in place.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Instant;

use stub_builder::nar;
use stub_builder::relink::hidden;

use crate::lab::{Lab, PROGRAM, as_user, messages, open_to_all};
use crate::signals::end_at_any_moment;

const DIGITS: &str = "0c5b4i2k9x8wq7v6szrpnmlkj1hgfdac";
const LARGE: usize = 1 << 19;
const FILES: usize = 25;

/// A store with what compile has left in two outputs, and what is to be put in.
struct Store {
    lab: Lab,
}

impl Store {
    fn new() -> Store {
        let store = Store { lab: Lab::new() };
        let tree = store.tree();
        for (output, name) in [
            (store.compile("out"), "lib"),
            (store.compile("dev"), "include"),
        ] {
            let folder = output.join(name);
            fs::create_dir_all(&folder).unwrap();
            for index in 0..FILES {
                let line = format!("{}/lib {}\n", tree.display(), output.display());
                fs::write(folder.join(index.to_string()), line.repeat(1 + index)).unwrap();
                let link = folder.join(format!("link-{index}"));
                std::os::unix::fs::symlink(tree.join("lib"), link).unwrap();
            }
            let large = format!("{}/lib\n", tree.display()).repeat(4);
            let large = [large.into_bytes(), vec![0; LARGE]].concat();
            fs::write(folder.join("large"), large).unwrap();
        }
        let source = store.lab.path("empty.c");
        let code = format!("char large[{LARGE}] = {{1}};\nint here(void) {{ return 0; }}\n");
        fs::write(&source, code).unwrap();
        let [library, debug_file, rest] = store.debug_files();
        let run = |program: &str, arguments: &[&OsStr]| {
            let output = Command::new(program).args(arguments).output().unwrap();
            assert!(output.status.success(), "{}", messages(&output));
        };
        let search = format!("-Wl,-rpath,{}/lib", tree.display());
        let macros = format!("-DLIBRARIES=\"{}/lib\"", tree.display());
        let options = [&search, &macros, "-shared", "-fPIC", "-nostdlib", "-g3"];
        let mut arguments: Vec<&OsStr> = options.iter().map(OsStr::new).collect();
        arguments.extend([source.as_ref(), "-o".as_ref(), library.as_os_str()]);
        run("gcc", &arguments);
        for debug_file in [&debug_file, &rest] {
            let file = debug_file.as_os_str();
            let arguments = ["--only-keep-debug".as_ref(), library.as_os_str(), file];
            run("objcopy", &arguments);
        }
        run("strip", &["--strip-debug".as_ref(), library.as_os_str()]);
        for (file, other) in [(&debug_file, &rest), (&library, &debug_file)] {
            let mut link = OsString::from("--add-gnu-debuglink=");
            link.push(other);
            run("objcopy", &[&link, file.as_os_str()]);
        }
        fs::create_dir_all(store.real().join("lib")).unwrap();
        store
    }

    fn path(&self, turn: usize, name: &str) -> PathBuf {
        let hash = format!("{}{}", &DIGITS[turn..], &DIGITS[..turn]);
        self.lab.path("store").join(format!("{hash}-{name}"))
    }

    fn tree(&self) -> PathBuf {
        self.path(1, &format!("{:-<62}=.", "greet-out-interface"))
    }

    fn real(&self) -> PathBuf {
        self.path(2, "greet-1.0")
    }

    /// A library, its debug file, of which it tells the checksum, and another one of which
    /// that tells.
    fn debug_files(&self) -> [PathBuf; 3] {
        let library = self.compile("out").join("lib/libhere.so");
        let debug_file = library.with_extension("debug");
        let rest = self.compile("dev").join("include/libhere-rest.debug");
        [library, debug_file, rest]
    }

    /// Whether what they tell is still right.
    fn tells_the_truth(&self) -> bool {
        self.debug_files().windows(2).all(|files| {
            let file = File::open(&files[0]).unwrap();
            let size = file.metadata().unwrap().len();
            let link = hidden::debuglink(&file, size).unwrap().unwrap();
            hidden::debug_crc(File::open(&files[1]).unwrap()).unwrap() == link.crc
        })
    }

    fn compile(&self, output: &str) -> PathBuf {
        self.path(3 + usize::from(output == "dev"), &format!("hello-{output}"))
    }

    fn r#final(&self, output: &str) -> PathBuf {
        self.path(5 + usize::from(output == "dev"), &format!("hello-{output}"))
    }

    fn finals(&self) -> [PathBuf; 2] {
        ["out", "dev"].map(|output| self.r#final(output))
    }

    fn command(&self, wrapper: &[&str], arguments: &[String]) -> Command {
        let words = [wrapper, &[PROGRAM]].concat();
        let mut command = Command::new(words[0]);
        command
            .args(&words[1..])
            .args(arguments)
            .env("NIX_STORE", self.lab.path("store"))
            .env_remove("NIX_BUILD_TOP");
        command
    }

    fn relink(&self, wrapper: &[&str]) -> Command {
        self.command(wrapper, &self.relink_words())
    }

    fn relink_words(&self) -> Vec<String> {
        let output = |name: &str| {
            let (compile, r#final) = (self.compile(name), self.r#final(name));
            format!("{name}={}:{}", compile.display(), r#final.display())
        };
        let stand_in = format!("{}:out={}", self.tree().display(), self.real().display());
        let words = [
            "relink",
            "--output",
            &output("out"),
            "--output",
            &output("dev"),
        ];
        let more = ["--stand-in", &stand_in];
        words
            .iter()
            .chain(&more)
            .map(|word| (*word).to_owned())
            .collect()
    }

    fn mask(&self, wrapper: &[&str]) -> Command {
        let trees = ["out", "dev"].map(|output| self.compile(output).display().to_string());
        self.command(wrapper, &[&["mask".to_owned()][..], &trees].concat())
    }

    /// Limits of memory, as options of prlimit: from where the system can only
    /// just load the program.
    fn little_memory(&self) -> impl Iterator<Item = String> {
        let limit = |kilobytes: usize| format!("--as={}", kilobytes << 10);
        let loads = |kilobytes: &usize| {
            let wrapper = ["prlimit", &limit(*kilobytes), "--"];
            let mut command = self.command(&wrapper, &["--version".to_owned()]);
            command.output().unwrap().status.success()
        };
        let least = (4 << 10..1 << 20).step_by(512).find(loads).unwrap();
        let steps = [
            0,
            128,
            256,
            512,
            1 << 10,
            2 << 10,
            4 << 10,
            8 << 10,
            16 << 10,
        ];
        steps.into_iter().map(move |more| limit(least + more))
    }

    /// The hashes of the final outputs, as they are when nothing goes wrong.
    fn right(&self) -> [String; 2] {
        let done = self.relink(&["timeout", "60"]).output().unwrap();
        assert_eq!(done.status.code(), Some(0), "{}", messages(&done));
        let hashes = self.finals().map(|path| nar::hash(&path).unwrap());
        self.clear();
        hashes
    }

    fn clear(&self) {
        for path in self.finals() {
            let _ = fs::remove_dir_all(path);
        }
    }

    /// Each output is whole, or absent. How many are there.
    fn whole_or_absent(&self, right: &[String; 2]) -> usize {
        let finals = self.finals();
        let there = finals.iter().zip(right).filter(|(path, _)| path.exists());
        there
            .map(|(path, right)| assert_eq!(&nar::hash(path).unwrap(), right))
            .count()
    }

    /// Runs relink where the store is a file system of `size` bytes of its own,
    /// after `before`, and then prints what is there but what was.
    fn on_disk(&self, size: usize, before: &str) -> Output {
        let quoted = |word: &String| format!("'{word}'");
        let words: Vec<String> = self.relink_words().iter().map(quoted).collect();
        let script = format!(
            "mkdir was && cp -a store/. was && mount -t tmpfs -o size={size} tmpfs store && \
             cp -a was/. store && ls -A store >before && {before} && {{ {PROGRAM} {} >printed; \
             status=$?; ls -A store | comm -13 before -; exit $status; }}",
            words.join(" ")
        );
        let output = Command::new("unshare")
            .args(["--map-root-user", "--mount", "sh", "-c", &script])
            .current_dir(self.lab.directory.path())
            .env("NIX_STORE", self.lab.path("store"))
            .env("LC_ALL", "C")
            .env_remove("NIX_BUILD_TOP")
            .output()
            .unwrap();
        let _ = fs::remove_dir_all(self.lab.path("was"));
        output
    }
}

#[test]
fn a_full_disk_holds_all_outputs_or_none() {
    let store = Store::new();
    let mut said = 0;
    let mut fits = 0;
    // What compile has left fits, with so much to spare.
    for spare in [200 << 10, LARGE / 2, LARGE, 3 * LARGE / 2, 32 << 20] {
        let output = store.on_disk(2 * LARGE + (800 << 10) + spare, "true");
        let there = String::from_utf8_lossy(&output.stdout).into_owned();
        let text = messages(&output);
        match output.status.code() {
            Some(0) => {
                fits += 1;
                assert_eq!(there.lines().count(), 2, "{there}");
            }
            Some(1) => {
                said += usize::from(text.contains("No space left on device"));
                assert!(text.contains("error: SB0101: "), "{text}");
                assert_eq!(there, "", "{spare}: {text}");
            }
            other => panic!("{spare}: {other:?}: {text}"),
        }
    }
    assert!(said > 0 && fits > 0, "{said} and {fits}");
}

#[test]
fn a_store_that_is_read_only_stays_as_it_is() {
    let store = Store::new();
    let output = store.on_disk(64 << 20, "mount -o remount,ro store");
    let text = messages(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        text.contains("error: SB0101: ") && text.contains("Read-only file system"),
        "{text}"
    );
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
}

#[test]
fn ended_at_any_moment_relink_leaves_whole_outputs_or_none() {
    let store = Store::new();
    let right = store.right();
    let started = Instant::now();
    assert_eq!(store.right(), right);
    let length = started.elapsed();
    let mut absent = 0;
    end_at_any_moment(
        length,
        || store.relink(&["env"]),
        || {
            absent += usize::from(store.whole_or_absent(&right) == 0);
            store.clear();
        },
    );
    assert!(absent > 0, "always too late");
    assert_eq!(store.right(), right);
}

#[test]
fn without_threads_or_memory_relink_leaves_whole_outputs_or_none() {
    let store = Store::new();
    let right = store.right();
    let mut missing = 0;
    for limit in store.little_memory() {
        let wrapper = ["timeout", "60", "prlimit", &limit, "--"];
        let output = store.relink(&wrapper).output().unwrap();
        let there = store.whole_or_absent(&right);
        let text = messages(&output);
        match output.status.code() {
            Some(0) => assert_eq!(there, 2),
            _ => {
                missing += 1;
                assert!(
                    !text.is_empty() && !text.contains("panicked"),
                    "{limit}: {text}"
                );
                assert_eq!(there, 0, "{limit}: {text}");
            }
        }
        store.clear();
    }
    assert!(missing > 0);
    open_to_all(store.lab.directory.path());
    let wrapper = [&as_user()[..], &["prlimit", "--nproc=1", "--"]].concat();
    let output = store.relink(&wrapper).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", messages(&output));
    assert_eq!(store.whole_or_absent(&right), 2);
}

/// Half of it may be masked when it ends. Whoever runs it again has all.
#[test]
fn mask_goes_on_where_it_was_ended() {
    let store = Store::new();
    let trees = ["out", "dev"].map(|output| store.compile(output));
    let saved = store.lab.path("saved");
    let copy = |from: &Path, to: &Path| {
        let status = Command::new("cp").arg("-a").args([from, to]).status();
        assert!(status.unwrap().success());
    };
    copy(&store.lab.path("store"), &saved);
    let restore = || {
        fs::remove_dir_all(store.lab.path("store")).unwrap();
        copy(&saved, &store.lab.path("store"));
    };
    let hashes = || trees.each_ref().map(|tree| nar::hash(tree).unwrap());
    let started = Instant::now();
    let run = |wrapper: &[&str]| {
        let done = store.mask(wrapper).output().unwrap();
        assert_eq!(done.status.code(), Some(0), "{}", messages(&done));
    };
    run(&["env"]);
    let length = started.elapsed();
    let right = hashes();
    assert!(store.tells_the_truth());
    let mut halves = 0;
    restore();
    let before = hashes();
    end_at_any_moment(
        length,
        || store.mask(&["env"]),
        || {
            let now = hashes();
            halves += usize::from(now != before && now != right);
            run(&["env"]);
            assert_eq!(hashes(), right);
            restore();
        },
    );
    assert!(halves > 0, "never in the midst of it");
    for limit in store.little_memory() {
        let output = store.mask(&["prlimit", &limit, "--"]).output().unwrap();
        let text = messages(&output);
        assert!(!text.contains("panicked"), "{limit}: {text}");
        assert!(output.status.success() || !text.is_empty(), "{limit}");
        run(&["env"]);
        assert_eq!(hashes(), right);
        restore();
    }
    // What tells of a debug file comes first, and is the largest of these here: nothing
    // else may have been told when it can't be.
    let limit = format!("--fsize={LARGE}");
    let output = store.mask(&["prlimit", &limit, "--core=0", "--"]).output();
    assert!(!output.unwrap().status.success());
    run(&["env"]);
    assert_eq!(hashes(), right);
    restore();
    open_to_all(store.lab.directory.path());
    let owner = Command::new("chown")
        .args(["-R", "54321"])
        .arg(store.lab.directory.path())
        .status();
    if owner.unwrap().success() {
        run(&[&as_user()[..], &["prlimit", "--nproc=1", "--"]].concat());
        assert_eq!(hashes(), right);
    }
}
