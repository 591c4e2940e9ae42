# stdenvParts : { stdenv, libc, ccLib, programs, linkTree } -> [ part ]
#
# What of a stdenv gets into the packages that it builds, and that relink
# replaces: the C library, the compiler's own libraries, programs such as the
# shell.
#
# Result: for each of them
#   role      "libc", "ccLib" or "program"
#   baseline  the stdenv's own
#   tree      what stands in for it (linkTree.nix)
#   package   the current one
# A null among the arguments is a part that stays as it is.
{
  stdenv,
  libc,
  ccLib,
  programs,
  linkTree,
}:
let
  # nixpkgs' compilers have their libraries in an output of their own.
  ownCcLib = stdenv.cc.ccLib or stdenv.cc.cc;
  ccLibOutputs = builtins.filter (output: builtins.elem output (ownCcLib.outputs or [ "out" ])) (
    if stdenv.cc ? ccLib then
      [
        "out"
        "lib"
      ]
    else
      [ "lib" ]
  );
in
(
  if libc == null then
    [ ]
  else
    [
      {
        role = "libc";
        baseline = stdenv.cc.libc;
        tree = linkTree { package = stdenv.cc.libc; };
        package = libc;
      }
    ]
)
++ (
  if ccLib == null then
    [ ]
  else
    [
      {
        role = "ccLib";
        baseline = ownCcLib;
        tree = linkTree {
          package = ownCcLib;
          outputs = ccLibOutputs;
        };
        package = ccLib;
      }
    ]
)
++ map (program: {
  role = "program";
  inherit (program) baseline package;
  tree = linkTree { package = program.baseline; };
}) programs
