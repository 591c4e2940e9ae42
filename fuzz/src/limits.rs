//! What no input may cost.

use rustix::time::{ClockId, clock_gettime};

use crate::memory::measured;

const MEGABYTE: usize = 1_000_000;
/// For a megabyte, and for less. It is one for the program as it is: built for
/// coverage, and beside others at work, it takes several times as long.
const SECONDS: f64 = 3.0;
const MEMORY: usize = 64 << 20;
const TIMES: usize = 4;

/// `data` costs little, and little more if there is a megabyte of it.
pub fn hold(target: fn(&[u8]), data: &[u8], repeats: bool) {
    one(target, data);
    if repeats && !data.is_empty() {
        one(target, &data.repeat(MEGABYTE / data.len()));
    }
}

fn one(target: fn(&[u8]), data: &[u8]) {
    let started = processor_time();
    let ((), memory) = measured(|| target(data));
    let took = processor_time() - started;
    let length = data.len();
    let longest = SECONDS * (length as f64 / MEGABYTE as f64).max(1.0);
    assert!(took <= longest, "{length} bytes take {took} s");
    let most = MEMORY + TIMES * length;
    assert!(memory <= most, "{length} bytes take {memory} bytes of memory");
}

/// Of this thread: others at work don't count.
fn processor_time() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
