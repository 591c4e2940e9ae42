# findTwin : baseline -> package -> package or null
#
# A split package as the baseline has it: what runs during a build, or is read
# as data, is taken from there. `baseline` is a set in which packages are found
# by their pname (findByName.nix), or a function from a package to its twin.
#
# A language's module is looked for among the twin interpreter's own, as nixpkgs
# has them: `pythonModule` and the like lead to the interpreter, its `pkgs` to
# the modules.
{ findByName, packages }:
baseline:
let
  inherit (packages) isDerivation isSplit pnameOf;

  named = set: name: findByName (found: pnameOf found == name) set name;
  modules =
    package:
    builtins.concatMap
      (
        attribute:
        let
          interpreter = package.${attribute};
          twin = if isDerivation interpreter then find interpreter else null;
          module = if twin == null then null else named (twin.pkgs or { }) (pnameOf package);
        in
        if module == null then [ ] else [ module ]
      )
      (
        builtins.filter (name: builtins.match ".*Module" name != null) (
          builtins.attrNames (package.passthru or { })
        )
      );

  find =
    package:
    let
      ofLanguage = modules package;
      found =
        if builtins.isFunction baseline then
          baseline package
        else if ofLanguage != [ ] then
          builtins.head ofLanguage
        else
          named baseline (pnameOf package);
    in
    if found != null && isSplit found then
      throw "stub-builder: the baseline's ${pnameOf package} is a split package. The baseline is a package set of its own, built by a stdenv that does not split."
    else
      found;
in
find
