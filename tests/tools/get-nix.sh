#!/usr/bin/env bash
# get-nix.sh VERSION DIR: Nix as one of Debian's releases has it, unpacked.
#
# VERSION is 2.8 (Debian 12), 2.26 (Debian 13) or sid (whatever unstable has).
# Afterwards DIR/bin holds nix, nix-build, nix-store, ... Nothing is installed
# and no root is needed: nix-bin and the shared libraries that it wants, the C
# library included, are unpacked below DIR, and nix gets their loader and RPATH.
# Does nothing when DIR is complete already.
set -euo pipefail
. "$(dirname "$0")/private-apt.sh"

version=${1:?usage: get-nix.sh VERSION DIR}
mkdir -p "$(dirname "${2:?usage: get-nix.sh VERSION DIR}")"
dir=$(realpath -m "$2")
case $version in
  2.8) suites=(bookworm) ;;
  2.26) suites=(trixie) ;;
  sid) suites=(trixie sid) ;;
  *) echo "get-nix.sh: unknown version $version (2.8, 2.26 or sid)" >&2; exit 2 ;;
esac

# The loader's path is absolute, so a moved directory is not complete.
complete="$version in $dir"
[ "$(cat "$dir/complete" 2>/dev/null)" != "$complete" ] || exit 0

echo "Downloading Nix ($version) from Debian's ${suites[-1]} ..." >&2
part=$dir.part
rm -rf "$dir" "$part"
private_apt_init "$part/apt" deb "${suites[@]}"
# patchelf is for the unpacking itself. Of the rest only the libraries: what
# maintainer scripts and the multi-user set-up need is left out.
mapfile -t packages < <(private_apt_closure nix-bin patchelf |
  grep -E '^(nix-bin|patchelf|bash-static|busybox-static|z?lib.*)$' |
  grep -vE '^lib(perl|db5|pam|systemd|gdbm)|-perl$')
private_apt_download "$part/debs" "${packages[@]}"
unpack_debs "$part/root" "$part"/debs/*.deb -- --exclude=./usr/share --exclude=./etc --exclude=./var
rm -rf "$part/apt" "$part/debs"

loader=$(find "$part/root/usr/lib" -name 'ld-linux*.so.*' | head -n 1)
libraries=$(dirname "$loader")
for object in "$part"/root/usr/bin/nix "$part"/root/usr/lib/nix/*.so; do
  [ -e "$object" ] || continue # only 2.8 has libraries of its own
  interpreter=()
  [ "${object##*/}" != nix ] || interpreter=(--set-interpreter "${loader/#"$part"/"$dir"}")
  "$loader" --library-path "$libraries" "$part/root/usr/bin/patchelf" "${interpreter[@]}" \
    --force-rpath --set-rpath "${libraries/#"$part"/"$dir"}:$dir/root/usr/lib/nix" "$object"
done
mkdir "$part/bin"
for command in nix nix-build nix-collect-garbage nix-copy-closure nix-daemon nix-env nix-hash \
  nix-instantiate nix-prefetch-url nix-shell nix-store; do
  ln -s ../root/usr/bin/nix "$part/bin/$command"
done

mv "$part" "$dir"
if ldd "$dir/bin/nix" | grep -vE "$dir|linux-vdso"; then
  echo "get-nix.sh: the libraries above are the machine's own" >&2; exit 1
fi
found=$("$dir/bin/nix" --version)
case $version:$found in
  sid:* | *" $version".*) ;;
  *) echo "get-nix.sh: wanted $version, the archive has: $found" >&2; exit 1 ;;
esac
echo "$complete" >"$dir/complete"
echo "$found in $dir" >&2
