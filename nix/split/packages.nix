# packages : attribute set of functions
#
# What is asked of packages and inputs in several places.
rec {
  isDerivation = value: value.type or null == "derivation";
  isSplit = value: isDerivation value && value.isSplit or false;

  outputsOf = package: package.outputs or [ "out" ];
  allOutputs =
    package: if isDerivation package then map (output: package.${output}) (outputsOf package) else [ ];

  # One key for all outputs of a package; without context, it is only compared.
  keyOf = package: builtins.unsafeDiscardStringContext package.drvPath;
  plainPath = text: builtins.unsafeDiscardStringContext "${text}";
  # The store paths in which these lie: a shell is a file in a package. What lies
  # elsewhere is left out.
  storePaths = builtins.concatMap (
    path:
    let
      below = builtins.match "${builtins.storeDir}/([^/]+).*" (plainPath path);
    in
    if below == null then [ ] else [ "${builtins.storeDir}/${builtins.head below}" ]
  );
  pnameOf = package: package.pname or (builtins.parseDrvName package.name).name;

  # What follows a package in a manifest: its outputs as they are now.
  realOf =
    package:
    builtins.listToAttrs (
      map (output: {
        name = output;
        value = "${package.${output}}";
      }) (outputsOf package)
    );

  # A package whose outputs are those of another derivation of the same shape.
  builtAgain =
    package: again:
    let
      face =
        package:
        package
        // again.drvAttrs
        // {
          inherit (again.${package.outputName}) outPath drvPath;
          inherit (again) drvAttrs;
        };
    in
    face package
    // builtins.listToAttrs (
      map (output: {
        name = output;
        value = face package.${output};
      }) (outputsOf package)
    );

  # Lists of inputs may be nested, and hold null.
  flatten =
    value:
    if builtins.isList value then
      builtins.concatMap flatten value
    else if value == null then
      [ ]
    else
      [ value ];

  # These packages and those that `next` finds from them, one of each, the first.
  closure =
    next: packages:
    let
      entry = package: {
        key = keyOf package;
        inherit package;
      };
    in
    map (entry: entry.package) (
      builtins.genericClosure {
        startSet = map entry packages;
        operator = { package, ... }: map entry (next package);
      }
    );
  unique = closure (_: [ ]);

  # A set to look packages up in, by key.
  keySet =
    packages:
    builtins.listToAttrs (
      map (package: {
        name = keyOf package;
        value = true;
      }) packages
    );
}
