# findByName : accept -> set -> name -> version -> package or null
#
# The first package of a set that `accept` says is meant, under the attributes that
# packages of that name and version have in nixpkgs (attributeNames.nix).
{ attributeNames, isDerivation }:
accept: set: name: version:
let
  # A set may hold anything under a name, an error included.
  at =
    set: attribute:
    let
      value = builtins.tryEval set.${attribute};
    in
    if set ? ${attribute} && value.success && isDerivation value.value then [ value.value ] else [ ];

  names = attributeNames name version;
  within =
    names: packages: builtins.concatMap (package: builtins.concatMap (at package) names) packages;
  plain = builtins.concatMap (at set) names.plain;
  # Other versions than one that is there: what else has a version in its name are
  # aliases for the most part.
  versioned = if plain == [ ] then [ ] else builtins.concatMap (at set) names.versioned;

  modules =
    let
      inherit (names) module;
      own = attributeNames module.interpreter module.version;
      found = builtins.concatMap (at set) (own.plain ++ own.versioned);
      interpreters = found ++ within own.nested found;
    in
    if module == null then
      [ ]
    else
      within (attributeNames module.name null).plain (
        [ set ] ++ map (interpreter: interpreter.pkgs or { }) interpreters
      );

  # No list is looked at before those in front of it.
  first =
    lists:
    let
      found = builtins.filter accept (builtins.head lists);
    in
    if lists == [ ] then
      null
    else if found != [ ] then
      builtins.head found
    else
      first (builtins.tail lists);
in
first [
  plain
  (within names.nested plain)
  versioned
  modules
]
