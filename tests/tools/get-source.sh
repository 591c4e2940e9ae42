#!/usr/bin/env bash
# get-source.sh DIR PACKAGE: the upstream source of one of this machine's
# Debian release. Does nothing when it is there already.
set -euo pipefail
. "$(dirname "$0")/private-apt.sh"

dir=$(realpath -m "${1:?usage: get-source.sh DIR PACKAGE}")
package=${2:?usage: get-source.sh DIR PACKAGE}
[ ! -d "$dir" ] || exit 0

echo "Downloading the source of $package from Debian ..." >&2
part=$dir.part
rm -rf "$part"
private_apt_init "$part/apt" deb-src "$(own_suite)"
mkdir -p "$part/download" "$part/source"
(cd "$part/download" && apt-get "${private_apt_options[@]}" source --download-only --tar-only "$package")
tar -x -C "$part/source" --strip-components=1 --no-same-owner -f "$part"/download/*.orig.tar.*
mv "$part/source" "$dir"
rm -rf "$part"
