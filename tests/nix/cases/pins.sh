#!/usr/bin/env bash
# Pins in a lock file: what updates of a library under five dependents rebuild
# with exact pins and with interfaces that stay in force; that a stale pin can't
# hurt; that the file is written whole or not at all.
. "$(dirname "$0")/../lib.sh"

world=pins/world.nix
users="one two three four five chorus"
checkout=$TEST_STORE/checkout
lock=$checkout/stubs.lock.json
mkdir -p "$checkout"
said=$TEST_STORE/said

# update ARGUMENT...: the helper on this world; what it says is in $said
helper=("$work/stub-builder/bin/stub-builder" update-stub-hashes --file "$root/tests/nix/$world" -A packages --argstr stubBuilder "$work/stub-builder")
update() { "${helper[@]}" --lock "$lock" --argstr lock "$lock" "$@" >"$said" 2>&1; }
updated() { update "$@" || { cat "$said" >&2; fail "update-stub-hashes $*"; }; }
# refused CODE ARGUMENT...: it fails with this code, and writes nothing
refused() {
  local code=$1 before
  shift
  before=$(sum)
  ! update "$@" || { cat "$said" >&2; fail "update-stub-hashes $* succeeds"; }
  grep -q "^stub-builder: error: $code: " "$said" || { cat "$said" >&2; fail "update-stub-hashes $* without $code"; }
  expect_same "$(sum)" "$before" "the lock file after update-stub-hashes $*"
}
says() { grep -qF -- "$1" "$said" || { cat "$said" >&2; fail "it doesn't say: $1"; }; }
logged() { grep -q -- "$1" "$log" || { cat "$log" >&2; fail "the log doesn't say: $1"; }; }
sum() { (cd "$checkout" && find . -type f -exec sha256sum {} + | sort); }
pinned() { sed -n "/\"$1\": {/,/}/s/.*\"$2\": \"\(.*\)\".*/\1/p" "$lock" | head -n 1; }

locked() { build "$@" --argstr lock "$lock"; }
run_all() { cat "$(real "$(locked runs "$@")")"; }
# expect_all "compiled relinked" or less, for each of the five and chorus
expect_all() { local user; for user in $users; do expect_builds "$user-1" "$1"; done; }

# Without a pin nothing is built, and the message says what to do.
build_fails runs --argstr lock "$lock"
logged 'SB0904: .*no pin of greet'
logged 'update-stub-hashes'
refused SB0904 --check

# 1. The file is made, and is the same once more.
updated --dry-run
[ ! -e "$lock" ] || fail "a dry run writes"
updated
first=$(sum)
inode=$(stat --format '%i %Y' "$lock")
updated
expect_same "$(sum)" "$first" "the lock file after a second run"
expect_same "$(stat --format '%i %Y' "$lock")" "$inode" "the lock file after a second run"
updated --check
run_all >/dev/null
# To know their own trees, the helper has compiled them.
expect_all relinked

# 2. A fix inside: nothing to write, nothing compiles.
updated --check --argstr update patch
run_all --argstr update patch | grep -q patched || fail "not on the patched library"
expect_all relinked

# 3. A new function and a changed header. With exact pins all compile.
cp "$lock" "$TEST_STORE/before"
updated greet --argstr update more --arg exact true
locked all --argstr update more --arg exact true >/dev/null
for user in one two three four chorus; do expect_builds "$user-1" "compiled relinked"; done
# (five sees chorus alone, whose interface stays)

# With the interface that was in force none does, though nobody says so,
cp "$TEST_STORE/before" "$lock"
locked all --argstr update more >/dev/null
expect_all relinked
# and once the file says so.
refused SB0912 --check --argstr update more
updated greet --argstr update more
says 'greet (x86_64-linux): the interface in force stays'
says '+ greet_extra: function added'
says 'nothing but additions'
updated --check --argstr update more
locked all --argstr update more >/dev/null
expect_all ""
expect_same "$(pinned greet hash)" "$(sed -n '/"greet": {/,/}/s/.*"hash": "\(.*\)".*/\1/p' "$TEST_STORE/before")" "the pin of greet"

# Whoever asks for what is new compiles, alone; the message of a build that
# doesn't ask says how to.
build_fails packages.four --argstr lock "$lock" --argstr update more --arg uses true
logged 'split.current = '
logged 'older than the libraries: greet'
updated --suggest --argstr update more
says 'libgreet.so.1 has greet_extra'
says 'split.current = [ greet ]: chorus, five, four, one, three, two'
[ "$(run_all --argstr update more --arg asks true | grep -cx 42)" = 1 ] || fail "four doesn't call the new function"
expect_builds four-1 "compiled relinked"
for user in one two three five chorus; do expect_builds "$user-1" ""; done

