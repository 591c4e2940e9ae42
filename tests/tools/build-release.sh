#!/usr/bin/env bash
# build-release.sh DIR: the release binary as DIR/bin/stub-builder, and a check
# that it is static, as it has to be in a sandbox that holds nothing else.
set -euo pipefail

dir=$(realpath -m "${1:?usage: build-release.sh DIR}")
cd "$(dirname "$0")/../.."
host=$(rustc -vV | sed -n 's/^host: //p')
cargo build --quiet --locked --release --bin stub-builder
mkdir -p "$dir/bin"
install "${CARGO_TARGET_DIR:-target}/$host/release/stub-builder" "$dir/bin/stub-builder"
if readelf --program-headers --wide "$dir/bin/stub-builder" | grep -w INTERP; then
  echo "build-release.sh: stub-builder is not static" >&2
  exit 1
fi
