#!/usr/bin/env bash
# The main job through real Nix: a library is built in the sandbox, its output
# becomes an interface tree, and a program is linked against that.
#
# Needs Debian and Rust. Nix is the one on PATH, or else Debian's, unpacked.
# Store, settings and caches are below .work/demo: nothing of yours is touched.
. "$(dirname "$0")/lib.sh"
cd "$root"

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
show() { sed 's/^/    /'; }

demo=$work/demo
remove_store "$demo"
mkdir -p "$demo"

say "1. What is needed"
nix_dir=
if ! command -v nix-build >/dev/null; then
  nix_dir=$work/nix/2.26
  tests/tools/get-nix.sh 2.26 "$nix_dir"
fi
tests/tools/get-toolroot.sh "$work/toolroot"
tests/tools/get-source.sh "$work/zlib" zlib
tests/tools/build-release.sh "$work/stub-builder"
use_nix "$nix_dir" "$demo"
# shellcheck disable=SC2034 # lib.sh's build uses them
log=$demo/log world=demo.nix
echo "$(nix --version), stub-builder $(du -h "$work/stub-builder/bin/stub-builder" | cut -f1), static" | show
source=(--arg source "$work/zlib")

say "2. A real library: zlib, built in Nix's sandbox"
library=$(build zlib "${source[@]}")
build zlib.dev "${source[@]}" >/dev/null
(cd "$(real "$library")" && find . -type f -printf '%8s %P\n') | show

say "3. Its interface tree: stubs and what else compilers and linkers read"
stubs=$(build stubs "${source[@]}")
(cd "$(real "$stubs")" && find . -type f -printf '%8s %P\n' -o -type l -printf '         %P -> %l\n' | sort -k2) | show
echo "$stubs" | show
hash=$(nix-store --read-log "$(nix-store --query --deriver "$stubs")" | tail -n 1)
echo "hash, as stub-builder printed it: $hash" | show
echo "hash, as Nix computes it:         $(hash_of "$stubs")" | show

say "4. With that hash pinned it is a fixed-output derivation: the same tree, at the same path"
pinned=$(build stubs "${source[@]}" --argstr hash "$hash")
echo "$pinned" | show
expect_same "$(hash_of "$pinned")" "$hash" "pinned and floating tree"

say "5. A program linked against the stub, run on the real zlib"
build runs "${source[@]}" --argstr hash "$hash" >"$demo/result"
show <"$(real "$(cat "$demo/result")")"

say "6. zlib is patched: zlib and its stubs are built again, the program is not"
patched=("${source[@]}" --arg patched true)
expect_same "$(hash_of "$(build stubs.unpinned "${patched[@]}")")" "$hash" "hash before and after the patch"
grep '^building' "$log" | show
build runs "${patched[@]}" --argstr hash "$hash" >"$demo/result"
grep '^building' "$log" | show
expect_kept minigzip "though only zlib's inside has changed"
show <"$(real "$(cat "$demo/result")")"

say "The interface is unchanged, so is its hash ($hash),"
echo "and what depends on it was not compiled again. Everything lies below .work/demo; delete it as you like."