# If the library then loses something, that is told as what it is.
refused SB0907 greet --check --argstr update gone
says 'which is of the baseline'
says greet_rarely

# 4. An inline function is another: somebody has to say whether that matters.
refused SB0906 --check --argstr update inlined
says 'include/greet.h'
says '--accept'
refused SB0906 --argstr update inlined
updated --argstr update inlined --accept greet
updated --check --argstr update inlined
locked all --argstr update inlined >/dev/null
expect_all relinked
# Accepted was that header, not any.
updated --argstr update more
refused SB0906 --argstr update inlined
# Or it comes into force.
updated greet --argstr update inlined --renew greet
locked all --argstr update inlined >/dev/null
expect_builds three-1 "compiled relinked"

# 5. The library loses a function. With the old pin the build stops, and the
# message says which command to run; that one puts things right.
cp "$TEST_STORE/before" "$lock"
rm -rf "${lock%.json}.d"
build_fails all --argstr lock "$lock" --argstr update gone
logged 'SB0807: .*greet_rarely'
logged 'update-stub-hashes'
# Whoever uses nothing of that may say that its imports suffice, which the
# message says, and is only relinked; for whoever does, the proof holds.
build_fails packages.one --argstr lock "$lock" --argstr update gone
logged 'SB0807: .*greet_rarely'
logged 'split.importsSuffice = '
for user in one two three chorus five; do
  locked "packages.$user" --argstr update gone --arg suffices true >/dev/null
  expect_builds "$user-1" relinked
done
build_fails packages.four --argstr lock "$lock" --argstr update gone --arg suffices true
logged 'SB0801: .*greet_rarely'
! grep -q 'split.importsSuffice = ' "$log" || fail "four is told that its imports suffice"
refused SB0912 --check --argstr update gone
says greet_rarely
update --argstr update gone && fail "four compiles without its function"
says 'SB0911: four'
says "undefined reference to \`greet_rarely'"
# The others' pins are written, the failed one's is as it was.
expect_same "$(pinned four hash)" "$(sed -n '/"four": {/,/}/s/.*"hash": "\(.*\)".*/\1/p' "$TEST_STORE/before")" "the pin of four"
expect_other "$(pinned greet hash)" "$(sed -n '/"greet": {/,/}/s/.*"hash": "\(.*\)".*/\1/p' "$TEST_STORE/before")" "the pin of greet"

# What differs from build to build can't be pinned; nor two libraries by one name.
cp "$TEST_STORE/before" "$lock"
updated greet --check --check-reproducible
refused SB0909 greet --check-reproducible --argstr update random --renew greet
says 'include/greet.h: changed'
refused SB0908 --arg twice true

# 6. Wrong words, wrong files.
refused SB0903 gret
cp "$lock" "$TEST_STORE/good"
sed -i 's/"version": 1/"version": 2/' "$lock"
refused SB0902 --check
build_fails runs --argstr lock "$lock"
logged SB0902
cp "$TEST_STORE/good" "$lock"
sed -i 's/"hash": "sha256-/"hash": "md5-/' "$lock"
refused SB0901
cp "$TEST_STORE/good" "$lock"

# 7. Interrupted, or without room: the old file is whole, and nothing else there.
cp "$TEST_STORE/before" "$lock"
before=$(sum)
for moment in 0.05 0.3 1; do
  "${helper[@]}" --lock "$lock" --argstr lock "$lock" --argstr update more >"$said" 2>&1 &
  sleep $moment
  # A quick machine is done before.
  kill -TERM $! 2>/dev/null || :
  if wait $!; then
    cp "$TEST_STORE/before" "$lock"
  fi
  expect_same "$(sum)" "$before" "the lock file after an interruption"
done
full=$TEST_STORE/full
mkdir "$full"
own_user=()
[ "$(id -u)" = 0 ] || own_user=(--map-root-user)
for wish in --renew --accept; do
  # One page: the old file and nothing else.
  # shellcheck disable=SC2016 # the inner shell's
  unshare --mount "${own_user[@]}" bash -euc '
    mount -t tmpfs -o size=4k full "$1"
    cp "$2" "$1/stubs.lock.json"
    if "${@:3}"; then echo "written without room"; fi
    [ "$(ls -A "$1")" = stubs.lock.json ]
    cmp "$1/stubs.lock.json" "$2"
  ' - "$full" "$TEST_STORE/before" "${helper[@]}" --lock "$full/stubs.lock.json" --argstr lock "$full/stubs.lock.json" \
    --argstr update inlined "$wish" greet greet >"$said" 2>&1 || { cat "$said" >&2; fail "the lock file without room"; }
  says SB0101
  says 'No space left on device'
  ! grep -q 'written without room' "$said" || fail "written without room"
done
