# describe : value -> { packages, libraries, unknown }
#
# What `stub-builder plan` asks of Nix about a package set: an attribute that
# holds split packages, stubs, or other packages. Paths of derivations, nothing
# built. Sets within it are looked into if they say `recurseForDerivations`.
#
#   packages   [ { attribute, name, finished, compile, unsplit } ]
#   libraries  [ { attribute, key, exact, hash, accepted, own, trees } ]: what has an
#              interface tree. `trees` are those that dependents see, one for each
#              output; `own` is one without a pin
#   unknown    [ attribute ]: packages that can't be evaluated
value:
let
  try =
    any:
    let
      tried = builtins.tryEval (builtins.deepSeq any any);
    in
    if tried.success then tried.value else null;
  is =
    question: any:
    let
      tried = builtins.tryEval (builtins.isAttrs any && question any);
    in
    tried.success && tried.value;
  isPackage = is (any: any.type or null == "derivation" && !(any ? lockKey));
  isStubs = is (any: any ? lockKey);
  isSet = is (any: any.recurseForDerivations or false == true);

  drvOf = derivation: builtins.unsafeDiscardStringContext derivation.drvPath;

  packageOf = attribute: package: {
    inherit attribute;
    inherit (package) name;
    finished = drvOf package;
    compile = if package.isSplit or false then drvOf package.compile else null;
    unsplit = if package ? unsplit then try (drvOf package.unsplit) else null;
  };
  libraryOf = attribute: stubs: {
    inherit attribute;
    key = stubs.lockKey;
    inherit (stubs) exact hash;
    accepted = stubs.accepted or { };
    own = drvOf stubs.unpinned;
    trees = map (output: {
      inherit output;
      drv = drvOf stubs.${output};
    }) stubs.interfaceOutputs;
  };

  nothing = {
    packages = [ ];
    libraries = [ ];
    unknown = [ ];
  };
  entry =
    attribute: any:
    if isPackage any then
      let
        package = try (packageOf attribute any);
        library =
          if is (any: any ? interface && isStubs any.interface) any then
            try (libraryOf attribute any.interface)
          else
            null;
      in
      {
        packages = if package == null then [ ] else [ package ];
        libraries = if library == null then [ ] else [ library ];
        unknown = if package == null then [ attribute ] else [ ];
      }
    else if isStubs any then
      let
        library = try (libraryOf attribute any);
      in
      {
        packages = [ ];
        libraries = if library == null then [ ] else [ library ];
        unknown = if library == null then [ attribute ] else [ ];
      }
    else if isSet any then
      below "${attribute}." any
    else
      nothing;
  below =
    prefix: set:
    let
      entries = map (name: entry "${prefix}${name}" set.${name}) (builtins.attrNames set);
    in
    {
      packages = builtins.concatMap (entry: entry.packages) entries;
      libraries = builtins.concatMap (entry: entry.libraries) entries;
      unknown = builtins.concatMap (entry: entry.unknown) entries;
    };
in
if isPackage value || isStubs value then
  entry (value.pname or (builtins.parseDrvName value.name).name) value
else
  below "" value
