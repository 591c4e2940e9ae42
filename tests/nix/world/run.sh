#!/usr/bin/env bash
# shellcheck disable=SC2046,SC2086 # store paths, one word each
# run.sh [PACKAGE...]: `make world`. Real packages on the splitting stdenv, updates
# of their libraries, and what is built then; with the table of it at the end.
# PACKAGE: not all, but these and what they are built with; name that as well.
# WORLD_STORE: a store to go on with, instead of an empty one. What is in it is
# not built again, so the figures are too small then.
# shellcheck source-path=SCRIPTDIR/..
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../describe.sh"
. "$(dirname "$0")/measure.sh"
cd "$root"
export LC_ALL=C

version=${NIX_VERSIONS:-2.26}
tests/nix/world/get.sh
tests/tools/get-nix.sh "$version" "$work/nix/$version"
tests/tools/build-release.sh "$work/stub-builder"

at=$work/world/$version
[ -n "${WORLD_STORE:-}" ] || remove_store "$at"
export TOOLROOT=$work/world/toolroot
use_nix "$work/nix/$version" "${WORLD_STORE:-$at}"
NIX_CONFIG+="max-jobs = 2
cores = 2
"
results=$at/results
rm -rf "$results"
mkdir -p "$results"
# Also of a run that fails, which may have taken an hour.
trap print_table EXIT

