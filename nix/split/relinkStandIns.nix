# relinkStandIns : settings -> package -> named -> view -> [ stand-in ]
#
# What stands for something in compile's outputs, beside the interface trees of
# libraries: entries of relink's manifest (relink.nix).
#
# - parts of the stdenv: the C library, libstdc++, the shell
# - libraries that ran during the build, and archives: to the current package
# - tools that are libraries as well, which configure has found in PATH
# - hooks, patches and the like that compile has seen with stand-ins in them
# - what may stay stands for itself: inputs that aren't split, what `keep` and
#   strings name, and sources, to which debug information leads
{
  linkedStandIns,
  namedAsIs,
  packages,
}:
settings:
{
  options,
  outputs,
  plain,
  ...
}@package:
named: view:
let
  inherit (packages)
    flatten
    isDerivation
    isSplit
    keyOf
    keySet
    outputsOf
    realOf
    ;

  linked =
    package:
    map (standIn: standIn // { named = !named.isInput package standIn.output; }) (
      linkedStandIns (settings.linkTree (settings.twin package)) package
    );
  # Of a library that is a tool as well a build may have found either.
  tools = keySet (
    builtins.filter isDerivation (map view.nativeInput named.tools ++ settings.initialPath)
  );
  asTool =
    package:
    let
      twin = settings.findTwin package;
    in
    if twin != null && tools ? ${keyOf twin} then
      linkedStandIns (twin // { linkedOutputs = outputsOf twin; }) package
    else
      [ ];
  exact =
    package:
    map (output: {
      path = "${package.compile.${output}}";
      inherit output;
      real = realOf package;
    }) (builtins.filter (view.isExact package) (outputsOf package));

  script =
    { package, seen }:
    map (output: {
      path = "${seen.${output}}";
      inherit output;
      real = realOf package;
    }) (outputsOf package);

  itself =
    package:
    map (output: {
      path = "${package.${output}}";
      real.${output} = "${package.${output}}";
    }) (outputsOf package);
  unsplit = builtins.filter (input: isDerivation input && !isSplit input);

  sources = if builtins.elem "debug" outputs then flatten [ (plain.drvAttrs.src or [ ]) ] else [ ];
  sourceItself =
    source:
    if isDerivation source then
      itself source
    else if builtins.isString source || builtins.isPath source then
      [
        {
          path = "${source}";
          real.out = "${source}";
        }
      ]
    else
      [ ];

  # Programs are parts of the stdenv.
  split = builtins.partition view.runsInBuild (
    builtins.filter (library: !settings.isProgram library) named.libraries
  );
in
(settings.partStandIns plain).standIns
++ builtins.concatMap linked split.right
++ builtins.concatMap exact split.wrong
++ builtins.concatMap asTool (split.right ++ split.wrong)
++ builtins.concatMap script view.scripts
++ builtins.concatMap itself (
  unsplit named.inputs
  ++ settings.keep
  ++ options.keep or [ ]
  ++ (
    if settings.keepNatives then settings.tools ++ map view.nativeInput (unsplit named.tools) else [ ]
  )
)
++ builtins.concatMap sourceItself sources
++ namedAsIs settings package named view
