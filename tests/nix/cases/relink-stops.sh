#!/usr/bin/env bash
# What builds leave behind that no relinking can mend stops it, and nothing gets
# into the store.
. "$(dirname "$0")/../lib.sh"

world=relink.nix
sources=(--arg sources "$work")
pins=(--argstr zlibHash "$(hash_of "$(build zlib.stubs.unpinned "${sources[@]}")")")

# Nix proves it too: were a reference to an interface tree or to compile left,
# it would not take the output.
build leavesLibrary "${sources[@]}" "${pins[@]}" >/dev/null
for left in leavesTree leavesCompile; do
  build_fails $left "${sources[@]}" "${pins[@]}"
  grep -q 'is not allowed to refer to' "$log" || { cat "$log" >&2; fail "$left fails for another reason"; }
done

# A copy of a stub, under whatever name.
expect_stopped copiesStub SB0805 "${sources[@]}" "${pins[@]}"
grep -E 'SB0805.*lib/libbundled\.so' "$log" >/dev/null || fail "the file is not named"

# Debug information that is compressed: put right, or stopped. Nobody else sees
# the path in there, Nix least of all.
directories() { readelf --debug-dump=rawline "$1" 2>/dev/null | grep -E '/nix/store/.*zlib'; }
compiled=$(real "$(build compressed.compile "${sources[@]}" "${pins[@]}")")/bin/compressed
directories "$compiled" | grep 'zlib-dev-interface' >/dev/null || fail "no interface tree in the debug information"
! grep -q 'zlib-dev-interface' "$compiled" || fail "the debug information is not compressed"
if relinked=$(build compressed "${sources[@]}" "${pins[@]}" 2>/dev/null); then
  # Of the outputs, the one with the headers.
  expected=$(build zlib.dev "${sources[@]}" "${pins[@]}")
  found=$(directories "$(real "$relinked")/bin/compressed")
  [[ $found == *"$expected"/* && $found != *-interface* ]] || fail "left in compressed debug information: $found"
else
  expect_stopped compressed SB0709 "${sources[@]}" "${pins[@]}"
fi

# A library that has lost what nobody here uses: the interface was promised.
lost=("${sources[@]}" --argstr patch '
  sed -i "/^    inflateReset2;/d; s/inflate_table;/& inflateReset2;/" zlib.map
')
expect_stopped compressed SB0807 "${lost[@]}" "${pins[@]}"
grep 'SB0807.*libz\.so.*inflateReset2' "$log" >/dev/null || fail "the function is not named"
! grep 'SB0801' "$log" >&2 || fail "an import is missed"
