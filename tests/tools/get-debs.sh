#!/usr/bin/env bash
# get-debs.sh [--oldest | --newest] DIR PACKAGE...: these packages of this
# machine's Debian release, each unpacked into DIR/PACKAGE; in the oldest or
# newest version that the release with its updates has. DIR/PACKAGE.version says
# which. Does nothing when they are there already.
set -euo pipefail
. "$(dirname "$0")/private-apt.sh"

which=newest
mapfile -t suites < <(own_suite)
case ${1:-} in
  --oldest | --newest)
    which=${1#--}
    mapfile -t suites < <(own_suites)
    shift
    ;;
esac
dir=$(realpath -m "${1:?usage: get-debs.sh [--oldest | --newest] DIR PACKAGE...}")
shift
complete=$*
[ "$(cat "$dir/complete" 2>/dev/null)" != "$complete" ] || exit 0

echo "Downloading $* from Debian ..." >&2
part=$dir.part
rm -rf "$dir" "$part"
private_apt_init "$part/apt" deb "${suites[@]}"
for package; do
  # An index can be ahead of what its archive still has.
  for version in $(private_apt_versions "$which" "$package"); do
    private_apt_download "$part/debs/$package" "$package=$version" && break
  done
  unpack_debs "$part/$package" "$part/debs/$package"/*.deb
  echo "$version" >"$part/$package.version"
done
rm -rf "$part/apt" "$part/debs"
echo "$complete" >"$part/complete"
mv "$part" "$dir"
