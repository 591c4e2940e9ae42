#!/usr/bin/env bash
# startup.sh [SIZE...]: what it costs to start programs whose libraries are found
# in different ways: synthetic ones with so many libraries, and some of Debian's.
# Prints tables and writes a plot; asserts no times.
set -euo pipefail
cd "$(dirname "$0")/../.."

tests/tools/get-programs.sh .work/programs inkscape ffmpeg gdb curl git
# The libraries are relinked once; it is not relinking that is measured.
cargo bench --quiet --locked --profile dev --bench startup -- .work/programs .work/bench-startup "$@"
