#!/usr/bin/env bash
# keep.sh --roots DIR [OPTION...] INSTALLABLE...
#
# Makes links in DIR that keep from garbage collection what the next update of a
# library must find, so as to compile nothing: compile's outputs and interface
# trees. What was kept there before, and is no longer needed, is let go.
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/steps.sh"

if [ "${1:-}" != --roots ] || [ $# -lt 3 ]; then
  echo "usage: keep --roots DIR [OPTION...] INSTALLABLE..." >&2
  exit 2
fi
directory=$2
shift 2

steps_of "$@"
mkdir -p "$directory"
declare -A kept
for step in "${steps[@]}"; do
  name=$(basename "${step%%^*}" .drv)
  "${nix[@]}" build --out-link "$directory/$name" "$step"
  for link in "$directory/$name" "$directory/$name"-*; do
    [ ! -L "$link" ] || kept[$link]=1
  done
done
for link in "$directory"/*; do
  if [ -L "$link" ] && [ -z "${kept[$link]:-}" ]; then rm "$link"; fi
done
echo "keep: outputs of ${#steps[@]} derivations are kept by $directory" >&2
