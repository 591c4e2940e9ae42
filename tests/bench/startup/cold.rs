//! Starts with nothing in memory: the store lies on a file system of its own,
//! which is taken away and brought back before each.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use super::measure::Stop;
use super::store::succeed;

const ROUNDS: usize = 5;

pub struct Disk {
    directory: PathBuf,
    image: Option<PathBuf>,
}

impl Disk {
    /// A file system in a file below `work`; a plain directory for who may not
    /// mount one.
    pub fn new(work: &Path) -> Disk {
        let directory = work.join("store");
        fs::create_dir_all(&directory).unwrap();
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
        &self.directory
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
            .arg(&self.directory)
            .status();
        let mounted = mounted.is_ok_and(|status| status.success());
        // It goes when nothing uses it any more.
        succeed(Command::new("losetup").arg("--detach").arg(&device));
        mounted
    }

    fn unmount(&self) {
        succeed(Command::new("umount").arg(&self.directory));
    }

    /// Median time of a cold start of each, and how many reads it took.
    pub fn starts(&self, programs: &[PathBuf], stop: &Stop) -> Vec<(f64, f64)> {
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
        let median = |values: &mut Vec<f64>| {
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        all.iter_mut()
            .map(|(times, reads)| (median(times), median(reads)))
            .collect()
    }

    /// Reads of the device so far (Documentation/block/stat.rst).
    fn reads(&self) -> f64 {
        let device = succeed(
            Command::new("findmnt")
                .args(["-n", "-o", "SOURCE"])
                .arg(&self.directory),
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
