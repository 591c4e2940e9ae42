# compileBuilder.sh STUB-BUILDER PATH ALLOWED OPTION OUTPUTS BUILDER ARGUMENT...
#
# Runs the builder of a package's compile, and then, whatever kind of builder it
# was: looks whether the build has called into a stub, or copied one, and masks
# the outputs. Stands around the builder rather than in one of its phases
# because packages have builders without phases.
#
#   PATH     with findutils, grep and coreutils
#   ALLOWED  1 if the package may call into stubs
#   OPTION   how a package says that a library has to run
#   OUTPUTS  the outputs' paths
#
# The environment holds the derivation's attributes, and the builder inherits it:
# no name of theirs may be set here.
# shellcheck shell=bash

split_program=$1/bin/stub-builder
split_tools=$2
split_allowed=$3
split_option=$4
split_outputs=$5
shift 5

split_top=${NIX_BUILD_TOP:-$PWD}
# Stubs append a line to it when they are called (docs/format.md).
export STUB_BUILDER_LOG=$split_top/.stub-builder-calls

split_status=0
"$@" || split_status=$?

PATH=$split_tools

# What a configure script has swallowed stands in its log. A stub that the
# loader refuses leaves the loader's message there.
split_called='stub-builder: called into a stub: [^ ]*'
split_refused='[^ ]*error while loading shared libraries: [^ ]*: (failed to map|cannot open|cannot read)[^:]*'
split_calls=$(
  {
    [ ! -e "$STUB_BUILDER_LOG" ] || grep -hoE "$split_called" "$STUB_BUILDER_LOG" || :
    find "$split_top" -type f \( -name config.log -o -name 'CMake*.log' -o -name 'CMakeConfigureLog.yaml' -o -name meson-log.txt \) \
      -exec grep -hoE "$split_called|$split_refused" {} + 2>/dev/null || :
  } | sort | uniq -c
)
if [ -n "$split_calls" ]; then
  {
    echo "stub-builder: this build ran code of a library that it was given as a stub:"
    echo "$split_calls"
    echo "A program that it has linked was run, be it by configure, a generator or a test suite."
    echo "Name the library in $split_option, and the build gets the baseline's real one;"
    echo "a test suite can also run behind relink, on the real library. If the call means nothing: split.allowStubCalls = true."
  } >&2
fi
[ "$split_status" -eq 0 ] || exit "$split_status"
[ -z "$split_calls" ] || [ -n "$split_allowed" ] || exit 1

split_copied=$(for split_output in $split_outputs; do
  [ ! -e "$split_output" ] || grep -rlF 'stub-builder: called into a stub: ' "$split_output" || :
done)
if [ -n "$split_copied" ]; then
  {
    echo "stub-builder: these files hold a stub, which nothing can run:"
    echo "$split_copied"
    echo "The build has copied a library that it was given for linking. Name the library in $split_option."
  } >&2
  exit 1
fi

for split_output in $split_outputs; do
  # Nix says it when an output is missing.
  [ -e "$split_output" ] || [ -L "$split_output" ] || exit 0
done
# shellcheck disable=SC2086 # one for each
"$split_program" mask $split_outputs
