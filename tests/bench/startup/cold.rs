//! Starts with nothing in memory: the store lies on a file system of its own,
//! which is taken away and brought back before each.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use tempfile::TempDir;

use super::measure::Stop;
use super::store::succeed;

const ROUNDS: usize = 15;

/// Medians of so many starts.
pub struct Cold {
    /// In ms.
    pub time: f64,
    /// To the start of the first program in the same round; with quartiles.
    pub ratio: [f64; 3],
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

    /// Cold starts of each, in turns; every other round backwards, so that a disk
    /// that becomes slower or faster favours none.
    pub fn starts(&self, programs: &[PathBuf], stop: &Stop) -> Vec<Cold> {
        let mut all: Vec<(Vec<f64>, Vec<f64>)> = vec![Default::default(); programs.len()];
        for round in 0..ROUNDS {
            let mut turns: Vec<usize> = (0..programs.len()).collect();
            if round % 2 == 1 {
                turns.reverse();
            }
            for index in turns {
                self.unmount();
                assert!(self.mount());
                let before = self.reads();
                let start = Instant::now();
                let status = stop.command(&programs[index]).status();
                all[index].0.push(start.elapsed().as_secs_f64() * 1e3);
                assert!(status.unwrap().success());
                all[index].1.push(self.reads() - before);
            }
        }
        let first = all[0].0.clone();
        let cold = |(times, reads): (Vec<f64>, Vec<f64>)| {
            let ratios = times.iter().zip(&first).map(|(one, first)| one / first);
            Cold {
                ratio: quartiles(ratios.collect()),
                time: quartiles(times)[1],
                reads: quartiles(reads)[1],
            }
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

/// Lower quartile, median, upper quartile.
fn quartiles(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| values[quarter * (values.len() - 1) / 4])
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.is_real() {
            self.unmount();
        }
    }
}
