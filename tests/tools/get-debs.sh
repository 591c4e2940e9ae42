#!/usr/bin/env bash
# get-debs.sh DIR PACKAGE...: these packages of this machine's Debian release,
# each unpacked into DIR/PACKAGE. Does nothing when they are there already.
set -euo pipefail
. "$(dirname "$0")/private-apt.sh"

dir=$(realpath -m "${1:?usage: get-debs.sh DIR PACKAGE...}")
shift
complete=$*
[ "$(cat "$dir/complete" 2>/dev/null)" != "$complete" ] || exit 0

echo "Downloading $* from Debian ..." >&2
part=$dir.part
rm -rf "$dir" "$part"
private_apt_init "$part/apt" deb "$(own_suite)"
for package; do
  private_apt_download "$part/debs/$package" "$package"
  unpack_debs "$part/$package" "$part/debs/$package"/*.deb
done
rm -rf "$part/apt" "$part/debs"
echo "$complete" >"$part/complete"
mv "$part" "$dir"
