#!/usr/bin/env bash
# Packages for another machine on the splitting stdenv: built and relinked here,
# run there.
# once
TOOLROOT=$(realpath "$(dirname "$0")/../../../.work/toolroot-cross")
. "$(dirname "$0")/../lib.sh"

world=cross.nix
log=$TEST_STORE/log
expect_compiled() { expect_builds "$1" "compiled relinked"; }
expect_relinked() { expect_builds "$1" relinked; }
there() { qemu-aarch64 -L "$store" "$(real "$1")"; }
# The libraries it asks for, and where, but for hashes and padding.
needs() {
  readelf --dynamic --wide "$(real "$1")" | sed -n 's/.*(\(NEEDED\|RUNPATH\)) *//p' |
    sed -E 's,/nix/store/[0-9a-z]{32}-,/nix/store/-,g; s,/+,/,g; s,/\.(["[:space:]:]|$),\1,g; s,/\.],],'
}

for name in greet chorus; do build "baseline.$name" >/dev/null; done

# 1. Compiled once, and as it would be without the split.
sing=$(build split.sing)
for name in greet-1.2.0 chorus-3 sing-1; do expect_compiled "$name"; done
shout=$(build split.shout)
readelf --file-header "$(real "$sing/bin/sing")" | grep -q 'Machine: *AArch64' || fail "sing is for this machine"
for program in sing shout; do
  expect_same "$(needs "${!program}/bin/$program")" "$(needs "$(build "unsplit.$program")/bin/$program")" \
    "what $program needs, split and not"
done
there "$sing/bin/sing" | grep -qx 'hello from the library (3)' || fail "sing says: $(there "$sing/bin/sing")"
there "$shout/bin/shout" | grep -qx 'C++: thrown' || fail "shout says: $(there "$shout/bin/shout")"
! nix-store --query --requisites "$sing" | grep -E 'interface|stdenv|wrapper' || fail "closure of sing"

# 2. A new C library: no compile.
sing=$(build split.sing --arg release 1)
for name in greet-1.2.0 chorus-3 sing-1; do expect_relinked "$name"; done
loader=$(readelf --program-headers --wide "$(real "$sing/bin/sing")" | sed -n 's/.*interpreter: \(.*\)].*/\1/p')
expect_same "$(cat "$(real "${loader%/*}/release")")" 1 "the release of the C library of sing"
there "$sing/bin/sing" | grep -qx 'hello from the library (3)' || fail "sing says: $(there "$sing/bin/sing")"

# 3. A patched library compiles itself alone.
sing=$(build split.sing --arg patch 1)
expect_compiled greet-1.2.1
for name in chorus-3 sing-1; do expect_relinked "$name"; done
there "$sing/bin/sing" | grep -qx 'hello from the patched library (4)' || fail "sing says: $(there "$sing/bin/sing")"
