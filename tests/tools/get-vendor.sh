#!/usr/bin/env bash
# get-vendor.sh DIR: the crates of Cargo.lock, for builds without a network.
# Does nothing when they are there already.
set -euo pipefail

dir=$(realpath -m "${1:?usage: get-vendor.sh DIR}")
cd "$(dirname "$0")/../.."
lock=$(sha256sum Cargo.lock)
[ "$(cat "$dir/complete" 2>/dev/null)" != "$lock" ] || exit 0

echo "Downloading crates ..." >&2
rm -rf "$dir" "$dir.part"
cargo vendor --quiet --locked "$dir.part" >/dev/null
echo "$lock" >"$dir.part/complete"
mv "$dir.part" "$dir"
