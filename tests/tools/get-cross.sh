#!/usr/bin/env bash
# get-cross.sh DIR: the libraries that Debian's cross compilers link against,
# and bfd and gold for their machines, unpacked into the tree DIR: libraries in
# DIR/usr/TRIPLE/lib, linkers as DIR/usr/bin/TRIPLE-ld.bfd. Nothing is installed.
# Does nothing when DIR is complete already.
set -euo pipefail
. "$(dirname "$0")/private-apt.sh"

dir=$(realpath -m "${1:?usage: get-cross.sh DIR}")
# Debian's name of each architecture, and the triple of its binutils.
machines=(
  arm64=aarch64-linux-gnu armhf=arm-linux-gnueabihf i386=i686-linux-gnu
  mips64el=mips64el-linux-gnuabi64 ppc64el=powerpc64le-linux-gnu
  riscv64=riscv64-linux-gnu s390x=s390x-linux-gnu
)
# Not all of them are there for each architecture.
libraries=(
  libasan8 libatomic1 libc6 libgcc-s1 libgfortran5 libgomp1 libhwasan0 libitm1 liblsan0 libobjc4
  libquadmath0 libstdc++6 libtsan2 libubsan1
)
complete="${machines[*]} ${libraries[*]}"
[ "$(cat "$dir/complete" 2>/dev/null)" != "$complete" ] || exit 0

echo "Downloading cross libraries and linkers from Debian ..." >&2
part=$dir.part
rm -rf "$dir" "$part"
private_apt_init "$part/apt" deb "$(own_suite)"
packages=(binutils-common libbinutils)
for machine in "${machines[@]}"; do
  packages+=("binutils-${machine#*=}")
  packages+=("${libraries[@]/%/-${machine%=*}-cross}")
done
mapfile -t packages < <(
  apt-cache "${private_apt_options[@]}" pkgnames | grep -Fx -f <(printf '%s\n' "${packages[@]}")
)
private_apt_download "$part/debs" "${packages[@]}"
unpack_debs "$part" "$part"/debs/*.deb -- \
  --exclude=./usr/share --exclude=./etc --exclude=./var --exclude='*.a' --exclude='*.o'
rm -rf "$part/apt" "$part/debs"

# The linkers share libraries of their own.
own=$(dirname "$(find "$part/usr/lib" -name 'libbfd-*.so' -print -quit)")
for linker in "$part"/usr/bin/*-ld.*; do
  patchelf --set-rpath "\$ORIGIN/../lib/${own##*/}" "$linker"
done
for library in "$own"/*.so*; do
  # shellcheck disable=SC2016 # the loader's
  [ -L "$library" ] || patchelf --set-rpath '$ORIGIN' "$library"
done
for machine in "${machines[@]}"; do
  "$part/usr/bin/${machine#*=}-ld.bfd" --version >/dev/null
  [ -e "$part/usr/${machine#*=}/lib/libc.so.6" ] || {
    echo "get-cross.sh: no C library for ${machine%=*}" >&2
    exit 1
  }
done
echo "$complete" >"$part/complete"
mv "$part" "$dir"
