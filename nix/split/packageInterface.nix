# packageInterface : settings -> package -> named -> view -> compile -> interface tree
#
# What dependents compile against: made from compile, so that a relink below
# changes nothing for them.
{
  mkStubs,
  packages,
  libraryOutput,
  linkOutputs,
}:
settings:
{
  options,
  outputs,
  plain,
  pname,
  ...
}:
{ libraries, ... }:
{
  standIn,
  interfaceOf,
  runsInBuild,
  isExact,
  ...
}:
compile:
let
  forLinking = linkOutputs outputs;
  # Libraries alone are looked for.
  neededFrom =
    package: output:
    if runsInBuild package || isExact package output then
      standIn package output
    else
      (interfaceOf package).${output};
in
mkStubs (
  {
    package = compile;
    inherit (settings) system variant;
    baseline = settings.twin plain;
    # What is looked for there can't be found in a masked RUNPATH.
    libraryPath =
      map (package: "${neededFrom package (libraryOutput package)}/lib") libraries
      ++ settings.libraryPath;
    # Debug information leads to sources, which are masked.
    outputs = builtins.filter (output: output != "debug") outputs;
    # A package that has no others is given as it is.
    standIns = if forLinking == [ ] then outputs else forLinking;
    programs = true;
  }
  // (
    if settings.pins ? pinOf then
      { lock = settings.pins; }
    else
      { hash = settings.pins.${pname} or null; }
  )
  // options.interface or { }
)
