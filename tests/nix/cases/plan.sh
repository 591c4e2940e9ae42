#!/usr/bin/env bash
# What `plan` says comes true: updates of a library under six programs and two
# other libraries, planned and then built. With trees that float, with pins, and
# with lock files.
. "$(dirname "$0")/../lib.sh"

world=pins/world.nix
lock=$TEST_STORE/stubs.lock.json
sets=$TEST_STORE/sets
said=$TEST_STORE/said
program=$work/stub-builder/bin/stub-builder

# The set after each update, as a file of its own.
mkdir -p "$sets"
for update in none patch more inlined gone; do
  echo "{ stubBuilder, lock ? null }: import $root/tests/nix/$world { inherit stubBuilder lock; update = \"$update\"; deep = true; }" >"$sets/$update.nix"
done

# plan ARGUMENT...: standard output in $said, all else in $log
arguments=(-A packages --argstr stubBuilder "$work/stub-builder")
plan() {
  "$program" plan "${arguments[@]}" "$@" >"$said" 2>"$log" ||
    { cat "$said" "$log" >&2; fail "plan $*"; }
}
says() { grep -qF -- "$1" "$said" || { cat "$said" "$log" >&2; fail "it doesn't say: $1"; }; }
# refused CODE ARGUMENT...
refused() {
  local code=$1
  shift
  ! "$program" plan "${arguments[@]}" "$@" >"$said" 2>"$log" || fail "plan $* succeeds"
  grep -q "^stub-builder: error: $code: " "$log" || { cat "$log" >&2; fail "plan $* without $code"; }
}
# What the plan in JSON says of each package: `name least most`.
fates() {
  sed -n '/^  "packages": \[/,/^  \]/p' "$said" |
    sed -nE 's/^      "(attribute|least|most)": "(.*)",?$/\2/p' | paste -d' ' - - -
}
# expect_fates FATE NAME...: what it says of these, and no others
expect_fates() {
  local fate=$1
  shift
  expect_same "$(fates | sed -nE "s/^(\S+) ${fate% *} ${fate#* }$/\1/p" | paste -sd ' ')" "$*" "what is planned to be $fate, and what should be"
}
certain() { expect_fates "$1 $1" "${@:2}"; }

# comes_true PACKAGES ARGUMENT...: really built, each meets what was planned for it.
# The changed library has been compiled for the plan.
comes_true() {
  local names=$1 name least most built
  shift
  fates >"$TEST_STORE/fates"
  : >"$TEST_STORE/logs"
  for name in $names; do
    build "packages.$name" --arg deep true "$@" >/dev/null
    cat "$log" >>"$TEST_STORE/logs"
  done
  cp "$TEST_STORE/logs" "$log"
  while read -r name least most; do
    [[ " $names " = *" $name "* ]] || continue
    case $(builds_of "$name-1") in
      "compiled relinked" | compiled) built=compiled ;;
      relinked) built=relinked ;;
      "") built=untouched ;;
      *) cat "$log" >&2; fail "$name was built twice" ;;
    esac
    if [ "$name" = greet ] && [ "$least" = compiled ]; then
      [ $built != compiled ] || fail "greet was compiled after the plan"
    elif [ $built != "$least" ] && [ $built != "$most" ]; then
      cat "$log" >&2
      fail "$name was $built; the plan says $least to $most"
    fi
  done <"$TEST_STORE/fates"
}
all="chorus five four greet murmur one six three two"

# 1. Trees that float. The same set again: nothing.
build all --arg deep true >/dev/null
plan "$sets/none.nix" "$sets/none.nix"
says 'of 9 packages 0 compiled again, 0 only relinked, 9 untouched; without the split 0 would be compiled'

# A fix inside. Before anything is built there are bounds alone.
plan --no-build "$sets/none.nix" "$sets/patch.nix"
says 'of 9 packages 1 to 9 compiled again, 0 to 8 only relinked, 0 untouched; without the split 9 would be compiled'
! grep -q 'built or fetched' "$log" || fail "it builds: $(cat "$log")"
plan "$sets/none.nix" "$sets/patch.nix"
grep -q 'before and after: greet$' "$log" || fail "it doesn't say what it builds: $(cat "$log")"
says 'greet: interface identical, headers the same'
says 'relinked, for greet: chorus, five, four, murmur, one, six, three, two'
says 'of 9 packages 1 compiled again, 8 only relinked, 0 untouched; without the split 9 would be compiled'
plan --json "$sets/none.nix" "$sets/patch.nix"
comes_true "$all" --argstr update patch

