//! Files mapped into memory, so that of a library only the pages that are
//! looked at are read.
//!
//! What is mapped can be cut short by others. The kernel then sends SIGBUS to
//! who reads a page that is gone (mmap(2)), which would end the process without
//! a word. Here such a page reads as zeros, and [`Mapping::intact`] tells.

#![allow(unsafe_code)] // Mapping files, and what must be done when they shrink.

use std::fs::File;
use std::io;
use std::ops::{Deref, Range};
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

use memmap2::{Mmap, MmapOptions};

/// The bytes of a file.
pub struct Mapping {
    /// `None` if there are none, which cannot be mapped.
    map: Option<Mmap>,
    /// How long the file was.
    length: u64,
}

impl Deref for Mapping {
    type Target = [u8];

    // The mapping's address, which doesn't move with this value.
    fn deref(&self) -> &[u8] {
        self.map.as_deref().unwrap_or_default()
    }
}

impl Mapping {
    /// All of `file`.
    pub fn of(file: &File) -> io::Result<Mapping> {
        let length = file.metadata()?.len();
        Mapping::part(file, 0..length, length)
    }

    /// Some of the bytes of `file`, which had `length` of them at first.
    pub fn part(file: &File, range: Range<u64>, length: u64) -> io::Result<Mapping> {
        let size = usize::try_from(range.end - range.start).map_err(io::Error::other)?;
        let map = if size == 0 {
            None
        } else {
            guard();
            let mut options = MmapOptions::new();
            // SAFETY: undefined if the bytes change meanwhile. Inputs are store
            // paths, which nobody writes to; if somebody does, the bytes stay
            // bytes, and what is made of them is checked as for any other file.
            Some(unsafe { options.offset(range.start).len(size).map(file)? })
        };
        Ok(Mapping { map, length })
    }

    /// Whether the file, which has `now` bytes, still had all that it had at
    /// first when it was read.
    pub fn intact(&self, now: u64) -> io::Result<()> {
        let range = self.as_ptr_range();
        let mut lost = LOST.iter().map(|lost| lost.load(Ordering::Relaxed));
        // It may have its length again, with other bytes.
        if now >= self.length && !lost.any(|lost| range.contains(&(lost as *const u8))) {
            return Ok(());
        }
        let what = format!("it had {} bytes at first and has {now} now", self.length);
        Err(io::Error::other(what))
    }
}

/// The first addresses that could not be read, and how many there were.
static LOST: [AtomicUsize; 64] = [const { AtomicUsize::new(0) }; 64];
static LOSSES: AtomicUsize = AtomicUsize::new(0);
static PAGE: AtomicUsize = AtomicUsize::new(0);

/// From now on, pages that are gone read as zeros.
fn guard() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: plain calls; the action is one that the kernel can call with
        // these flags, and does only what a signal handler may.
        unsafe {
            let page = libc::sysconf(libc::_SC_PAGESIZE);
            PAGE.store(page as usize, Ordering::Relaxed);
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = put_zeros as *const () as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART;
            libc::sigaction(libc::SIGBUS, &action, std::ptr::null_mut());
        }
    });
}

/// Puts a page of zeros where one is missing. Anything else that SIGBUS stands
/// for ends the process, as it would have.
extern "C" fn put_zeros(_: libc::c_int, info: *mut libc::siginfo_t, _: *mut libc::c_void) {
    // SAFETY: the kernel passes a valid `info`, and the address is one that this
    // process has just tried to read and could not: only file mappings have such
    // pages, and all of ours are read-only. Both calls are system calls.
    unsafe {
        let address = (*info).si_addr() as usize;
        let page = PAGE.load(Ordering::Relaxed);
        let start = (address & !(page - 1)) as *mut libc::c_void;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED;
        if (*info).si_code == libc::BUS_ADRERR
            && libc::mmap(start, page, libc::PROT_READ, flags, -1, 0) == start
        {
            let count = LOSSES.fetch_add(1, Ordering::Relaxed);
            if let Some(lost) = LOST.get(count) {
                lost.store(address, Ordering::Relaxed);
            }
        } else {
            libc::signal(libc::SIGBUS, libc::SIG_DFL);
        }
    }
}
