#!/usr/bin/env bash
# zlib is patched: nothing above it is compiled, all of it is relinked, and runs
# on the patched zlib. Nix's log is the witness, and what the programs say.
. "$(dirname "$0")/../lib.sh"

world=relink.nix
sources=(--arg sources "$work")
# What the library says of itself, and a message that libpng quotes.
patched=("${sources[@]}" --argstr patch '
  sed -i "s/return ZLIB_VERSION;/return ZLIB_VERSION \" (patched)\";/" zutil.c
  sed -i "s/\"incorrect data check\"/\"incorrect data check (patched)\"/" inflate.c
')

# timed ATTRIBUTE ...: builds it; for each derivation a line in $log.times says
# at which microsecond it was begun or done (105 is Nix's number for a build).
timed() {
  local attribute=$1 line
  shift
  nix-build "$root/tests/nix/$world" --no-out-link --arg stubBuilder "$work/stub-builder" -A "$attribute" \
    --log-format internal-json "$@" 2>&1 >/dev/null |
    while IFS= read -r line; do
      case $line in
        '@nix {"action":"start"'*'"type":105}' | '@nix {"action":"stop"'*) echo "${EPOCHREALTIME/[.,]/} $line" ;;
      esac
    done >>"$log.times"
}

# took NAME: how many milliseconds Nix was at compiling and at relinking it
took() {
  local at drv since=0 id=0
  while read -r at line; do
    if [[ $line =~ \"fields\":\[\"([^\"]*-$1\.drv)\".*\"id\":([0-9]+) ]]; then
      since=$at drv=${BASH_REMATCH[1]} id=${BASH_REMATCH[2]}
    elif [[ $line =~ \"stop\",\"id\":$id\} ]]; then
      echo "$(how_built "$drv") $(((at - since) / 1000))"
    fi
  done <"$log.times"
}

# says ARGUMENT...: the lines that the programs print
says() { cat "$(real "$(build says "$@")")"; }
unpatched_lines="zlib version 1.2.13
IDAT: incorrect data check"
patched_lines="zlib version 1.2.13 (patched)
IDAT: incorrect data check (patched)"

# Fixed-output. All is built for the first time.
hash=$(hash_of "$(build zlib.stubs.unpinned "${sources[@]}")")
pins=(--argstr zlibHash "$hash")
timed libpng.stubs.unpinned "${sources[@]}" "${pins[@]}"
pins+=(--argstr libpngHash "$(hash_of "$(build libpng.stubs.unpinned "${sources[@]}" "${pins[@]}")")")
timed optipng "${sources[@]}" "${pins[@]}"
expect_same "$(says "${sources[@]}" "${pins[@]}")" "$unpatched_lines" "what is said on zlib"
for package in libpng-1.6.39 optipng-0.7.7; do
  read -r compiled relinked < <(took "$package" | sort | cut -d' ' -f2 | paste -sd ' ')
  echo "$package: compiled in $compiled ms, relinked in $relinked ms, $((compiled / relinked)) times faster"
  [ "$relinked" -lt "$compiled" ] || fail "$package was not relinked faster than compiled"
done

expect_same "$(says "${patched[@]}" "${pins[@]}")" "$patched_lines" "what is said on the patched zlib"
expect_builds zlib-1.2.13 "compiled relinked"
expect_builds libpng-1.6.39 "relinked"
expect_builds optipng-0.7.7 "relinked"
# The pins were right to stay.
for stubs in zlib.stubs libpng.stubs; do
  build $stubs.pinCheck "${patched[@]}" "${pins[@]}" >/dev/null
done

# Floating: other derivations, so compiled once more; zlib itself is there.
expect_same "$(says "${sources[@]}")" "$unpatched_lines" "what is said on zlib"
expect_builds libpng-1.6.39 "compiled relinked"
expect_builds optipng-0.7.7 "compiled relinked"
expect_same "$(says "${patched[@]}")" "$patched_lines" "what is said on the patched zlib"
expect_builds libpng-1.6.39 "relinked"
expect_builds optipng-0.7.7 "relinked"
# Its interface tree is of what compile has left, which knows nothing of zlib's
# inside.
expect_built 'zlib-out-interface-*=\.' "though zlib was patched"
expect_kept 'libpng-out-interface-*=\.' "though only zlib was patched"
