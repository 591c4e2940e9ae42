#!/usr/bin/env bash
# An interface that stays in force can be made again from what the lock file
# names: in an empty store, with no cache, without the library that it was of.
# once: Nix only builds what it is told to
. "$(dirname "$0")/../lib.sh"

world=pins/world.nix
lock=$TEST_STORE/stubs.lock.json
helper=("$work/stub-builder/bin/stub-builder" update-stub-hashes --file "$root/tests/nix/$world" -A packages
  --argstr stubBuilder "$work/stub-builder" --lock "$lock" --argstr lock "$lock")
locked() { build "$@" --argstr lock "$lock" --argstr update more; }

# forget STORE: from here on another store, with nothing in it
forget() {
  use_nix "$NIX_DIR" "$TEST_STORE/$1"
  log=$TEST_STORE/$1/log
}

"${helper[@]}" >"$log" 2>&1 || fail "$(cat "$log")"
cp "$lock" "$TEST_STORE/before"
old=$(sed -n '/"greet": {/,/}/s/.*"hash": "\(.*\)".*/\1/p' "$lock")
for source in recorded baseline revision; do
  cp "$TEST_STORE/before" "$lock"
  forget first
  build packages.greet.interface --argstr lock "$lock" >/dev/null
  options=()
  case $source in
    recorded) options=(--arg withBaseline false) ;;
    revision) options=(--arg withBaseline false --revision none) ;;
  esac
  "${helper[@]}" greet --argstr update more "${options[@]}" >"$log" 2>&1 || fail "$(cat "$log")"
  grep -q "\"$source\"" "$lock" || fail "not from $source: $(cat "$lock")"
  if [ "$source" = recorded ]; then
    # To be read, and compared: text, headers, and what git would not keep.
    record=$(sed -n 's/.*"recorded": "\(.*\)"/\1/p' "$lock")
    grep -q 'Name: greet_rarely' "$TEST_STORE/$record/tree/lib/libgreet.so.1.ifs" || fail "no text"
    grep -q greet_twice "$TEST_STORE/$record/tree/include/greet.h" || fail "no header"
    expect_same "$(paste -sd ' ' "$TEST_STORE/$record/directories")" "nix-support share/empty" "empty directories"
  fi
  withBaseline=(--arg withBaseline "$([ "$source" = baseline ] && echo true || echo false)")
  forget "$source"
  tree=$(locked packages.greet.interface "${withBaseline[@]}")
  expect_same "$(hash_of "$tree")" "$old" "the tree in force, made from $source"
  says=$(cat "$(real "$(locked runs "${withBaseline[@]}")")")
  grep -q 'hello from the library' <<<"$says" || fail "the programs say $says"
  expect_builds one-1 "compiled relinked"
done

# A record that is damaged is told by Nix, and its loss as well.
cp "$TEST_STORE/before" "$lock"
forget first
"${helper[@]}" greet --argstr update more --arg withBaseline false >"$log" 2>&1 || fail "$(cat "$log")"
forget last
record=$TEST_STORE/$(sed -n 's/.*"recorded": "\(.*\)"/\1/p' "$lock")
sed -i 's/greet_twice/greet_thrice/' "$record/tree/include/greet.h"
build_fails packages.greet.interface --argstr lock "$lock" --argstr update more --arg withBaseline false
grep -q 'SB0905: greet: hash mismatch' "$log" || fail "$(cat "$log")"
mv "$record/tree" "$record/tee"
build_fails packages.greet.interface --argstr lock "$lock" --argstr update more --arg withBaseline false
grep -q 'SB0913' "$log" || fail "$(cat "$log")"
rm -rf "$record"
build_fails packages.greet.interface --argstr lock "$lock" --argstr update more --arg withBaseline false
grep -q 'SB0913: .*the record .* is not there' "$log" || fail "$(cat "$log")"
# Without the old tree nothing can be compared: no guess.
! "${helper[@]}" greet --argstr update more --arg withBaseline false >"$log" 2>&1 || fail "$(cat "$log")"
grep -q 'SB0910: greet' "$log" || fail "$(cat "$log")"
"${helper[@]}" greet --renew greet --argstr update more --arg withBaseline false >"$log" 2>&1 || fail "$(cat "$log")"
