# stdenvStandIns : { compilers, parts } -> replacements
#
# What compile sees in the place of the stdenv's compiler, its C library and the
# compiler's own libraries, wherever they are named: as mapReferences.nix takes it,
# and with each path the derivation that takes an input's place. Both the
# baseline's and the current library have the stand-in: at first they are one.
# Programs are packages (compileView.nix).
#
#   compilers  [ { from, to } ]
#   parts      stdenvParts' result
{ packages }:
{ compilers, parts }:
let
  inherit (packages)
    isDerivation
    keyOf
    outputsOf
    plainPath
    ;

  # What has no stand-in stays: a context is one for all outputs.
  entry = from: standIn: {
    name = keyOf from;
    value = builtins.listToAttrs (
      map (
        output:
        let
          input = standIn.${output} or from.${output};
        in
        {
          name = output;
          value = {
            from = plainPath from.${output};
            to = "${input}";
            inherit input;
          };
        }
      ) (outputsOf from)
    );
  };
  linked =
    part:
    builtins.listToAttrs (
      map (output: {
        name = output;
        value = part.tree.${output};
      }) part.tree.linkedOutputs
    );
in
builtins.listToAttrs (
  map ({ from, to }: entry from to) compilers
  ++ builtins.concatMap (
    part:
    map (package: entry package (linked part)) (
      builtins.filter isDerivation [
        part.package
        part.baseline
      ]
    )
  ) (builtins.filter (part: part.role != "program") parts)
)
