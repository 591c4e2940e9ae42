#!/usr/bin/env bash
# A plan for a thousand packages, and the time that it takes beside Nix's own
# evaluations; the page of five hundred, as a browser shows it.
# once: it says nothing of Nix
. "$(dirname "$0")/../lib.sh"

program=$work/stub-builder/bin/stub-builder
said=$TEST_STORE/said

# set COUNT VERSION: a file with that many packages
set_of() {
  local file=$TEST_STORE/$1-$2.nix
  echo "{ stubBuilder }: import $root/tests/nix/many.nix { inherit stubBuilder; count = \"$1\"; version = \"$2\"; }" >"$file"
  echo "$file"
}
plan() {
  "$program" plan --no-build -A packages --argstr stubBuilder "$work/stub-builder" "$@" >"$said" 2>"$log" ||
    { cat "$log" >&2; fail "plan $*"; }
}
milliseconds() { date +%s%3N; }

old=$(set_of 1000 1) new=$(set_of 1000 2)
plan "$old" "$new" # also writes the derivations, once
start=$(milliseconds)
for set in "$old" "$new"; do
  nix-instantiate --eval --strict --json --read-write-mode --expr \
    "($(cat "$root/src/commands/plan/describe.nix")) (import $set { stubBuilder = \"$work/stub-builder\"; }).packages" \
    >"$TEST_STORE/described" 2>"$log" || { cat "$log" >&2; fail "not described"; }
done
evaluated=$(milliseconds)
plan --json "$old" "$new"
planned=$(milliseconds)
echo "1000 packages: Nix evaluates both sets in $((evaluated - start)) ms, the plan takes $((planned - evaluated)) ms with that (both at once)"
expect_same "$(grep -c '^      "attribute": ' "$said")" "$((1000 + 2))" "packages and changed libraries"
grep -qE '^    "packages": 1000,' "$said" || fail "packages are missing"

# Who is above one of the two that have changed, and nobody else.
expect_same "$(sed -n '/^    "compiled": {/,/}/s/.*"least": \(.*\),/\1/p' "$said")" 2 "certainly compiled"
most=$(sed -n '/^    "compiled": {/,/}/s/.*"most": \(.*\)/\1/p' "$said")
expect_same "$most" "$(sed -n 's/^    "without_split": \([0-9]*\).*/\1/p' "$said")" "at most, and without the split"
[ "$most" -gt 100 ] || fail "only $most are above them"

# Libraries that can't be built are told, and leave bounds.
! "$program" plan -A packages --argstr stubBuilder "$work/stub-builder" "$(set_of 20 1)" "$(set_of 20 2)" >"$said" 2>"$log" ||
  fail "libraries are built that can't be"
grep -q '^stub-builder: error: SB0911: lib2 ' "$log" || { cat "$log" >&2; fail "no word of what fails"; }
grep -q '^of 20 packages 2 to 7 compiled again' "$said" || { cat "$said" >&2; fail "no bounds"; }

# The page. What a browser makes of it with that behind `#`.
page=$TEST_STORE/page.html
plan --html "$page" "$(set_of 500 1)" "$(set_of 500 2)"
shown() {
  chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
    --disable-component-update --disable-sync --user-data-dir="$TEST_STORE/profile" --virtual-time-budget=5000 \
    --dump-dom "file://$page#$1" 2>"$log" | tr -d '\n' | sed 's/<button/\n&/g; s/<tr /\n&/g; s/<aside/\n&/; s/<output/\n&/; s/<path class="[a-z]*" d="M[0-9]/\n&/g' >"$TEST_STORE/dom"
  grep -q '<tr ' "$TEST_STORE/dom" || { cat "$log" >&2; fail "the browser shows nothing"; }
}
dom() { grep -c "$@" "$TEST_STORE/dom" || :; }
shown_of() { sed -n 's/^<output>\(.*\) of 500 shown<.*/\1/p' "$TEST_STORE/dom"; }

shown ""
expect_same "$(dom '^<button')" 500 "nodes"
expect_same "$(dom '^<tr class="[a-z]*" data-kind')" 500 "rows"
expect_same "$(shown_of)" 500 "shown"
expect_same "$(dom '^<path')" 0 "edges before somebody asks"
grep -q '^<aside hidden' "$TEST_STORE/dom" || fail "a card before somebody asks"
changed=$(dom '^<tr class="\(compiled\|perhaps\)"')
shown "without=untouched"
expect_same "$(shown_of)" "$changed" "shown without what is untouched"
shown "name=LIB50"
expect_same "$(shown_of)" 1 "shown of lib50"
grep '^<button' "$TEST_STORE/dom" | grep -v faint | grep -q '>lib50<' || fail "lib50 isn't found"
expect_same "$(grep '^<button' "$TEST_STORE/dom" | grep -vc faint)" 1 "nodes that are found"
# One that is chosen: its causes, and its edges.
shown "at=lib50"
grep '^<aside>' "$TEST_STORE/dom" | grep -q '<h3>lib50</h3>.*compiled again.*its own version' || fail "no causes: $(grep '^<aside' "$TEST_STORE/dom")"
[ "$(dom '^<path class="up"')" -gt 0 ] || fail "no edge to what lib50 uses"
[ "$(dom '^<path class="down"')" -gt 0 ] || fail "no edge to who uses lib50"
# It needs nothing but itself.
for outside in http: https: src= href= 'url(' @import; do
  ! grep -vF 'http://www.w3.org/2000/svg' "$page" | grep -qF "$outside" || fail "the page needs $outside"
done
