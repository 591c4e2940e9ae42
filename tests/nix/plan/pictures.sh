#!/usr/bin/env bash
# pictures.sh: what docs/plan.md shows of an update of expat that Debian has made,
# planned in real Nix: docs/pictures, and the texts on standard output. Debian's
# packages are those of tests/cutoff, which has to have run.
set -euo pipefail
cd "$(dirname "$0")/../../.."
. tests/nix/lib.sh

tests/tools/get-nix.sh 2.26 "$work/nix/2.26"
tests/tools/get-toolroot.sh "$work/toolroot"
tests/tools/build-release.sh "$work/stub-builder"
directory=$work/tests/pictures
remove_store "$directory"
mkdir -p "$directory"
use_nix "$work/nix/2.26" "$directory"
program=$work/stub-builder/bin/stub-builder
pictures=$root/docs/pictures
expat=$work/cutoff/expat

# Paths as the reader would have them.
cd "$directory"
for side in old new; do
  ln -s "$expat/$side" "expat-$side"
  echo "{ lock ? null }: import $root/tests/nix/plan/world.nix { inherit lock; stubBuilder = $work/stub-builder; before = $expat/old; debian = $expat/$side; }" >"$side.nix"
done
lock=$directory/stubs.lock.json
"$program" update-stub-hashes --file old.nix --argstr lock "$lock" >&2

# shown FILE#WHAT PICTURE WIDTH HEIGHT
shown() {
  chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
    --disable-component-update --disable-sync --user-data-dir="$directory/profile" --virtual-time-budget=3000 \
    --hide-scrollbars --window-size="$3,$4" --screenshot="$2" "file://$directory/$1" 2>/dev/null
}
say() { echo "\$ stub-builder $*"; }

say plan --no-build old.nix new.nix
"$program" plan --no-build --argstr lock "$lock" old.nix new.nix
say plan old.nix new.nix --html plan.html
"$program" plan --argstr lock "$lock" old.nix new.nix --html plan.html
shown plan.html "$pictures/plan.png" 1000 980
say diff expat-old expat-new --html diff.html
"$program" diff expat-old/usr expat-new/usr --html diff.html || :
shown diff.html "$pictures/diff.png" 1000 620
# Somebody has read the header.
cp "$lock" before.json
"$program" update-stub-hashes --file new.nix --argstr lock "$lock" --accept expat >&2
say plan --locks before.json stubs.lock.json old.nix new.nix
"$program" plan --argstr lock "$lock" --locks before.json "$lock" old.nix new.nix
remove_store "$directory"
