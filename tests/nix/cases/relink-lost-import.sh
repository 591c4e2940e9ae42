#!/usr/bin/env bash
# zlib loses a function that libpng uses, and the pin is stale: relinking stops.
# once: it is stub-builder that finds out, and libpng takes its time
. "$(dirname "$0")/../lib.sh"

world=relink.nix
sources=(--arg sources "$work")
lost=("${sources[@]}" --argstr patch '
  sed -i "/^    inflateReset2;/d; s/inflate_table;/& inflateReset2;/" zlib.map
')

pins=(--argstr zlibHash "$(hash_of "$(build zlib.stubs.unpinned "${sources[@]}")")")
build libpng "${sources[@]}" "${pins[@]}" >/dev/null

# The patch does what it should.
has() { nm --dynamic --defined-only "$(real "$(build zlib "$@")")/lib/libz.so.1" | grep 'inflateReset2' >/dev/null; }
has "${sources[@]}" || fail "zlib never had the function"
! has "${lost[@]}" || fail "zlib still has the function"

expect_stopped libpng 'SB08[0-9][0-9]' "${lost[@]}" "${pins[@]}"
grep -E 'SB08[0-9][0-9].*libpng16\.so.*inflateReset2.*libz\.so\.1' "$log" >/dev/null ||
  { cat "$log" >&2; fail "file, symbol and library are not named"; }
expect_builds libpng-1.6.39 "relinked"
