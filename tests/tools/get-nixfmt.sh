#!/usr/bin/env bash
# get-nixfmt.sh DIR: the formatter for Nix files as DIR/bin/nixfmt, from
# crates.io (Debian 12 has none). Does nothing when it is there already.
set -euo pipefail

version=0.5.3
dir=$(realpath -m "${1:?usage: get-nixfmt.sh DIR}")
[ "$("$dir/bin/nixfmt" --numeric-version 2>/dev/null)" != "$version" ] || exit 0

echo "Building nixfmt $version ..." >&2
# Away from this crate: its .cargo/config.toml is not meant for others.
cd /
env --unset=CARGO_TARGET_DIR cargo install nixfmt_rs --quiet --version "$version" --locked --force --root "$dir"
