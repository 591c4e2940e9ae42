#!/usr/bin/env bash
# get-toolroot.sh DIR [PACKAGE...]: a small Debian toolchain tree to stand in for
# /usr, with these packages in it as well.
#
# Nix's sandbox has to be shown *some* compiler here, and the machine's own
# /usr holds libraries that must not be found. This tree has a C and C++
# compiler, shell and build tools, and no library to link against but those of
# the C and C++ compilers themselves.
# Use: sandbox-paths = /usr=DIR/usr /bin=DIR/usr/bin /lib=DIR/usr/lib /lib64=DIR/usr/lib64
# Does nothing when DIR is complete already.
set -euo pipefail
. "$(dirname "$0")/private-apt.sh"

dir=$(realpath -m "${1:?usage: get-toolroot.sh DIR [PACKAGE...]}")
shift
packages=(
  bash dash coreutils sed grep gawk findutils diffutils file make patch tar gzip bzip2 xz-utils
  gcc g++ binutils libc6-dev pkgconf shellcheck
  "$@"
)
complete=${packages[*]}
[ "$(cat "$dir/complete" 2>/dev/null)" != "$complete" ] || exit 0

echo "Downloading a toolchain from Debian for Nix's sandbox ..." >&2
part=$dir.part
rm -rf "$dir" "$part"
private_apt_init "$part/apt" deb "$(own_suite)"
mapfile -t closure < <(private_apt_closure "${packages[@]}")
private_apt_download "$part/debs" "${closure[@]}"
unpack_debs "$part" "$part"/debs/*.deb -- \
  --exclude=./etc --exclude=./var --exclude=./usr/share/doc --exclude=./usr/share/man \
  --exclude=./usr/share/locale --exclude=./usr/share/info
rm -rf "$part/apt" "$part/debs"

# What packages' scripts would have linked.
ln -sf dash "$part/usr/bin/sh"
ln -sf gawk "$part/usr/bin/awk"
for pair in cc=gcc c++=g++; do
  ln -sf "${pair#*=}" "$part/usr/bin/${pair%=*}"
done

# The one thing that it is for: nothing to link against by accident.
for header in zlib.h png.h ncurses.h; do
  [ ! -e "$part/usr/include/$header" ] || { echo "get-toolroot.sh: $header is in the tree" >&2; exit 1; }
done
echo "$complete" >"$part/complete"
mv "$part" "$dir"
echo "toolchain of ${#closure[@]} packages in $dir" >&2
