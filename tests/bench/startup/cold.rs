//! Starts with nothing in memory: the store lies on a file system of its own,
//! which is taken away and brought back before each.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use tempfile::TempDir;

use super::measure::Stop;
use super::store::succeed;

const ROUNDS: usize = 9;

/// Medians of so many starts.
pub struct Cold {
    /// In ms.
    pub time: f64,
    /// To the start of the first program in the same round.
    pub ratio: f64,
    /// Of the disk.
    pub reads: f64,
}

pub struct Disk {
    /// A short path, as `/nix/store` is one: what relink writes into a program has
    /// to fit where longer paths were.
    directory: TempDir,
    image: Option<PathBuf>,
}

impl Disk {
    /// A file system in a file below `work`; a plain directory for who may not
    /// mount one.
    pub fn new(work: &Path) -> Disk {
        let directory = tempfile::tempdir().unwrap();
        let image = work.join("image");
        succeed(Command::new("truncate").args(["-s", "8G"]).arg(&image));
        succeed(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(&image));
        let mut disk = Disk {
            directory,
            image: Some(image),
        };
        if !disk.mount() {
            fs::remove_file(disk.image.take().unwrap()).unwrap();
        }
        disk
    }

    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub fn is_real(&self) -> bool {
        self.image.is_some()
    }

    /// Around the page cache of the file system that holds the image.
    fn mount(&self) -> bool {
        let Some(image) = &self.image else {
            return false;
        };
        let mut losetup = Command::new("losetup");
        losetup
            .args(["--find", "--show", "--direct-io=on"])
            .arg(image);
        let Ok(output) = losetup.stderr(Stdio::null()).output() else {
            return false;
        };
        let device = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if !output.status.success() {
            return false;
        }
        let mounted = Command::new("mount")
            .arg(&device)
            .arg(self.directory())
            .status();
        let mounted = mounted.is_ok_and(|status| status.success());
        // It goes when nothing uses it any more.
        succeed(Command::new("losetup").arg("--detach").arg(&device));
        mounted
    }

    fn unmount(&self) {
        succeed(Command::new("umount").arg(self.directory()));
    }

    /// Cold starts of each, in turns.
    pub fn starts(&self, programs: &[PathBuf], stop: &Stop) -> Vec<Cold> {
        let mut all: Vec<(Vec<f64>, Vec<f64>)> = vec![Default::default(); programs.len()];
        for _ in 0..ROUNDS {
            for (index, program) in programs.iter().enumerate() {
                self.unmount();
                assert!(self.mount());
                let before = self.reads();
                let start = Instant::now();
                let status = stop.command(program).status();
                all[index].0.push(start.elapsed().as_secs_f64() * 1e3);
                assert!(status.unwrap().success());
                all[index].1.push(self.reads() - before);
            }
        }
        let first = all[0].0.clone();
        let median = |mut values: Vec<f64>| {
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        let cold = |(times, reads): (Vec<f64>, Vec<f64>)| Cold {
            ratio: median(
                times
                    .iter()
                    .zip(&first)
                    .map(|(one, first)| one / first)
                    .collect(),
            ),
            time: median(times),
            reads: median(reads),
        };
        all.into_iter().map(cold).collect()
    }

    /// Reads of the device so far (Documentation/block/stat.rst).
    fn reads(&self) -> f64 {
        let device = succeed(
            Command::new("findmnt")
                .args(["-n", "-o", "SOURCE"])
                .arg(self.directory()),
        );
        let name = device.trim().trim_start_matches("/dev/").to_owned();
        let text = fs::read_to_string(format!("/sys/block/{name}/stat")).unwrap();
        text.split_whitespace().next().unwrap().parse().unwrap()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.is_real() {
            self.unmount();
        }
    }
}
