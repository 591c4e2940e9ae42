#!/usr/bin/env bash
# The C library's whole output becomes a tree: programs that are linked against
# it import the same as programs that are linked against the real one, and run.
. "$(dirname "$0")/../lib.sh"

world=glibc.nix
debian=(--arg debian "$work/glibc")

stubs=$(build stubs.unpinned "${debian[@]}")
on_real=$(build onReal "${debian[@]}")
on_stubs=$(build onStubs "${debian[@]}")
for imports in "$(real "$on_real")"/*.imports; do
  name=${imports##*/}
  diff -u "$imports" "$(real "$on_stubs")/$name" || fail "$name differ"
  [ "$(wc -l <"$imports")" -gt 15 ] || fail "$name has next to nothing"
done
expect_same "$(find "$(real "$on_stubs")" -name '*.imports' | wc -l)" 8 "number of programs"

# The kernel's headers came along, as files.
[ -f "$(real "$stubs")/include/linux/limits.h" ] || fail "no linux/limits.h in the tree"
[ -z "$(find "$(real "$stubs")" -lname '/*')" ] || fail "absolute links in the tree"

expect_same "$(sort "$(real "$(build runs "${debian[@]}")")" | uniq -c | sed 's/^ *//')" \
  "4 C++: 3 thrown 1
4 C: 2.0 8.082 Success" "what the programs print"
