#!/usr/bin/env bash
# Eight Nix processes with several builds each, at once in one store: what they
# make is whole, and the same as what is made alone.
. "$(dirname "$0")/../lib.sh"

alone=$(hash_of "$(build stubs.unpinned)")
NIX_CONFIG+="max-jobs = 4
"
# Other builds of the library have one interface: different derivations have one
# floating output.
trees() {
  local log=$TEST_STORE/log.$1
  build stubs --arg patch "$(($1 % 4 + 1))" -A stubs.dev -A structured >"$TEST_STORE/trees.$1"
}
begun=()
for process in 1 2 3 4 5 6 7 8; do
  trees "$process" &
  begun+=($!)
done
for process in "${begun[@]}"; do
  wait "$process" || fail "a build beside others"
done

for process in 1 2 3 4 5 6 7 8; do
  mapfile -t trees <"$TEST_STORE/trees.$process"
  expect_same "${#trees[@]}" 3 "trees of process $process, and how many there should be"
  for tree in "${trees[@]}"; do
    expect_same "$(hash_of "$tree")" "$alone" "$tree made beside others, and alone"
  done
done
verified=$(nix-store --verify --check-contents 2>&1) || fail "the store is damaged: $verified"
# Nothing that was begun lies about.
expect_same "$(find "$store/nix/store" -name '.stub-builder-*' -o -name '*.tmp')" "" "left in the store, and nothing"
