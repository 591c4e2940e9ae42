#!/usr/bin/env bash
# A fixed-output, a floating and an input-addressed derivation hold the same
# tree, and its hash is the one that stub-builder prints.
. "$(dirname "$0")/../lib.sh"

unpinned=$(build stubs.unpinned)
hash=$(hash_of "$unpinned")
expect_same "$(nix-store --query --references "$unpinned")" "" "references of the tree, and none"
printed=$(nix-store --read-log "$(nix-store --query --deriver "$unpinned")" | tail -n 1)
expect_same "$hash" "$printed" "hash of the tree, and what the builder printed"

pinned=$(build stubs --argstr hash "$hash")
expect_built 'greet-out-interface-*=\.' "though it was never built with a pin"
expect_same "$(hash_of "$pinned")" "$hash" "pinned and unpinned tree"

floating=$(build stubs)
expect_built 'greet-out-interface-*=\.' "though it was never built without a pin"
expect_same "$(hash_of "$floating")" "$hash" "floating and unpinned tree"
# So one may go from one to the other, and nothing is rebuilt for it.
expect_same "$floating" "$pinned" "path of the floating and of the pinned tree"

# The other outputs' stand-ins are the same tree under other names.
dev=$(build stubs.dev --argstr hash "$hash")
expect_same "$(hash_of "$dev")" "$hash" "tree of dev and of out"
expect_other "$dev" "$pinned" "paths of dev and out"

# Outside of Nix, and from copies at another place.
greet=$(build greet.out) greet_dev=$(build greet.dev)
copy=$TEST_STORE/copy
mkdir -p "$copy/nix/store"
cp -r "$(real "$greet")" "$(real "$greet_dev")" "$copy/nix/store"
for place in "$store" "$copy"; do
  outside=$("$work/stub-builder/bin/stub-builder" stubs "$place$greet" "$place$greet_dev" --out "$place/tree" | tail -n 1)
  expect_same "$outside" "$hash" "hash in a shell and in a builder"
  expect_same "$(nix hash path "$place/tree")" "$hash" "tree made in a shell and by a builder"
done
