#!/usr/bin/env bash
# Stubs of all shared objects in this machine's library folder: against cat of
# the same files, and against llvm-ifs. Prints ratios from one run and asserts
# nothing: times are a matter of the machine.
. "$(dirname "$0")/lib.sh"
collect_libraries

stubs() { "$program" stubs "$work/libraries" --out "$work/tree"; }
concatenate() { cat "$work"/libraries/*; }
each() { # COMMAND: on every library by itself
  local file
  for file in "$work"/libraries/*; do
    rm -rf "$work/tree"
    "$1" "$file" || true
  done
}
stub() { "$program" stubs "$1" --out "$work/tree"; }
llvm_ifs() { llvm-ifs-19 --input-format=ELF --output-elf="$work/stub" "$1"; }

measure warm-up stubs
measure warm-up concatenate
for _ in 1 2 3 4 5; do
  measure stubs stubs
  measure cat concatenate
done
for _ in 1 2 3 4 5; do
  forget
  measure stubs-from-disk stubs
  forget
  measure cat-from-disk concatenate
done
measure stub-each each stub
measure llvm-ifs-each each llvm_ifs

table stubs cat stubs-from-disk cat-from-disk stub-each llvm-ifs-each
ratio "wall time, stubs to cat, files in the page cache" stubs cat 1
ratio "wall time, stubs to cat, files on disk" stubs-from-disk cat-from-disk 1
ratio "CPU time, llvm-ifs on each file to stubs on all" llvm-ifs-each stubs 2
ratio "CPU time, llvm-ifs to stubs, on each file" llvm-ifs-each stub-each 2
rm -rf "$work/tree"
peak=$(/usr/bin/time -f %M "$program" stubs "$work/libraries" --out "$work/tree" 2>&1 >/dev/null | tail -n1)
echo "peak memory: $((peak / 1024)) MiB"
