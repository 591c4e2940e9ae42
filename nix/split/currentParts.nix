# currentParts : { stdenv, inner, parts, ... } -> { replacements, stdenv }
#
# What is current of the stdenv, for what isn't split (currentBuild.nix).
#
#   inner  the stdenv with stand-ins, which standInStdenv.nix has made of the others
#
# Result
#   replacements  what takes the place of the stand-ins, and of the baseline's own, as
#                 mapReferences.nix takes it
#   stdenv        `inner`, or a stdenv made from it -> the same with that in it
{
  compilersFrom,
  mapReferences,
  packages,
  standInStdenv,
  stdenvStandIns,
}:
{
  stdenv,
  inner,
  parts,
  wrapCC,
}:
let
  # With the parts themselves for stand-ins.
  current = standInStdenv {
    inherit stdenv wrapCC;
    parts = map (
      part:
      part
      // {
        tree = part.package // {
          inherit (part.tree) linkedOutputs;
        };
      }
    ) parts;
  };

  # A tree is a derivation of its own for each output.
  trees = builtins.concatMap (
    part:
    map (output: {
      name = packages.keyOf part.tree.${output};
      value.out = entry part.tree.${output} part.package.${output};
    }) part.tree.linkedOutputs
  ) parts;
  baselines = map (part: {
    name = packages.keyOf part.baseline;
    value = builtins.listToAttrs (
      map (output: {
        name = output;
        value = entry part.baseline.${output} (part.package.${output} or part.baseline.${output});
      }) (packages.outputsOf part.baseline)
    );
  }) (builtins.filter (part: packages.isDerivation part.baseline) parts);
  entry = from: input: {
    from = packages.plainPath from;
    to = "${input}";
    inherit input;
  };

  replacements =
    builtins.listToAttrs (trees ++ baselines)
    // stdenvStandIns {
      parts = [ ];
      compilers = compilersFrom stdenv current ++ compilersFrom inner current;
    };
  mapped = mapReferences {
    inherit replacements;
    replaceDerivation =
      input:
      if packages.isDerivation input then
        replacements.${packages.keyOf input}.${input.outputName}.input or input
      else
        input;
  };
in
{
  inherit replacements;
  stdenv =
    given:
    given.override (old: {
      cc = mapped (old.cc or null);
      shell = mapped old.shell;
      initialPath = mapped old.initialPath;
    });
}
