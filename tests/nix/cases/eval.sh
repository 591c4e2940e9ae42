#!/usr/bin/env bash
# Names, attributes and errors at evaluation: see eval.nix, and eval-split
# for the splitting stdenv.
. "$(dirname "$0")/../lib.sh"

for expressions in eval.nix eval-split; do
  expect_same "$(nix-instantiate --eval --strict "$root/tests/nix/$expressions" 2>"$log" || cat "$log")" true "$expressions"
done
# What eval-split has to be warned of.
expect_same "$(grep -c 'stub-builder: ' "$log" || :)" 2 "warnings of eval-split"
grep -q 'stub-builder: fond-of-variants-1 names a greet-1.2.0 in flags,' "$log" ||
  fail "no warning of a variant: $(cat "$log")"
grep -q 'stub-builder: a stdenv has the compiler gcc-wrapper 14.1, and the baseline has none' "$log" ||
  fail "no warning of a compiler: $(cat "$log")"

# The error for a name that is too long says which, and why.
expression="(import $root/nix { stub-builder = { outPath = \"/x\"; system = \"x86_64-linux\"; }; }).standInName
  { name = \"a-package-with-a-name-that-nobody-would-want-to-type-a-second-time-1.0\"; } \"dev\""
! nix-instantiate --eval --expr "$expression" 2>"$log" || fail "a name that is too long was accepted"
grep -q 'the store name "a-package-.*-1.0-dev" has 7[0-9] characters, and at most 62 fit' "$log" ||
  fail "the error does not say what is wrong: $(cat "$log")"