# A new function: who sees the library compiles. What murmur's interface is then
# nobody knows before it is compiled.
plan "$sets/none.nix" "$sets/more.nix"
says 'greet: interface compatible, nothing but additions to headers; no pin'
says 'one: the interface of greet (greet_extra: function added, include/greet.h: changed)'
says 'six: the interface of murmur (in the end greet)'
says 'of 9 packages 8 to 9 compiled again, 0 to 1 only relinked, 0 untouched; without the split 9 would be compiled'
plan --json "$sets/none.nix" "$sets/more.nix"
certain compiled chorus five four greet murmur one three two
expect_fates "relinked compiled" six
comes_true "$all" --argstr update more

# A library that is there already in the place of the set's own.
built=()
for output in out dev; do
  built+=(--override "greet=$(real "$(build "packages.greet.$output" --argstr update gone)")")
done
plan "${built[@]}" "$sets/none.nix"
says 'greet: interface incompatible, headers the same'
says 'greet: something else takes its place'
says '(greet_rarely: '
says 'of 9 packages 8 to 9 compiled again'
refused SB0903 --override "nobody=$TEST_STORE" "$sets/none.nix"

# 2. Pins. The lock file is of the set as it is.
locked=("${arguments[@]}" --argstr lock "$lock" --lock "$lock")
update() { "$program" update-stub-hashes --file "$sets/$1.nix" "${locked[@]}" "${@:2}" >"$log" 2>&1; }
update none || { cat "$log" >&2; fail "no lock file"; }
arguments+=(--argstr lock "$lock")
with_lock=(--argstr lock "$lock")
build all --arg deep true "${with_lock[@]}" >/dev/null

# Only more: the interface in force stays.
plan "$sets/none.nix" "$sets/more.nix"
says 'greet: interface compatible, nothing but additions to headers; the pin stays'
plan --json "$sets/none.nix" "$sets/more.nix"
certain compiled greet
certain relinked chorus five four murmur one six three two
comes_true "$all" --argstr update more "${with_lock[@]}"

# An inline function is another: somebody has to decide.
plan "$sets/none.nix" "$sets/inlined.nix"
says 'headers changed; the pin stays if the headers are accepted'
grep -qE '^compiling took [0-9.]+ to [0-9.]+ s the last time, by the logs of 9 builds$' "$said" || { cat "$said" >&2; fail "no seconds"; }
plan --json "$sets/none.nix" "$sets/inlined.nix"
expect_fates "relinked compiled" chorus five four murmur one six three two
comes_true "$all" --argstr update inlined "${with_lock[@]}"
# Who has decided has another lock file, and that is certain.
cp "$lock" "$TEST_STORE/before.json"
update inlined --renew greet || { cat "$log" >&2; fail "the lock file isn't renewed"; }
cp "$lock" "$TEST_STORE/renewed.json"
cp "$TEST_STORE/before.json" "$lock"
plan --locks "$TEST_STORE/before.json" "$TEST_STORE/renewed.json" "$sets/inlined.nix"
says 'greet: interface compatible, headers changed; the lock file has a new pin'
plan --json --locks "$TEST_STORE/before.json" "$TEST_STORE/renewed.json" "$sets/inlined.nix"
certain untouched greet
certain compiled chorus five four murmur one three two
certain relinked six

# A function is gone: the pin has to move.
plan "$sets/none.nix" "$sets/gone.nix"
says 'greet: interface incompatible, headers the same; the pin has to move: run update-stub-hashes'
plan --json "$sets/none.nix" "$sets/gone.nix"
certain compiled chorus five four greet murmur one three two
expect_fates "relinked compiled" six
update gone greet || { cat "$log" >&2; fail "the pin doesn't move"; }
# (What calls the function, four, can't be compiled.)
comes_true "chorus five greet murmur one six three two" --argstr update gone "${with_lock[@]}"

# 3. The C library, and packages that aren't split (split.sh builds these).
arguments=(-A split --argstr stubBuilder "$work/stub-builder")
for release in 0 1; do
  echo "{ stubBuilder }: import $root/tests/nix/split/world.nix { inherit stubBuilder; debian = $work/glibc; release = $release; }" >"$sets/release-$release.nix"
done
plan --no-build "$sets/release-0.nix" "$sets/release-1.nix"
says 'exact: its input shell-5; its input stdenv; greet itself'
says 'relinked, for gcc-lib-12, glibc-2.36.1, shell-5: checked, checkedWell, chorus,'
plan --no-build --json "$sets/release-0.nix" "$sets/release-1.nix"
certain compiled exact onExact recital
certain untouched

# 4. What can't be compared.
arguments=(-A packages --argstr stubBuilder "$work/stub-builder")
echo '{ stubBuilder }: { packages.text = "none"; }' >"$sets/empty.nix"
refused SB1001 "$sets/none.nix" "$sets/empty.nix"
echo '{ stubBuilder }: { packages = nothing; }' >"$sets/broken.nix"
refused SB0911 "$sets/none.nix" "$sets/broken.nix"
