#!/usr/bin/env bash
# With a remote builder, here another store of this machine, compile goes out and
# relinks stay.
. "$(dirname "$0")/../lib.sh"

world=split/world.nix
builder=$TEST_STORE/builder
mkdir "$builder"
NIX_CONFIG+="builders = local?root=$builder x86_64-linux - 2 1
"
# Where it was built that is to be called NAME: here, away.
places_of() {
  sed -nE "s/^building '(\/nix\/store\/[^']*-$1\.drv)'( on .*)?\.\.\.$/\1 \2/p" "$log" |
    while read -r drv away; do echo "$(how_built "$drv")$away"; done | sort -u
}

build split.sing --arg debian "$work/glibc" >/dev/null
for name in greet-1.2.0 chorus-3 sing-1; do
  places=$(places_of "$name")
  grep -qE '^compiled ?on .*builder' <<<"$places" || fail "$name was not compiled elsewhere: $places"
  grep -qx 'relinked' <<<"$places" || fail "$name was not relinked here: $places"
  ! grep -E '^relinked ?on' <<<"$places" || fail "$name was relinked elsewhere"
done
# The other machine never had a finished library.
greet=$(build split.greet --arg debian "$work/glibc")
[ -e "$(real "$greet")" ] || fail "no $greet"
[ ! -e "$builder$greet" ] || fail "$greet was sent away"
