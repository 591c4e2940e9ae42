#!/usr/bin/env bash
# pushHook.sh STORE: uploads what Nix has just built, unless every machine
# builds it for itself, as it does relinks. For a script that is Nix's
# `post-build-hook` (pushHook.nix makes one); Nix sets DRV_PATH and OUT_PATHS.
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/steps.sh"

to=${1:?usage: pushHook.sh STORE}
shown=$(mktemp)
trap 'rm -f "$shown"' EXIT
show_derivations "$DRV_PATH" >"$shown"
is_local=$(
  "${nix[@]}" eval --impure --expr "
    let
      shown = builtins.fromJSON (builtins.unsafeDiscardStringContext (builtins.readFile $shown));
    in
    builtins.all (import $caches/isLocal.nix) (builtins.attrValues (shown.derivations or shown))"
)
[ "$is_local" = true ] || {
  # By the derivation, for the realisations to go along.
  if is_old; then built=$DRV_PATH; else built="$DRV_PATH^*"; fi
  "${nix[@]}" copy --to "$to" "$built"
}
