//! Work in as many threads as the system has room for.

use std::thread::available_parallelism;

use memmap2::MmapOptions;
use rayon::ThreadPoolBuilder;

/// What a process's first thread usually has.
const STACK: usize = 8 << 20;

/// What malloc maps at most when a thread asks it for something for the first
/// time (glibc malloc/arena.c, `alloc_new_heap`: twice HEAP_MAX_SIZE).
const ARENA: usize = 128 << 20;

/// Does `work` in `jobs` threads (0: as many as there are cores), in fewer
/// where there is no memory for them, or in this one alone where the system
/// gives none.
pub fn with_threads<T: Send>(jobs: usize, work: impl FnOnce() -> T + Send) -> T {
    let mut jobs = match jobs {
        0 => available_parallelism().map_or(1, usize::from),
        jobs => jobs,
    };
    while jobs > 1 && !fit(jobs) {
        jobs /= 2;
    }
    let pool = || ThreadPoolBuilder::new().stack_size(STACK);
    let built = fit(jobs).then(|| pool().num_threads(jobs).build());
    if let Some(Ok(pool)) = built {
        // From here on they compete for memory, so all of them have begun.
        pool.broadcast(|_| ());
        pool.install(work)
    } else {
        // What is done in parallel finds this pool, and makes none itself.
        let _alone = pool().num_threads(1).use_current_thread().build();
        work()
    }
}

/// Whether there is memory for so many threads more. A thread that begins and
/// gets none for its signal stack panics, whoever began it
/// (std/src/sys/pal/unix/stack_overflow.rs).
pub fn fit(threads: usize) -> bool {
    let mut room = MmapOptions::new();
    let Some(length) = threads.checked_mul(STACK + ARENA) else {
        return false;
    };
    // Room only: a machine that has less memory has it all the same.
    room.no_reserve_swap().len(length).map_anon().is_ok()
}
