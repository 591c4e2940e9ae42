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
#   isReplaced    whether something stands in for a derivation that a string names
#   asBaseline    any value as the baseline has what it names: for tools
#   interfaceOf   the interface trees of a library that are seen: those in force,
#                 or, if the package asks for that, the library's own
#   scripts       what names packages and isn't compiled, and what compile sees in its
#                 place: [ { package, seen } ]
#   completed     the trees that the build sees, and the interface trees in them:
#                 [ { tree, interface } ]
#   importsSuffice
#                 whether relink looks only for what the package imports of it
#   runsInBuild   whether a library is the baseline's, for its code to run
#   isExact       whether an output is given as compile has left it: an archive
#                 can't be relinked, so its users are keyed by what it holds
{
  completedTrees,
  linkedName,
  mapReferences,
  packages,
  remade,
}:
settings:
{ options, ... }:
{
  libraries,
  natives,
  foundByPath,
  scripts,
  ...
}:
let
  inherit (packages)
    closure
    flatten
    isDerivation
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
  # So is a program of which the build has a stand-in anyway.
  runsInBuild = package: settings.isProgram package || running ? ${keyOf package};
  listed = option: keySet (builtins.filter isSplit (flatten (options.${option} or [ ])));
  asked = listed "current";
  sufficing = listed "importsSuffice";
  importsSuffice = package: sufficing ? ${keyOf package};
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
      (completedOf package).${output} or (interfaceOf package).${output};
  completedOf =
    package:
    let
      trees =
        if asked ? ${keyOf package} then
          completedTrees settings package (interfaceOf package)
        else
          package.completed;
    in
    if trees == null then { } else trees;
  tool = package: outputOf (settings.tool package);
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
  # What is found by its path, unlike a source or a patch, may have another name: one
  # without the version, which in `libiconv` would be that of the C library, keeps an
  # update from being news.
  byPath = keySet foundByPath;
  # An input as compile sees it, where a split package's outputs are seen by `as`:
  # what isn't split is a part of the stdenv, or made again with what compile sees
  # of its own inputs (`again`), under another name or (null) its own.
  inputAs =
    as: again: nameOf: input:
    if isSplit input then
      as input input.outputName
    else if isDerivation input then
      settings.stdenvStandIns.${keyOf input}.${input.outputName}.input or (remade settings {
        inherit nativeInput;
        input = again;
        name = nameOf input;
        replacements =
          packages:
          builtins.listToAttrs (
            map (replaced (package: if isSplit package then as package else outputOf (again package))) (
              scripts ++ packages
            )
          )
          // settings.stdenvStandIns;
      } input)
    else
      input;
  libraryInput = inputAs standIn libraryInput (
    input: if byPath ? ${keyOf input} then linkedName "${packages.pnameOf input}-made" else null
  );
  nativeInput = inputAs tool nativeInput (_: null);
  changedScripts = builtins.filter (script: "${libraryInput script}" != "${script}") scripts;

  replacementsWith =
    input: packages:
    builtins.listToAttrs (map (replaced (script: outputOf (input script))) changedScripts ++ packages)
    // settings.stdenvStandIns;
  # A library that is a tool as well is meant as a library in strings.
  replacements = replacementsWith libraryInput (
    map (replaced standIn) libraries ++ map (replaced tool) natives
  );
in
{
  inherit
    importsSuffice
    interfaceOf
    isExact
    libraryInput
    runsInBuild
    standIn
    ;
  scripts = map (script: {
    package = script;
    seen = libraryInput script;
  }) changedScripts;
  completed = builtins.concatMap (
    package:
    let
      trees = completedOf package;
    in
    map (output: {
      tree = trees.${output};
      interface = (interfaceOf package).${output};
    }) (builtins.attrNames trees)
  ) (builtins.filter (package: !runsInBuild package) libraries);
  inherit nativeInput;
  isReplaced = drv: replacements ? ${drv};
  mapped = mapReferences {
    inherit replacements;
    replaceDerivation = libraryInput;
  };
  asBaseline = mapReferences {
    replacements = replacementsWith nativeInput (map (replaced tool) (libraries ++ natives));
    replaceDerivation = nativeInput;
  };
}
