#!/usr/bin/env bash
# The relinked packages are what one gets by compiling against the real
# libraries: files, texts, links, what is in ELF files and in their debug
# information, what they load, what they answer. And they work.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../describe.sh"

world=relink.nix
sources=(--arg sources "$work")

# path PACKAGE OUTPUT
path() { build "$1.$2" "${sources[@]}"; }

compare() {
  local package=$1 output relinked normal at what
  shift
  for output; do
    at=$TEST_STORE/descriptions/$package-$output
    mkdir -p "$at"
    relinked=$(path "$package" "$output") normal=$(path "$package.normal" "$output")
    describe "$(real "$relinked")" "$at/relinked"
    describe "$(real "$normal")" "$at/normal"
    for what in '' .list; do
      diff -r "$at/normal$what" "$at/relinked$what" >&2 || fail "$package.$output is otherwise than a normal build's"
    done
    expect_same "$(nix-store --query --references "$relinked" | without_hashes)" \
      "$(nix-store --query --references "$normal" | without_hashes)" "references of $package.$output, and of a normal build's"
    # What cannot be seen in the result: one can fetch compile's without anything.
    expect_same "$(nix-store --query --requisites "$(path "$package.compile" "$output")" | grep -v -- "-$package-")" "" \
      "what $package.compile refers to besides itself, and nothing"
  done
}

compare zlib out dev check
compare libpng out dev bin check
compare optipng out
# Those are not all empty, and see what they should.
for what in 'libpng-dev/relinked/lib/libpng16.la dependency_libs=.*zlib-1.2.13/lib -lz' \
  'libpng-dev/relinked/nix-support/propagated-build-inputs ^/nix/store/zlib-1.2.13-dev$' \
  'libpng-out/relinked/lib/libpng16.so.16.39.0 RUNPATH.*zlib-1.2.13/lib' \
  'libpng-bin/relinked/bin/pngfix RUNPATH.*zlib-1.2.13/lib:/nix/store/libpng-1.6.39/lib' \
  'optipng-out/relinked/bin/optipng ^ .*/nix/store/libpng-1.6.39-dev/include/libpng16$' \
  'optipng-out/relinked.list zlib.h -> /nix/store/zlib-1.2.13-dev/include/zlib.h$'; do
  grep -E -- "${what#* }" "$TEST_STORE/descriptions/${what%% *}" >/dev/null || fail "not seen: $what"
done

# Nothing but the real libraries comes along, and they are those.
closure() { nix-store --query --requisites "$(path optipng out)" | sort; }
expected() {
  path optipng out
  path libpng out
  path libpng dev
  path zlib out
  path zlib dev
}
expect_same "$(closure)" "$(expected | sort)" "closure of the program, and what it should be"

# What they answer, load, and do: each runs its tests.
for what in answers works; do
  relinked=$(real "$(build $what "${sources[@]}")")
  normal=$(real "$(build "normal${what^}" "${sources[@]}")")
  for file in "$relinked"/*; do
    # The program is new, and has another RUNPATH.
    [ "${file##*/}" != program ] || continue
    diff <(normalised <"$normal/${file##*/}") <(normalised <"$file") >&2 || fail "${file##*/} of $what is otherwise"
  done
done
loaded=$relinked/loaded
expect_same "$(grep -c ':$' "$loaded")" 12 "number of programs and libraries, and what it should be"
grep -q "=> $(path zlib out)/lib/libz.so.1$" "$loaded" || fail "zlib is not loaded from its place"
grep -q "=> $(path libpng out)/lib/libpng16.so.16$" "$loaded" || fail "libpng is not loaded from its place"
