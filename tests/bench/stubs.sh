#!/usr/bin/env bash
# stub-builder against cat (wall time) and against llvm-ifs (CPU time), on all
# shared objects of this machine's library folder. Prints ratios from one run;
# asserts nothing: times are a matter of the machine.
set -euo pipefail
cd "$(dirname "$0")/../.."

runs=5
work=$PWD/.work/bench
tests/tools/build-release.sh .work/release
program=$PWD/.work/release/bin/stub-builder
llvm_ifs=llvm-ifs-19
libraries=/usr/lib/$(gcc -dumpmachine)

# The libraries alone, under the names of their files.
rm -rf "$work"
mkdir -p "$work/libraries"
for file in "$libraries"/*.so*; do
  if [ -f "$file" ] && [ ! -L "$file" ] && [ "$(head -c4 "$file")" = $'\x7fELF' ]; then
    cp --reflink=auto "$file" "$work/libraries/"
  fi
done
count=$(find "$work/libraries" -type f | wc -l)
size=$(du --summarize --block-size=1M --apparent-size "$work/libraries" | cut -f1)
echo "$count shared objects, $size MiB, $(nproc) processors"

stubs() {
  "$program" stubs "$work/libraries" --out "$work/tree"
}
concatenate() {
  cat "$work"/libraries/*
}
each_with_llvm_ifs() {
  for file in "$work"/libraries/*; do
    "$llvm_ifs" --input-format=ELF --output-elf="$work/stub" "$file" || true
  done
}

# Drops the libraries from the page cache, which needs no privilege.
forget() {
  sync
  for file in "$work"/libraries/*; do
    dd if="$file" iflag=nocache count=0 status=none
  done
}

# measure NAME COMMAND: appends "wall cpu" in seconds to the file of that name.
measure() {
  local TIMEFORMAT='%R %U %S' times
  rm -rf "$work/tree"
  times=$({ time "$2" >/dev/null 2>&1; } 2>&1)
  awk '{ print $1, $2 + $3 }' <<<"$times" >>"$work/$1.times"
}
# median NAME COLUMN
median() {
  cut -d' ' -f"$2" "$work/$1.times" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}
ratio() {
  awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'
}

rm -rf "$work/tree"
stubs >/dev/null 2>&1
concatenate >/dev/null
rm -f "$work"/*.times
for _ in $(seq $runs); do
  measure stubs stubs
  measure cat concatenate
done
for _ in $(seq $runs); do
  forget
  measure stubs-cold stubs
  forget
  measure cat-cold concatenate
done
measure llvm-ifs each_with_llvm_ifs

peak=$( { rm -rf "$work/tree" && /usr/bin/time -f %M "$program" stubs "$work/libraries" --out "$work/tree" >/dev/null 2>"$work/log"; tail -n1 "$work/log"; } )
echo
echo "| command | wall s | CPU s |"
echo "| --- | --- | --- |"
for name in stubs cat stubs-cold cat-cold llvm-ifs; do
  echo "| $name | $(median $name 1) | $(median $name 2) |"
done
echo
echo "wall time, stubs to cat, files in the page cache: $(ratio "$(median stubs 1)" "$(median cat 1)")"
echo "wall time, stubs to cat, files on disk: $(ratio "$(median stubs-cold 1)" "$(median cat-cold 1)")"
echo "CPU time, llvm-ifs to stubs: $(ratio "$(median llvm-ifs 2)" "$(median stubs 2)")"
echo "peak memory of stubs: $((peak / 1024)) MiB"
