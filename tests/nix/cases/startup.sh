#!/usr/bin/env bash
# A program starts by its load list: nothing is searched for, and a patched
# library is found where it is after a relink.
. "$(dirname "$0")/../lib.sh"

world=startup.nix
# checks SUM [--arg answer N]: builds the program, and looks at what it says
checks() {
  local sum=$1 says fifth
  shift
  says=$(real "$(build says "$@")")
  fifth=$(build l5 "$@")/lib/libl5.so.1
  expect_same "$(cat "$says/sum")" "$sum" "sum, and what it should be"
  expect_same "$(cat "$says/tries")" 0 "libraries that were searched for"
  expect_same "$(cat "$says/fifth")" "$fifth" "what was loaded, and the library"
  expect_same "$(grep libl5 "$says/list")" "$fifth" "what the list names, and the library"
  expect_same "$(wc -l <"$says/own")" 11 "functions of their own that libraries look for"
  ! grep l6_own "$says/own" || fail "the library that is bound to its function looks for it"
}

checks 66
checks 1061 --arg answer 1000
build program --arg answer 2000 >/dev/null
expect_builds l5-1 "compiled relinked"
expect_builds program-1 "relinked"
