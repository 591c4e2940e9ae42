#!/usr/bin/env bash
# get.sh: everything that the world is built from, below .work/world.
set -euo pipefail
cd "$(dirname "$0")/../../.."

tools=tests/tools
to=.work/world
# Build tools that the small toolchain of the other tests has not.
tests/tools/get-toolroot.sh $to/toolroot \
  perl python3 python3-distutils python3-setuptools cmake meson ninja-build gperf tcl m4 bison patchelf
for source in zlib libpng1.6 freetype curl sqlite3 ncurses readline bash brotli woff2 fontconfig libzip; do
  $tools/get-source.sh "$to/sources/${source%1.6}" "$source"
done
# Two patch releases of each.
for release in oldest newest; do
  $tools/get-source.sh --$release "$to/sources/openssl-$release" openssl
  $tools/get-debs.sh --$release "$to/expat-$release" libexpat1 libexpat1-dev
  $tools/get-debs.sh --$release "$to/glibc-$release" libc6 libc6-dev linux-libc-dev
done
$tools/get-debs.sh $to/python-dev libpython3.11-dev
