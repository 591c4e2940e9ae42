# otherCompiler : { stdenv, inner, ... } -> stdenv -> { cc, ccLib } or null
#
# What takes the place of another compiler than ours, which a stdenv was given
# (overrideCC, nixpkgs' gcc13Stdenv), to be put around our stand-in of the C library:
# itself, if it is the baseline's, or the baseline's of that name and release; and its
# own libraries, as the set has them. null for ours, in whatever form, and where there
# is no such: that is warned of.
#
#   stdenv, inner  the baseline's, and the one with stand-ins
#   findTwin       a package as the baseline has it as a tool (findTwin.nix)
#   findCurrent    as the set has it
#   withLibraries  whether the compiler's libraries are replaced at all
{ packages, uncompiled }:
{
  stdenv,
  inner,
  findTwin,
  findCurrent,
  withLibraries,
}:
given:
let
  inherit (packages) isDerivation keyOf;

  other = given.cc;
  libcOf = cc: cc.libc or null;
  isSame = one: another: isDerivation one && isDerivation another && keyOf one == keyOf another;
  isOurs = !isDerivation (libcOf other) || isSame (libcOf other) (libcOf inner.cc);

  # Of another version it would be another compiler.
  release = cc: builtins.head (builtins.splitVersion (cc.version or "") ++ [ "" ]);
  like = found: if found != null && release found == release other then found else null;
  # At first the set may have the baseline's C library, too.
  isBaselines = isSame (libcOf other) (libcOf stdenv.cc) && !uncompiled.isOfSet other;
  cc = if isBaselines then other else like (findTwin other);

  current = if isBaselines then like (findCurrent other) else other;
  # clang has none: it takes gcc's.
  ccLib =
    if current == null || !(other.isGNU or true) then null else current.ccLib or current.cc.lib or null;
in
if !given.hasCC || isSame (libcOf inner.cc) (libcOf stdenv.cc) || isOurs then
  null
else if cc == null then
  (builtins.warn or builtins.trace) ''
    stub-builder: a stdenv has the compiler ${packages.pnameOf other} ${other.version or ""}, and the baseline has none of that name and release.
    What is built with it sees that compiler's own C library, and is compiled again whenever that changes.
    Give the baseline such a compiler, or take it from there.'' null
else
  {
    inherit cc;
    ccLib = if withLibraries then ccLib else null;
  }
