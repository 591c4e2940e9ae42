# partStandIns : parts -> package -> { standIns, kept }
#
# What relink puts in place of the stdenv's parts (stdenvParts.nix), for one
# package. A part can't stand in the package that it is made of: the part
# itself names itself, and what it needs keeps naming the baseline's.
#
#   standIns  entries of relink's manifest
#   kept      packages of the baseline that stay for that reason
#   isOwn     whether the package is a part, or one is made of it
{
  attributeKinds,
  linkedStandIns,
  packages,
  uncompiled,
}:
parts:
let
  inherit (packages) flatten isDerivation;
  inherit (uncompiled) ofSet;

  # By name: to compare derivations would evaluate what depends on the part.
  madeOf =
    part:
    builtins.listToAttrs (
      map
        (entry: {
          name = entry.key;
          value = true;
        })
        (
          builtins.genericClosure {
            startSet = needs part.package;
            operator = entry: needs entry.package;
          }
        )
    );
  # Tools are the baseline's, but for what isn't compiled. That needs nothing else.
  needs =
    package:
    let
      inputs = flatten [
        (package.buildInputs or [ ])
        (package.propagatedBuildInputs or [ ])
      ];
      scripts = ofSet (
        inputs
        ++ flatten [
          (builtins.attrValues (attributeKinds package).natives)
          (package.src or [ ])
          (package.patches or [ ])
        ]
      );
    in
    map (package: {
      key = package.name;
      inherit package;
    }) (scripts ++ (if ofSet [ package ] == [ ] then builtins.filter isDerivation inputs else [ ]));
  known = map (part: part // { needed = madeOf part; }) parts;
  # Tools name the libraries that they were made with, and give them to what they
  # build: Perl's Config has -L of its C library in its flags, so that modules in C
  # search there. Programs aren't named but in texts (programPairs.nix).
  replaced =
    part:
    linkedStandIns part.tree part.package
    ++ (
      if part.role == "program" then
        [ ]
      else
        linkedStandIns (part.baseline // { inherit (part.tree) linkedOutputs; }) part.package
    );
  usual = builtins.concatMap replaced known;
in
package:
let
  isSelf = part: part.package.name == package.name;
  isNeeded = part: !isSelf part && part.needed ? ${package.name};
  own =
    part:
    map (
      entry:
      entry
      // {
        real = builtins.mapAttrs (output: _: builtins.placeholder output) entry.real;
      }
    ) (linkedStandIns part.tree part.package);
  standIns =
    part:
    if isSelf part then
      own part
    else if isNeeded part then
      linkedStandIns part.tree part.baseline
    else
      replaced part;
  isUsual = !builtins.any (part: isSelf part || isNeeded part) known;
in
{
  standIns = if isUsual then usual else builtins.concatMap standIns known;
  isOwn = !isUsual;
  kept = map (part: part.baseline) (builtins.filter isNeeded known);
}
