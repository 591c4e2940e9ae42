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
  inherit (packages) allOutputs plainPath;

  current = map plainPath (builtins.concatMap (part: allOutputs part.package) parts);
in
builtins.filter (path: !builtins.elem path current) (
  map plainPath (
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
