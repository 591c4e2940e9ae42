#!/usr/bin/env bash
# push.sh --to STORE [OPTION...] INSTALLABLE...
#
# Uploads to a cache what other machines need to have packages without compiling
# them: compile's outputs, interface trees, and what is not split; no relinks.
# What is not there yet is built.
#
#   push.sh --to 's3://cache?secret-key=/etc/nix/key' --file . curl libpng
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/steps.sh"

if [ "${1:-}" != --to ] || [ $# -lt 3 ]; then
  echo "usage: push --to STORE [OPTION...] INSTALLABLE..." >&2
  exit 2
fi
to=$2
shift 2

steps_of "$@"
# The realisations of what is content-addressed go along, since the outputs are
# named by their derivations.
"${nix[@]}" copy --to "$to" "${steps[@]}"
echo "push: outputs of ${#steps[@]} derivations are in $to" >&2
