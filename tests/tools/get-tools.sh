#!/usr/bin/env bash
# get-tools.sh: installs from Debian's packages what the tests call on this
# machine, and says what. Does nothing when all of it is there.
# Nix is not among them: get-nix.sh unpacks the versions that are tested.
set -euo pipefail

packages=(
  abigail-tools binutils chromium clang-19 cmake elfutils file g++ gcc git libc6-dev lld-19 llvm-19 make meson mold
  musl-tools ninja-build patchelf pkgconf qemu-user shellcheck strace time xz-utils
)
missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query --show --showformat '${db:Status-Status}' "$package" 2>/dev/null) || status=absent
  [ "$status" = installed ] || missing+=("$package")
done

if [ ${#missing[@]} -gt 0 ]; then
  echo "The tests need these Debian packages, installing them: ${missing[*]}"
  as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "get-tools.sh: neither root nor sudo" >&2; exit 1; }
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get -qq update
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get -qq --no-install-recommends --yes install "${missing[@]}"
fi

# A minimal Rust may come without these.
for component in rustfmt clippy; do
  cargo "${component#rust}" --version >/dev/null 2>&1 || {
    echo "The tests need Rust's $component, adding it"
    rustup component add "$component"
  }
done
