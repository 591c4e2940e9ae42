# index : value -> list of sets, one for each library with a pin
#
# What stub-builder asks of Nix about an attribute that holds stubs, or packages
# of a splitting stdenv. Paths of derivations, nothing built; null is what can't
# be evaluated yet, because a pin below is missing.
value:
let
  isStubs = any: builtins.isAttrs any && any ? lockKey;
  stubsOf =
    any:
    if isStubs any then
      any
    else if builtins.isAttrs any && any ? interface && isStubs any.interface then
      any.interface
    else
      null;
  try =
    any:
    let
      tried = builtins.tryEval (builtins.deepSeq any any);
    in
    if tried.success then tried.value else null;
  drv = stubs: if stubs == null then null else builtins.unsafeDiscardStringContext stubs.drvPath;

  all = if stubsOf value == null then value else { library = value; };
  entry =
    name:
    let
      stubs = stubsOf all.${name};
    in
    if stubs == null then
      null
    else
      {
        attribute = name;
        inherit (stubs) exact;
        key = stubs.lockKey;
        own = try (drv stubs.unpinned);
        inForce = try (drv stubs);
        current = try (drv stubs.current);
      };
in
builtins.filter (entry: entry != null) (map (name: try (entry name)) (builtins.attrNames all))
