#!/usr/bin/env bash
# What an update of a library rebuilds: nothing while the interface stays, and
# its dependents when it doesn't. Nix's own log is the witness.
. "$(dirname "$0")/../lib.sh"

patched=(--arg patch 1)
extended=(--arg patch 2 --arg extra true)

# Fixed-output.
hash=$(hash_of "$(build stubs.unpinned)")
expect_built greet-1.2.0 "the first time"
build aboveUser --argstr hash "$hash" >/dev/null
expect_built user "the first time"
expect_built above "the first time"

unpinned=$(build stubs.unpinned "${patched[@]}")
expect_built greet-1.2.1 "though it was patched"
expect_same "$(hash_of "$unpinned")" "$hash" "hash before and after the patch"
build aboveUser "${patched[@]}" --argstr hash "$hash" >/dev/null
expect_kept user "though only the library's inside has changed"
expect_kept above "though only the library's inside has changed"
build stubs.pinCheck "${patched[@]}" --argstr hash "$hash" >/dev/null

unpinned=$(build stubs.unpinned "${extended[@]}")
new_hash=$(hash_of "$unpinned")
expect_other "$new_hash" "$hash" "hash before and after a new function"
build aboveUser "${extended[@]}" --argstr hash "$new_hash" >/dev/null
expect_built user "though the library has a new function"
expect_built above "though the library has a new function"

# A pin that is no longer right: Nix would reuse the old tree, pinCheck does not.
build_fails stubs.pinCheck "${extended[@]}" --argstr hash "$hash"
grep -qF "$new_hash" "$log" || fail "pinCheck does not name the new hash"

# Floating, in the same store: the library is there, its stubs are not.
real_before=$(build greet.out)
real_after=$(build greet.out "${patched[@]}")
expect_other "$real_before" "$real_after" "the library itself before and after the patch"

build aboveUser >/dev/null
stubs_before=$(build stubs)
build aboveUser "${patched[@]}" >/dev/null
expect_built 'greet-out-interface-*=\.' "though its library was patched"
expect_kept user "though only the library's inside has changed"
expect_kept above "though only the library's inside has changed"
expect_same "$(build stubs "${patched[@]}")" "$stubs_before" "path of the stubs before and after the patch"

build aboveUser "${extended[@]}" >/dev/null
expect_built user "though the library has a new function"
expect_built above "though the library has a new function"

# What was linked to stubs runs on the real library, patched or not.
expect_same "$(cat "$(real "$(build runs)")")" "hello from the library (3)" "the program on the library"
expect_same "$(cat "$(real "$(build runs "${patched[@]}")")")" "hello from the patched library (4)" "the program on the patched library"