[ $# -gt 0 ] || set -- $(basename -s .nix "$root"/tests/nix/world/packages/*)
mapfile -t packages < <(printf '%s\n' "$@" | sort)
# of NAME...: those of them that are built this time
of() { printf '%s\n' "$@" | grep -xF "$(printf '%s\n' "${packages[@]}")" | paste -sd ' ' || :; }
has() { [ -n "$(of "$1")" ]; }

# In the store once, so that evaluation needn't copy them.
sources=$at/sources.nix
{
  echo "{"
  for place in "$work"/world/{sources/*/,expat-*/,glibc-*/,python-dev/}; do
    place=${place%/}
    echo "  ${place##*/} = \"$(nix-store --add "$place")\";"
  done
  echo "}"
} >"$sources"
arguments=(
  --arg stubBuilder "$work/stub-builder" --arg sources "$sources"
  --arg names "[ $(printf '"%s" ' "${packages[@]}")]"
)

# attribute ATTRIBUTE [ARGUMENT...]: its paths
attribute() {
  nix-build "$root/tests/nix/world" --no-out-link "${arguments[@]}" -A "$@" 2>"$results/attribute.log" || { tail -n 60 "$results/attribute.log" >&2; fail "$1 was not built"; }
}
derivations() {
  nix-instantiate "$root/tests/nix/world" "${arguments[@]}" -A "$@" 2>/dev/null |
    sed 's/!.*//' | sort -u
}
closure() { nix-store --query --requisites "$@" | sort; }

# Which programs load each library (runs.nix).
declare -A loads=(
  [zlib]="curl fontconfig fonts libpng libzip"
  [openssl]="curl digests libzip openssl"
  [expat]="fontconfig fonts"
  [glibc]="bash brotli curl digests fontconfig fonts libpng libzip ncurses openssl sqlite woff2"
)

# update TITLE UPDATE MODE SEES [ARGUMENT...]: of the split set only SEES are
# compiled; then all programs run on the library that the update has changed
update() {
  local title=$1 change=$2 mode=$3 sees library=${2%%-*} place program
  sees=$(of $4)
  shift 4
  [ "$library" = glibc ] || has "$library" || return 0
  measure "$change-$mode" allSplit --argstr update "$change" "$@"
  expect_compiled "$change-$mode" "$sees"
  measure "$change-$mode-runs" runs --argstr update "$change" "$@"
  expect_compiled "$change-$mode-runs" ""
  place=$(attribute "current.$library" --argstr update "$change" "$@")
  for program in $(of ${loads[$library]}); do
    grep -qF "$place/lib/" "$(real "$(cat "$results/$change-$mode-runs.out")")/loaded/$program" ||
      fail "$program ($change, $mode) has not loaded $place"
  done
  [ -e "$results/$change-unsplit" ] || measure "$change-unsplit" allUnsplit --argstr update "$change"
  row "$title" "$change-$mode" "$change-unsplit"
}

# 1. Everything from nothing.
measure none-unsplit allUnsplit
measure none-floating allSplit
row "everything, trees float" none-floating none-unsplit
[ -n "${WORLD_STORE:-}" ] || expect_compiled none-floating "${packages[*]}"
measure none-runs runs

# 2. What compile was shown: no finished package of the set. Seen to fail with a
# package that is not split.
finished=$(attribute shared)
finished=$(comm -23 <(closure $(cat "$results/none-floating.out")) <(closure "$finished"))
[ "$(wc -l <<<"$finished")" -ge ${#packages[@]} ] || fail "few finished packages: $finished"
shown_finished() {
  plain_log "$1" | grep -F 'in the sandbox:' | tr ' ' '\n' | sort -u | grep -xF "$finished"
}
[ -n "${WORLD_STORE:-}" ] || [ "$(plain_log none-floating | grep -cF 'in the sandbox:')" -eq ${#packages[@]} ] || fail "not all builds say what they are shown"
! shown_finished none-floating || fail "a compile was shown these"
measure exact exactUser
[ -n "${WORLD_STORE:-}" ] || shown_finished exact | grep -- '-zlib-' >/dev/null || fail "what is not split was shown no zlib: that proves nothing"

# Nor is a compile made from one.
is_relink() { while read -r drv; do ! grep -qF '["relink"]' "$(real "$drv")" || echo "$drv"; done; }
made_from=$(nix-store --query --requisites $(for package in "${packages[@]}"; do derivations "compiles.$package"; done) | grep '\.drv$' | is_relink)
expect_same "$made_from" "" "finished packages that compiles are made from"
[ -n "$(nix-store --query --requisites "$(derivations exact)" | grep '\.drv$' | is_relink)" ] ||
  fail "what is not split is made from nothing finished: that proves nothing"

# Its outputs refer to themselves.
for package in "${packages[@]}"; do
  outputs=$(attribute "compiles.$package" | sort)
  expect_same "$(closure $outputs | comm -23 - <(echo "$outputs"))" "" "what compile of $package refers to"
done

# 3. The finished packages are what a normal build's are.
descriptions=$at/descriptions
rm -rf "$descriptions"
for package in "${packages[@]}"; do
  mapfile -t relinked < <(attribute "finished.$package")
  mapfile -t normal < <(attribute "normal.$package")
  for i in "${!relinked[@]}"; do
    to=$descriptions/$package-$i
    mkdir -p "$to"
    describe "$(real "${relinked[i]}")" "$to/relinked"
    describe "$(real "${normal[i]}")" "$to/normal"
    for what in '' .list; do
      diff -r "$to/normal$what" "$to/relinked$what" >&2 || fail "$package (${relinked[i]##*-}) is otherwise than a normal build's"
    done
    expect_same "$(nix-store --query --references "${relinked[i]}" | without_hashes | sort)" \
      "$(nix-store --query --references "${normal[i]}" | without_hashes | sort)" "references of $package, and of a normal build's"
  done
done
split=$(real "$(attribute answersSplit)")
unsplit=$(real "$(attribute answersUnsplit)")
diff <(cd "$unsplit" && grep -r . . | sort | normalised) <(cd "$split" && grep -r . . | sort | normalised) >&2 ||
  fail "pkg-config answers otherwise"
for suite in $(of zlib libpng sqlite openssl); do
  attribute "suites.$suite" >/dev/null
done
echo "the finished packages are a normal build's, and pass their suites"

# 4. Updates.
update "zlib patched" zlib-patched floating zlib
# The chain has six packages and the C library below.
expect_relinked zlib-patched-floating "$(of zlib libpng freetype fontconfig fonts)"
update "openssl patched" openssl-patched floating openssl
update "glibc, next patch release" glibc-release floating ""
expect_relinked glibc-release-floating "${packages[*]}"
# Not digests, which was shown the baseline's openssl (runsInBuild).
update "openssl, next patch release" openssl-release floating "curl libzip openssl"
update "expat, next patch release" expat-release floating "expat fontconfig"
update "zlib with one more function" zlib-function floating "curl fontconfig freetype libpng libzip sqlite zlib"

# What isn't split is built anew, and so is its user.
measure zlib-patched-exact exactUser --argstr update zlib-patched
expect_compiled zlib-patched-exact exact-user
[ -n "${WORLD_STORE:-}" ] || expect_same "$(names_of zlib-patched-exact built)" exact "what isn't split and was built"
row "zlib patched: one that isn't split, and its user" zlib-patched-exact

# 5. The same with pins that are kept.
pins="{"
for package in $(nix-instantiate --eval "$root/tests/nix/world" "${arguments[@]}" -A treeNames | tr -d '"'); do
  pins+=" $package = \"$(hash_of "$(attribute "trees.$package")")\";"
done
pins+=" }"
measure none-pinned allSplit --arg pins "$pins"
row "everything, trees pinned" none-pinned none-unsplit
# The library's own compile is there from before: it is shown no trees.
update "zlib patched, pinned" zlib-patched pinned "" --arg pins "$pins"
update "openssl patched, pinned" openssl-patched pinned "" --arg pins "$pins"
update "glibc, next patch release, pinned" glibc-release pinned "" --arg pins "$pins"
update "openssl, next patch release, pin kept" openssl-release pinned "" --arg pins "$pins"
update "expat, next patch release, pin kept" expat-release pinned "" --arg pins "$pins"
update "zlib with one more function, pin kept" zlib-function pinned "" --arg pins "$pins"

# 6. A C library that lacks a version in use: relink stops, and nothing is there.
lacking=(--argstr update glibc-lacking)
! (attribute split.brotli "${lacking[@]}") >/dev/null 2>&1 || fail "brotli was relinked to a C library that lacks GLIBC_2.34"
grep -E '^stub-builder: error: SB[0-9]+: .*GLIBC_2\.34' "$results/attribute.log" || {
  cat "$results/attribute.log" >&2
  fail "no word of what is lacking"
}
stopped=$(sed -nE 's,^stub-builder: error: SB[0-9]+: (/nix/store/[^/]*)/.*,\1,p' "$results/attribute.log" | head -n 1)
[ ! -e "$(real "$stopped")" ] || fail "$stopped is there"

# 7. A build that would be misled by a stub says so, and what to do.
if has bash; then
  ! (attribute misled.compile) >/dev/null 2>&1 || fail "bash took a stub's word"
  for text in 'bound to data of a stub: libreadline.so.8 (rl_' 'split.runsInBuild = \[ .*readline'; do
    grep -q "$text" "$results/attribute.log" || { cat "$results/attribute.log" >&2; fail "bash failed without the words: $text"; }
  done
fi

echo "$version: make world took $((SECONDS / 60)) minutes"
