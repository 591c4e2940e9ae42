//! What it costs to start a program.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::store::succeed;

/// A library that ends the program before any other one's constructor is run
/// (`-z initfirst`), so that nothing is measured but the loader.
pub struct Stop(PathBuf);

impl Stop {
    pub fn new(work: &Path) -> Stop {
        let source = work.join("stop.c");
        let library = work.join("stop.so");
        fs::write(
            &source,
            "__attribute__((constructor)) static void stop(void) {\n  __asm__ volatile(\"syscall\" : : \"a\"(231), \"D\"(0));\n}\n",
        )
        .unwrap();
        let flags = ["-shared", "-fPIC", "-nostdlib", "-Wl,-z,initfirst", "-o"];
        succeed(Command::new("gcc").args(flags).args([&library, &source]));
        Stop(library)
    }

    pub fn command(&self, program: &Path) -> Command {
        let mut command = without_cargo(program);
        command.env("LD_PRELOAD", &self.0).stdout(Stdio::null());
        command
    }
}

/// Cargo has directories of its own searched before any other.
fn without_cargo(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.env_remove("LD_LIBRARY_PATH");
    command
}

/// Processor time in milliseconds until the first constructor, for each of the
/// `programs`: the lower quartile of so many starts, taken in turns, so that
/// what else the machine does strikes all of them.
pub fn starts(programs: &[PathBuf], stop: &Stop, rounds: usize) -> Vec<f64> {
    let mut all: Vec<Vec<f64>> = vec![Vec::new(); programs.len()];
    for round in 0..rounds + 2 {
        for (index, program) in programs.iter().enumerate() {
            let before = spent();
            let status = stop.command(program).status().unwrap();
            assert!(status.success(), "{program:?}");
            // The first ones read what is not in memory yet.
            if round > 1 {
                all[index].push(spent() - before);
            }
        }
    }
    all.iter_mut()
        .map(|times| {
            times.sort_by(f64::total_cmp);
            times[times.len() / 4]
        })
        .collect()
}

/// Processor time of all children so far, in milliseconds.
#[allow(unsafe_code)] // no crate in use has getrusage(2)
fn spent() -> f64 {
    // SAFETY: zeros are a value of it, and it lives as long as the call.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_CHILDREN, &mut usage);
        usage
    };
    let time = |time: libc::timeval| time.tv_sec as f64 * 1e3 + time.tv_usec as f64 / 1e3;
    time(usage.ru_utime) + time(usage.ru_stime)
}

/// How much of the loader's time goes into relocation, in percent, as it says.
pub fn relocation_share(program: &Path, stop: &Stop) -> f64 {
    let mut shares: Vec<f64> = (0..5)
        .map(|_| {
            let output = stop
                .command(program)
                .env("LD_DEBUG", "statistics")
                .output()
                .unwrap();
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            let line = text
                .lines()
                .find(|line| line.contains("needed for relocation: "));
            let share = line
                .and_then(|line| line.split(['(', '%']).nth(1))
                .unwrap_or_default();
            share.parse().unwrap_or_else(|_| panic!("{text}"))
        })
        .collect();
    shares.sort_by(f64::total_cmp);
    shares[2]
}

/// Attempts of the loader to open or find a file that fail. It stops before the
/// program begins, as ldd(1) has it.
pub fn failing_opens(program: &Path) -> usize {
    let log = tempfile::NamedTempFile::new().unwrap();
    let status = without_cargo("strace")
        .args([
            "-f",
            "-e",
            "trace=open,openat,stat,newfstatat,access,faccessat,readlink",
            "-o",
        ])
        .arg(log.path())
        .args(["-E", "LD_TRACE_LOADED_OBJECTS=1"])
        .arg(program)
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "{program:?}");
    let text = fs::read_to_string(log.path()).unwrap();
    text.lines()
        .filter(|line| line.contains("= -1 ENO"))
        .count()
}

/// What the loader finds for each name, links followed.
pub fn libraries(program: &Path) -> BTreeMap<String, PathBuf> {
    let output = without_cargo(program)
        .env("LD_TRACE_LOADED_OBJECTS", "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let paths = text.lines().filter_map(|line| {
        let line = line.trim().split(" (").next()?;
        let path = line.rsplit(" => ").next()?;
        let real = fs::canonicalize(path).ok()?;
        let name = real.file_name()?.to_string_lossy().into_owned();
        (!name.starts_with("startup-")).then_some((name, real))
    });
    paths.collect()
}
