#!/usr/bin/env bash
# stub-builder as a builder: attributes from the environment and from
# .attrs.json, the phase in Nix's log, problems at the log's end.
. "$(dirname "$0")/../lib.sh"

expect_same "$(hash_of "$(build structured)")" "$(hash_of "$(build stubs.unpinned)")" "tree with and without structured attributes"

# Nix reports the phase (104 is its number for that).
build stubs.unpinned --check --log-format internal-json >/dev/null
grep -q '^@nix .*"fields":\["stubs"\].*"type":104' "$log" || fail "no phase in the log"

# What is wrong is said last, all of it, with its code; nothing is written.
build_fails broken.unpinned
log_of() { nix-store --read-log "$(nix-instantiate "$root/tests/nix/$world" --arg stubBuilder "$work/stub-builder" -A "$1" 2>/dev/null)"; }
log_of broken.unpinned >"$TEST_STORE/broken.log"
for what in 'SB[0-9]*.*lib/libbroken\.so' 'SB[0-9]*.*include/leak\.h'; do
  tail -n 12 "$TEST_STORE/broken.log" | grep "$what" >/dev/null || {
    cat "$TEST_STORE/broken.log" >&2
    fail "no $what at the end of the log"
  }
done

# The builder itself refuses references, however its output is addressed: in a
# fixed-output one Nix 2.8 would not notice them.
for addressing in leaking leaking.unpinned 'leaking --argstr hash sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='; do
  # shellcheck disable=SC2086 # an attribute and its arguments
  build_fails $addressing
  grep 'SB[0-9]*.*include/leak\.h' "$log" >/dev/null || fail "$addressing: not refused by the builder: $(cat "$log")"
done
