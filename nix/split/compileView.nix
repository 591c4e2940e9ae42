# compileView : settings -> package -> named -> view
#
# What stands in for each package while a package is compiled: for libraries
# interface trees, completed with what the baseline has beside the interface
# (completeTree.nix), for tools the baseline's. `named` is namedPackages' result.
#
# Result
#   standIn       package -> output -> what compile sees in a library's place
#   libraryInput, nativeInput
#                 the same for an input, which stays as it is if it isn't split
#   mapped        the same for any value (mapReferences.nix)
#   interfaceOf   the interface trees of a library that are seen: those in force,
#                 or, if the package asks for that, the library's own
#   completed     the trees that the build sees, and the interface trees in them:
#                 [ { tree, interface } ]
#   runsInBuild   whether a library is the baseline's, for its code to run
#   isExact       whether an output is given as compile has left it: an archive
#                 can't be relinked, so its users are keyed by what it holds
{ packages, mapReferences }:
settings:
{ options, ... }:
{ libraries, natives, ... }:
let
  inherit (packages)
    closure
    flatten
    isSplit
    keyOf
    keySet
    outputsOf
    plainPath
    ;

  # Library code that runs needs all that it loads to be real.
  running = keySet (
    closure (
      package:
      builtins.filter isSplit (flatten [
        (package.buildInputs or [ ])
        (package.propagatedBuildInputs or [ ])
      ])
    ) (builtins.filter isSplit (flatten (options.runsInBuild or [ ])))
  );
  runsInBuild = package: running ? ${keyOf package};
  asked = keySet (builtins.filter isSplit (flatten (options.current or [ ])));
  interfaceOf =
    package: if asked ? ${keyOf package} then package.interface.current else package.interface;
  isExact =
    package: output: output == "static" || !builtins.elem output package.interface.interfaceOutputs;

  standIn =
    package: output:
    if runsInBuild package then
      outputOf (settings.linkTree (settings.twin package)) output
    else if isExact package output then
      package.compile.${output}
    else
      completeTree package output;
  completeTree =
    package: output:
    let
      twin = settings.dataTwin package;
      interface = (interfaceOf package).${output};
    in
    if twin == null then
      interface
    else
      settings.completeTree {
        inherit interface;
        package = twin;
      };
  tool = package: outputOf (settings.twin package);
  outputOf = package: output: package.${output} or package;

  replaced = to: package: {
    name = keyOf package;
    value = builtins.listToAttrs (
      map (output: {
        name = output;
        value = {
          from = plainPath package.${output};
          to = "${to package output}";
        };
      }) (outputsOf package)
    );
  };
  libraryInput = input: if isSplit input then standIn input input.outputName else input;
in
{
  inherit
    interfaceOf
    isExact
    libraryInput
    runsInBuild
    standIn
    ;
  completed = builtins.concatMap (
    package:
    if runsInBuild package || settings.dataTwin package == null then
      [ ]
    else
      map (output: {
        tree = completeTree package output;
        interface = (interfaceOf package).${output};
      }) package.interface.interfaceOutputs
  ) libraries;
  nativeInput = input: if isSplit input then tool input input.outputName else input;
  mapped = mapReferences {
    # A library that is a tool as well is meant as a library in strings.
    replacements = builtins.listToAttrs (
      map (replaced standIn) libraries ++ map (replaced tool) natives
    );
    replaceDerivation = libraryInput;
  };
}
