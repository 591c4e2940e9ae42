#!/usr/bin/env bash
# Fuzzes each target of fuzz/: from the committed corpus and what earlier runs
# have found, as long as libFuzzer's LIMIT says: -max_total_time=SECONDS, or
# -runs=COUNT, which comes about as far on any machine. An input that fails is left
# in .work/fuzz/TARGET, and named.
#
# usage: tests/fuzz.sh LIMIT [TARGET...]
set -euo pipefail
cd "$(dirname "$0")/../fuzz"
built=$(realpath ..)/target/fuzz

limit=$1
shift
targets=("$@")
if [[ ${#targets[@]} == 0 ]]; then
  targets=(elf text linker-script pkg-config cmake shell relink lock)
fi

# What `cargo fuzz` passes, but for a sanitizer, which wants another toolchain and
# finds nothing where `unsafe` is but for mapping files. In place of the flags in
# .cargo/config.toml: libFuzzer looks for the functions that it wraps among the
# shared libraries, and in a static program there are none.
flags=(
  -C passes=sancov-module
  -C llvm-args=-sanitizer-coverage-level=4
  -C llvm-args=-sanitizer-coverage-inline-8bit-counters
  -C llvm-args=-sanitizer-coverage-pc-table
  -C llvm-args=-sanitizer-coverage-trace-compares
  --cfg fuzzing
)
export RUSTFLAGS="${flags[*]}"

# The crates that the program itself is made of, in the same versions.
cp ../Cargo.lock Cargo.lock
cargo build --release --target-dir "$built"
program=$(find "$built" -path '*/release/stub-builder-fuzz' -type f | head -n 1)

# What is too long and too much the targets say themselves (fuzz/src/limits.rs).
limits=(-timeout=60 -rss_limit_mb=1024 -max_len=65536)
failed=()
for target in "${targets[@]}"; do
  found=../.work/fuzz/$target
  mkdir -p "$found/corpus"
  log=$found/log
  if TARGET=$target "$program" "${limits[@]}" -seed=1 "$limit" \
    -print_final_stats=1 -artifact_prefix="$found/" "$found/corpus" "corpus/$target" >"$log" 2>&1; then
    result=good
  else
    result=FAILED
    failed+=("$target")
  fi
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  covered=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
  # Without coverage nothing guides it.
  if [[ $result == good && ${covered:-0} -lt 100 ]]; then
    result="FAILED, without coverage"
    failed+=("$target")
  fi
  memory=$(sed -n 's/^stat::peak_rss_mb: *//p' "$log")
  printf '%-14s %10s runs, %6s edges, %5s MB: %s\n' \
    "$target" "${runs:-?}" "${covered:-?}" "${memory:-?}" "$result"
done
for target in "${failed[@]}"; do
  echo "fuzz: $target: see .work/fuzz/$target" >&2
  grep -aE 'panicked|ERROR|Test unit written' -A 2 "../.work/fuzz/$target/log" >&2 || true
done
[[ ${#failed[@]} == 0 ]]
