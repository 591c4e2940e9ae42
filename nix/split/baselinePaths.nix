# baselinePaths : { stdenv, inner, parts } -> [ string ]
#
# The paths of the baseline that a build may find itself in and that finished
# packages may not refer to, without context. What is current as well, as all is
# before the first update, may stay.
#
#   inner  the stdenv with stand-ins (standInStdenv.nix)
{ packages }:
{
  stdenv,
  inner,
  parts,
}:
let
  inherit (packages)
    allOutputs
    isSplit
    plainPath
    storePaths
    ;

  # A split one never is, and its own relink asks for this.
  current = map plainPath (
    builtins.concatMap (part: allOutputs part.package) (
      builtins.filter (part: !isSplit part.package) parts
    )
  );
in
builtins.filter (path: !builtins.elem path current) (
  storePaths (
    [
      stdenv
      inner
      stdenv.cc
      inner.cc
      stdenv.shell
      inner.shell
    ]
    ++ stdenv.initialPath
    ++ inner.initialPath
    ++ builtins.concatMap allOutputs (
      [
        (stdenv.cc.libc or null)
        (stdenv.cc.cc or null)
        (stdenv.cc.bintools or null)
      ]
      ++ map (part: part.baseline) (builtins.filter (part: part.role == "program") parts)
    )
  )
)
