#!/usr/bin/env bash
# get-source.sh [--oldest | --newest] DIR PACKAGE: the upstream source of one of
# this machine's Debian release; or, with Debian's patches, the oldest or newest
# version that the release with its updates has. DIR.version says which. Does
# nothing when it is there already.
set -euo pipefail
. "$(dirname "$0")/private-apt.sh"

which=
wanted=(--tar-only)
mapfile -t suites < <(own_suite)
case ${1:-} in
  --oldest | --newest)
    which=${1#--}
    wanted=()
    mapfile -t suites < <(own_suites)
    shift
    ;;
esac
dir=$(realpath -m "${1:?usage: get-source.sh [--oldest | --newest] DIR PACKAGE}")
package=${2:?usage: get-source.sh [--oldest | --newest] DIR PACKAGE}
[ ! -d "$dir" ] || exit 0

echo "Downloading the source of $package from Debian ..." >&2
part=$dir.part
rm -rf "$part"
private_apt_init "$part/apt" deb-src "${suites[@]}"
mkdir -p "$part/download" "$part/source"
# An index can be ahead of what its archive still has.
for version in $(private_apt_versions "${which:-newest}" "$package"); do
  (cd "$part/download" && apt-get "${private_apt_options[@]}" source --download-only "${wanted[@]}" "$package=$version") && break
  rm -f "$part"/download/*
done
tar -x -C "$part/source" --strip-components=1 --no-same-owner -f "$(find "$part/download" -name '*.orig.tar.*' ! -name '*.asc')"
if [ -n "$which" ]; then
  tar -x -C "$part/source" --no-same-owner -f "$part"/download/*.debian.tar.*
  (cd "$part/source" && sed 's/[[:space:]]*#.*//; /^$/d' debian/patches/series |
    while read -r patch; do patch -p1 --quiet --no-backup-if-mismatch <"debian/patches/$patch"; done)
fi
mv "$part/source" "$dir"
echo "$version" >"$dir.version"
rm -rf "$part"
