# Sourced by push.sh and keep.sh, whose arguments end as Nix's own commands do:
# options for evaluation, and installables.
# shellcheck shell=bash
set -euo pipefail

caches=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
nix=(nix --extra-experimental-features "nix-command flakes")

# Since 2.15 a derivation's path means the derivation, and no longer its outputs;
# the command that prints one has changed its name then, too.
is_old() {
  local version
  version=$(nix --version)
  [ "$(printf '%s\n' 2.15 "${version##* }" | sort -V | head -n 1)" != 2.15 ]
}
show_derivations() {
  if is_old; then
    "${nix[@]}" show-derivation "$@"
  else
    "${nix[@]}" derivation show "$@"
  fi
}

# The derivations of a package: itself, and the trees that its dependents see.
# shellcheck disable=SC2016 # Nix's ${}
derivations_of='package:
  builtins.concatStringsSep "\n" (
    map (made: made.drvPath) (
      [ package ]
      ++ map (output: package.interface.${output}) (package.interface.interfaceOutputs or [ ])
    )
  )'

# steps_of [OPTION...] INSTALLABLE...: sets `steps` to what steps.nix finds, as
# installables
steps_of() {
  local options=() installables=() roots=() shown
  while [ $# -gt 0 ]; do
    case $1 in
      --arg | --argstr | --option | --override-input)
        options+=("$1" "$2" "$3")
        shift 3
        ;;
      --file | -f | --include | -I)
        options+=("$1" "$2")
        shift 2
        ;;
      -*)
        options+=("$1")
        shift
        ;;
      *)
        installables+=("$1")
        shift
        ;;
    esac
  done
  [ ${#installables[@]} -gt 0 ] || {
    echo "${0##*/}: name at least one package" >&2
    exit 2
  }

  for installable in "${installables[@]}"; do
    mapfile -t -O ${#roots[@]} roots < <(
      "${nix[@]}" eval --raw "${options[@]}" "$installable" --apply "$derivations_of" && echo
    )
    wait $! # that it was found
  done

  shown=$(mktemp)
  # shellcheck disable=SC2064 # the name as it is now
  trap "rm -f '$shown'" EXIT
  show_derivations --recursive "${roots[@]}" >"$shown"
  # shellcheck disable=SC2034 # for who sources this
  mapfile -t steps < <(
    "${nix[@]}" eval --raw --impure --expr "
      builtins.concatStringsSep \"\\n\" (
        map (step: step.drv + $(if is_old; then echo '""'; else echo '"^" + builtins.concatStringsSep "," step.outputs'; fi)) (
          import $caches/steps.nix {
            shown = builtins.fromJSON (builtins.unsafeDiscardStringContext (builtins.readFile $shown));
            roots = [ $(printf '"%s" ' "${roots[@]}")];
          }
        )
      )" && echo
  )
  wait $!
}
