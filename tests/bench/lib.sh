# For the benchmarks: the program, the libraries of this machine, and times.
# shellcheck shell=bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

work=$PWD/.work/bench
tests/tools/build-release.sh .work/release
# shellcheck disable=SC2034 # for those who read this file
program=$PWD/.work/release/bin/stub-builder

# The machine's shared objects alone, under the names of their files.
collect_libraries() {
  local file
  rm -rf "$work"
  mkdir -p "$work/libraries"
  for file in /usr/lib/"$(gcc -dumpmachine)"/*.so*; do
    if [ -f "$file" ] && [ ! -L "$file" ] && [ "$(head -c4 "$file")" = $'\x7fELF' ]; then
      cp --reflink=auto "$file" "$work/libraries/"
    fi
  done
  echo "$(find "$work/libraries" -type f | wc -l) shared objects," \
    "$(du --summarize --block-size=1M --apparent-size "$work/libraries" | cut -f1) MiB, $(nproc) processors"
}

# Drops the libraries from the page cache, which needs no privilege.
forget() {
  local file
  sync
  for file in "$work"/libraries/*; do
    dd if="$file" iflag=nocache count=0 status=none
  done
}

# measure NAME COMMAND...: runs it and notes "wall cpu" in seconds under NAME.
measure() {
  local TIMEFORMAT='%R %U %S' name=$1 times
  shift
  rm -rf "$work/tree"
  times=$({ time "$@" >/dev/null 2>&1; } 2>&1)
  awk '{ print $1, $2 + $3 }' <<<"$times" >>"$work/$name.times"
}

# median NAME COLUMN
median() {
  cut -d' ' -f"$2" "$work/$1.times" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# table NAME...: the medians.
table() {
  local name
  printf '\n| command | wall s | CPU s |\n| --- | --- | --- |\n'
  for name in "$@"; do
    echo "| $name | $(median "$name" 1) | $(median "$name" 2) |"
  done
  echo
}

# ratio WHAT NAME OTHER COLUMN: how many times NAME's median is OTHER's.
ratio() {
  awk -v what="$1" -v a="$(median "$2" "$4")" -v b="$(median "$3" "$4")" \
    'BEGIN { printf "%s: %.2f\n", what, a / b }'
}
