#!/usr/bin/env bash
# run.sh: replays the updates in pairs.txt. For each: what becomes of the stubs
# and of the headers, and what that means to dependents, with a pin that is exact
# and with an interface that stays in force, and how many of Debian's packages
# these are. Fails where a verdict is another than measured. Archives drop versions: what is gone is said, and not counted.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
work=$root/.work
# shellcheck source=SCRIPTDIR/../tools/private-apt.sh
. "$root/tests/tools/private-apt.sh"
"$root/tests/tools/build-release.sh" "$work/stub-builder"
program=$work/stub-builder/bin/stub-builder
dir=$work/cutoff
mkdir -p "$dir"

apt_is_there=
# get DIR NAME=VERSION...: unpacked, or the name of the first that is gone
get() {
  local to=$1 package
  shift
  [ "$(cat "$to/complete" 2>/dev/null)" != "$*" ] || return 0
  if [ -z "$apt_is_there" ]; then
    rm -rf "$dir/apt"
    private_apt_init "$dir/apt" deb bookworm bookworm-updates bookworm-security trixie trixie-updates trixie-security
    apt_is_there=1
  fi
  rm -rf "$to" "$to.debs"
  for package; do
    private_apt_download "$to.debs" "$package" >/dev/null 2>&1 || { echo "$package"; return 1; }
  done
  unpack_debs "$to" "$to.debs"/*.deb
  rm -rf "$to.debs"
  echo "$*" >"$to/complete"
}

# Who depends on what in Debian's release of most of these updates.
release=bookworm
if [ ! -s "$dir/dependents" ]; then
  for kind in deb deb-src; do private_apt_init "$dir/$kind" "$kind" "$release"; done
  index() { /usr/lib/apt/apt-helper cat-file "$dir/$1"/lists/*_"$2"*; }
  awk -f "$here/dependents.awk" "$here/pairs.txt" <(index deb Packages) <(index deb-src Sources) >"$dir/dependents.new"
  mv "$dir/dependents.new" "$dir/dependents"
fi
# dependents NAME: those that are compiled with it, and all
dependents() { sed -n "s/^$1 //p" "$dir/dependents" | grep . || { echo "no $1 in $release" >&2; exit 1; }; }

# The verdict of `diff`, given its exit status.
word() { case $1 in 0) echo identical ;; 4) echo compatible ;; 12) echo incompatible ;; *) echo failed ;; esac; }

# What its lines say of headers.
headers() {
  local lines
  lines=$(grep -E '^[!+] [^ ]*include/[^ ]*: (added|changed|removed): ' "$1" || :)
  if [ -z "$lines" ]; then echo byte
  elif grep -q '^!' <<<"$lines"; then echo changed
  elif grep -vq 'nothing but comments' <<<"$lines"; then echo additive
  else echo stripped
  fi
}

pairs=0 gone=0 wrong=0 exact=0 stays=0 asks=0 renewed=0
today_all=0 exact_all=0 interface_all=0
format='%-14s %-15s %-13s %-9s %-10s %-16s %6s %6s %9s %s\n'
# shellcheck disable=SC2059 # one format for all lines
printf "$format" update measured stub headers 'exact pin' 'interface pin' today exact interface ''
while read -r name class expected expected_headers && read -r -a old && read -r -a new; do
  pairs=$((pairs + 1))
  if ! missing=$(get "$dir/$name/old" "${old[@]}" && get "$dir/$name/new" "${new[@]}"); then
    gone=$((gone + 1))
    # shellcheck disable=SC2059
    printf "$format" "$name" "$class" - - - - - - - "gone from the archive: $missing"
    continue
  fi
  for side in old new; do
    rm -rf "$dir/$name/$side-tree"
    "$program" stubs "$dir/$name/$side/usr" --out "$dir/$name/$side-tree" >"$dir/$name/$side-hash" 2>"$dir/$name/$side-log" ||
      { cat "$dir/$name/$side-log"; exit 1; }
  done
  trees=("$dir/$name/old-tree" "$dir/$name/new-tree")
  status=0
  "$program" diff --only-libraries "${trees[@]}" >"$dir/$name/symbols" 2>/dev/null || status=$?
  stub=$(word $status)
  status=0
  "$program" diff "${trees[@]}" >"$dir/$name/changes" 2>/dev/null || status=$?
  found=$(headers "$dir/$name/changes")

  read -r direct today < <(dependents "$name")
  rebuilt=0 compiled=0 note=
  if cmp -s "$dir/$name/old-hash" "$dir/$name/new-hash"; then pin=stays; else pin=compiles exact=$((exact + 1)) rebuilt=$direct; fi
  if [ "$stub" = incompatible ]; then
    interface=compiles renewed=$((renewed + 1)) compiled=$direct
  elif [ "$(word $status)" = incompatible ]; then
    interface='asks, then stays' asks=$((asks + 1))
  else
    interface=stays stays=$((stays + 1))
  fi
  today_all=$((today_all + today)) exact_all=$((exact_all + rebuilt)) interface_all=$((interface_all + compiled))
  # A version's number may be compiled in like anything else.
  [ "$expected_headers" != vermac ] || expected_headers=changed
  if [ "$stub" != "$expected" ] || [ "$found" != "$expected_headers" ]; then
    wrong=$((wrong + 1)) note="MEASURED AS $expected, $expected_headers"
  fi
  # shellcheck disable=SC2059
  printf "$format" "$name" "$class" "$stub" "$found" "$pin" "$interface" "$today" "$rebuilt" "$compiled" "$note"
done < <(grep -v '^#' "$here/pairs.txt")

echo
echo "$((pairs - gone)) of $pairs updates replayed, $gone gone from the archive, $wrong not as measured"
echo "dependents compile again: with exact pins after $exact, with interface pins after $renewed;"
echo "interface pins stay by themselves in $stays, once headers are accepted by name in $asks"
echo "source packages of $release that are built again: $today_all in Nix today, $exact_all with exact pins, $interface_all with interface pins"
[ $wrong -eq 0 ] && [ $gone -lt $pairs ]
