# compileBuilder.sh STUB-BUILDER PATH ALLOWED NAME PINNED OUTPUTS MASKS PROGRAMS
#   BUILDER ARGUMENT...
#
# Runs the builder of a package's compile, and then, whatever kind of builder it
# was: looks whether the build has used a stub where it needed the library, or
# copied one, and masks the outputs. Stands around the builder rather than in one
# of its phases because packages have builders without phases.
#
#   PATH     with findutils, grep and coreutils
#   ALLOWED  1 if the package may use stubs
#   NAME     of the package
#   PINNED   libraries of which an older interface may be in force
#   OUTPUTS  the outputs' paths
#   MASKS    further arguments of stub-builder mask
#   PROGRAMS pairs of paths: a program of the baseline, and what stands in for it
#
# The environment holds the derivation's attributes, and the builder inherits it:
# no name of theirs may be set here.
# shellcheck shell=bash

split_program=$1/bin/stub-builder
split_tools=$2
split_allowed=$3
split_name=$4
split_pinned=$5
split_outputs=$6
split_masks=$7
split_programs=$8
shift 8

split_top=${NIX_BUILD_TOP:-$PWD}
# Stubs append a line to it when they are called, and when something is bound to
# their data (docs/format.md).
export STUB_BUILDER_LOG=$split_top/.stub-builder-log

split_status=0
"$@" || split_status=$?

PATH=$split_tools

# What a configure script has swallowed stands in its log. A stub that the
# loader refuses leaves the loader's message there.
split_used='stub-builder: (called into a stub: [^ ]*|bound to data of a stub: .*)'
split_refused='[^ ]*error while loading shared libraries: [^ ]*: (failed to map|cannot open|cannot read)[^:]*'
split_uses=$(
  {
    [ ! -e "$STUB_BUILDER_LOG" ] || grep -hoE "$split_used" "$STUB_BUILDER_LOG" || :
    find "$split_top" -type f \( -name config.log -o -name 'CMake*.log' -o -name 'CMakeConfigureLog.yaml' -o -name meson-log.txt \) \
      -exec grep -hoE "$split_used|$split_refused" {} + 2>/dev/null || :
  } | sort | uniq -c
)

# The packages of these libraries, by the names of the trees that have them.
split_packages() {
  local library tree package
  local -a trees
  mapfile -t trees < <(
    { export -p; cat "${NIX_ATTRS_SH_FILE:-$split_top/.attrs.sh}" 2>/dev/null || :; } |
      grep -oE "/[^[:space:]:\"']*/[0-9a-z]{32}-[^/[:space:]]*-interface-*=\." | sort -u
  )
  grep -oE '[^ :]*\.so[^ :]*' | sort -u | while read -r library; do
    for tree in "${trees[@]}"; do
      [ -n "$(find "$tree/" -name "$library" -print -quit 2>/dev/null)" ] || continue
      package=${tree##*/}
      package=${package:33}
      # Behind the package's name stands the output's.
      package=${package%-interface*}
      echo "${package%-*}"
    done
  done | sort -u
}

if [ -n "$split_uses" ]; then
  # One call hides the next. Those that may follow are stubs that something here needs.
  split_named=$(split_packages <<<"$split_uses")
  split_needed=$("$split_program" imports --json "$split_top" 2>/dev/null | grep -oE '[^"]*\.so[^"]*' || :)
  split_all=$(split_packages <<<"$split_uses"$'\n'"$split_needed")
  {
    echo "stub-builder: this build ran with a library that it was given as a stub:"
    echo "$split_uses"
    echo "A program that it has linked was run, be it by configure, a generator or a test suite."
    echo "What it was to find out or to make would be wrong: stubs have no code, and their data are zeros."
    echo "Add this to $split_name, and the build gets the baseline's real library:"
    # shellcheck disable=SC2086 # a word for each
    echo "    passthru.split.runsInBuild = [" $split_named "];"
    echo "A program stops at its first such call, so another of its libraries may be next."
    if [ "$split_all" != "$split_named" ]; then
      echo "All that programs and libraries in the build directory need of stubs:"
      # shellcheck disable=SC2086
      echo "    passthru.split.runsInBuild = [" $split_all "];"
    fi
    echo "A test suite can also run behind relink, on the real library. If it means nothing: passthru.split.allowStubCalls = true."
  } >&2
fi
if [ "$split_status" -ne 0 ] && [ -n "$split_pinned" ]; then
  {
    echo "stub-builder: this build saw pinned interfaces, which may be older than the libraries: $split_pinned."
    echo "If it misses something that is new in one of them (update-stub-hashes --suggest lists that),"
    echo "let this package ask for the library as it is: passthru.split.current = [ LIBRARY ], see docs/pins.md."
  } >&2
fi
[ "$split_status" -eq 0 ] || exit "$split_status"
[ -z "$split_uses" ] || [ -n "$split_allowed" ] || exit 1

split_copied=$(for split_output in $split_outputs; do
  [ ! -e "$split_output" ] || grep -rlF 'stub-builder: called into a stub: ' "$split_output" || :
done)
if [ -n "$split_copied" ]; then
  {
    echo "stub-builder: these files hold a stub, which nothing can run:"
    echo "$split_copied"
    echo "The build has copied a library that it was given for linking. Name the library in passthru.split.runsInBuild of $split_name."
  } >&2
  exit 1
fi

for split_output in $split_outputs; do
  # Nix says it when an output is missing.
  [ -e "$split_output" ] || [ -L "$split_output" ] || exit 0
done

# What tools have written of the shell that they were made with, as makeWrapper
# does: texts may become longer.
# shellcheck disable=SC2086 # one for each
split_exchange() {
  local from to file was
  while [ $# -gt 0 ]; do
    from=$1 to=$2
    shift 2
    { grep -rlIF "$from" $split_outputs || :; } | while IFS= read -r file; do
      was=$(stat -c %a "$file")
      chmod u+w "$file"
      sed -i "s,$from,$to,g" "$file"
      chmod "$was" "$file"
    done
  done
}
# shellcheck disable=SC2086 # pairs
split_exchange $split_programs

# Sources that the build has changed lie beside debug information (nixpkgs'
# separate-debug-info.sh), for debuggers to show: patchShebangs' tools in them are
# never run, and are made nobody, as remove-references-to does.
split_forget() {
  local output=$1 path hash file was
  { grep -rhoIE "$NIX_STORE/[0-9a-z]{32}-[0-9a-zA-Z+._?=-]*" "$output/src" || :; } | sort -u | while IFS= read -r path; do
    # Stand-ins, whose names end so, and the package itself are relink's.
    case $path in *=. | *q.) continue ;; esac
    case " $split_outputs " in *" $path "*) continue ;; esac
    hash=${path#"$NIX_STORE"/}
    hash=${hash%%-*}
    { grep -rlIF "$hash" "$output/src" || :; } | while IFS= read -r file; do
      was=$(stat -c %a "$file")
      chmod u+w "$file"
      sed -i "s,$hash,eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee,g" "$file"
      chmod "$was" "$file"
    done
  done
}
for split_output in $split_outputs; do
  case $split_output in *-debug) [ ! -d "$split_output/src" ] || split_forget "$split_output" ;; esac
done

# shellcheck disable=SC2086 # one for each
"$split_program" mask $split_outputs $split_masks
