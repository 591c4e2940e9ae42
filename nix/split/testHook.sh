# Sourced by setup.sh as a setup hook: while tests run, the loader finds the
# baseline's libraries (testLibraries.nix) before the stubs, which stand in
# RUNPATH (ld.so(8)). Afterwards it doesn't: what else runs during a build
# has a part in what it makes. What runs behind installCheckPhase are tests as
# well, Python's for instance.
# shellcheck shell=bash disable=SC2154 # the derivation has stubBuilderTestLibraries

stubBuilderTestsBegin() {
  stubBuilderLibraryPath=${LD_LIBRARY_PATH-}
  export LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$stubBuilderTestLibraries
}
stubBuilderTestsEnd() {
  export LD_LIBRARY_PATH=$stubBuilderLibraryPath
  [ -n "$LD_LIBRARY_PATH" ] || unset LD_LIBRARY_PATH
}

preCheckHooks+=(stubBuilderTestsBegin)
postCheckHooks+=(stubBuilderTestsEnd)
preInstallCheckHooks+=(stubBuilderTestsBegin)
