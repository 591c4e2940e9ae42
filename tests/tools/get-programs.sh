#!/usr/bin/env bash
# get-programs.sh DIR PACKAGE...: these programs and all that they depend on, of
# this machine's Debian release, unpacked into DIR/root, and the C
# library of Debian 13, whose loader searches otherwise, into DIR/newer.
# Nothing is installed. Does nothing when DIR is complete already.
set -euo pipefail
. "$(dirname "$0")/private-apt.sh"

dir=$(realpath -m "${1:?usage: get-programs.sh DIR PACKAGE...}")
shift
complete=$*
[ "$(cat "$dir/complete" 2>/dev/null)" != "$complete" ] || exit 0

echo "Downloading $* from Debian ..." >&2
part=$dir.part
rm -rf "$dir" "$part"
private_apt_init "$part/apt" deb "$(own_suite)"
mapfile -t packages < <(private_apt_closure "$@")
private_apt_download "$part/debs" "${packages[@]}"
unpack_debs "$part/root" "$part"/debs/*.deb -- --exclude=./usr/share --exclude=./etc --exclude=./var
rm -rf "$part/apt" "$part/debs"
private_apt_init "$part/apt" deb trixie
private_apt_download "$part/debs" libc6
unpack_debs "$part/newer" "$part"/debs/*.deb -- --exclude=./usr/share --exclude=./etc --exclude=./var
rm -rf "$part/apt" "$part/debs"
echo "$complete" >"$part/complete"
mv "$part" "$dir"
