# testLibraries : settings -> package -> named -> view -> string
#
# Where a package's test suite finds code in place of stubs: the directories, with
# colons between, of the baseline's own libraries. Tests leave nothing in the
# package, so nobody has to choose what they run with, unlike what makes a part
# of it (runsInBuild). Empty where there are no tests, or no baseline that stays
# when the libraries move.
{ libraryOutput }:
settings:
{ plain, ... }:
{ libraries, ... }:
view:
let
  # As setup.sh takes it: mkDerivation leaves "" of false.
  isOn =
    name:
    !builtins.elem (plain.drvAttrs.${name} or false) [
      false
      null
      ""
    ];
  twins = builtins.filter (twin: twin != null) (
    map settings.dataTwin (builtins.filter (library: !view.runsInBuild library) libraries)
  );
  directory = twin: "${twin.${libraryOutput twin}}/lib";
in
if isOn "doCheck" || isOn "doInstallCheck" then
  builtins.concatStringsSep ":" (map directory twins)
else
  ""
