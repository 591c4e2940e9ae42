#!/usr/bin/env bash
# Interfaces as text and their comparison, against libabigail's, which reads the
# same when there is no debug information. Prints ratios from one run.
. "$(dirname "$0")/lib.sh"
collect_libraries

each() { # COMMAND: on every tenth library
  local file count=0
  for file in "$work"/libraries/*; do
    if [ $((count++ % 10)) -eq 0 ]; then
      "$1" "$file" || true
    fi
  done
}
interface() { "$program" interface "$1"; }
abidw_() { abidw "$1"; }
difference() { "$program" diff "$1" "$1"; }
abidiff_() { abidiff "$1" "$1"; }

for _ in 1 2 3; do
  measure interface each interface
  measure abidw each abidw_
  measure diff each difference
  measure abidiff each abidiff_
done

table interface abidw diff abidiff
ratio "CPU time, abidw to interface" abidw interface 2
ratio "CPU time, abidiff to diff" abidiff diff 2
