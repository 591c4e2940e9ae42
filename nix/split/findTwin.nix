# findTwin : baseline -> package -> package or null
#
# A split package as the baseline has it: what runs during a build, or is read
# as data, is taken from there. `baseline` is a set in which packages are found
# by their pname and version (findByName.nix), or a function from a package to its twin.
#
# A language's module is looked for among the twin interpreter's own, as nixpkgs
# has them: `pythonModule` and the like lead to the interpreter, its `pkgs` to
# the modules.
{ findByName, packages }:
baseline:
let
  inherit (packages) isDerivation isSplit pnameOf;

  # Several may have a name, as all of nixpkgs' python3: the first of those whose
  # versions have most of their leading parts in common with this one's.
  named =
    set: package:
    let
      name = pnameOf package;
      version = package.version or null;
      parts = if version == null then [ ] else builtins.splitVersion version;
      leading = count: builtins.genList (builtins.elemAt parts) count;
      begins =
        count: found:
        let
          own = builtins.splitVersion (found.version or "");
        in
        builtins.length own >= count && builtins.genList (builtins.elemAt own) count == leading count;
      nearest =
        count:
        let
          found = findByName (found: pnameOf found == name && begins count found) set name version;
        in
        if found != null || count == 0 then found else nearest (count - 1);
    in
    nearest (builtins.length parts);
  modules =
    package:
    builtins.concatMap
      (
        attribute:
        let
          interpreter = package.${attribute};
          twin = if isDerivation interpreter then find interpreter else null;
          module = if twin == null then null else named (twin.pkgs or { }) package;
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
          named baseline package;
    in
    if found != null && isSplit found then
      throw "stub-builder: the baseline's ${pnameOf package} is a split package. The baseline is a package set of its own, built by a stdenv that does not split."
    else
      found;
in
find
