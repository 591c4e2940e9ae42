# standInStdenv : { stdenv, parts, wrapCC } -> stdenv
#
# The stdenv that compile is built with: the baseline's, with stand-ins where
# parts of it get into packages. `parts` is stdenvParts' result.
{ packages }:
{
  stdenv,
  parts,
  wrapCC,
}:
let
  inherit (packages) plainPath;

  withRole = role: builtins.filter (part: part.role == role) parts;
  treeOf =
    role:
    let
      found = withRole role;
    in
    if found == [ ] then null else (builtins.head found).tree;
  libc = treeOf "libc";
  ccLib = treeOf "ccLib";

  # A stdenv names its programs in `shell` and `initialPath`.
  exchange =
    path:
    builtins.foldl' (
      path: program:
      let
        text = plainPath path;
        new =
          builtins.replaceStrings
            (map (output: plainPath program.baseline.${output}) program.tree.linkedOutputs)
            (map (output: "${program.tree.${output}}") program.tree.linkedOutputs)
            text;
      in
      if new == text then path else new
    ) path (withRole "program");

  # How uncompiled.nix knows what the splitting stdenv has made.
  marked = old: {
    extraAttrs = old.extraAttrs or { } // {
      splitsPackages = true;
    };
  };
in
if parts == [ ] then
  stdenv.override marked
else
  stdenv.override (
    old:
    marked old
    // {
      allowedRequisites = null;
      cc =
        if libc == null && ccLib == null then
          stdenv.cc
        else
          wrapCC {
            inherit (stdenv) cc;
            inherit libc ccLib;
          };
      shell = exchange stdenv.shell;
      initialPath = map exchange stdenv.initialPath;
    }
  )
