# What is not split, and code of libraries that has to run.
{
  baseline,
  contextOf,
  drv,
  has,
  libcOf,
  old,
  otherLibc,
  seen,
  sees,
  split,
  ...
}:

# What isn't split is what it was, on real libraries, and can be an input.
assert !(split.exact.isSplit or false);
assert has (contextOf split.exact.buildInputs) split.greet;
assert has (sees "onExact") split.exact;

# A library that has to run is the baseline's, with all that it needs.
assert
  let
    inputs = split.generatedWell.compile.buildInputs;
  in
  builtins.length inputs == 2
  && builtins.all (input: builtins.match ".*-linked-interface-*q[.]" input.name != null) inputs;
assert !(has (sees "generatedWell") (seen "greet" "out"));

# A package says so in `passthru`, so that a stdenv that doesn't split can build
# it, too; the splitting one takes it beside it as well.
assert builtins.isString baseline.generatedWell.drvPath;
assert
  (split.generated.overrideAttrs { split.runsInBuild = [ split.chorus ]; }).compile.outPath
  == split.generatedWell.compile.outPath;

# What isn't split is for the current C library, unless that is made of it.
assert
  let
    libcOfBuild = package: drv package.drvAttrs.stdenv.cc.libc;
    self = otherLibc.exact.overrideAttrs {
      pname = "glibc";
      version = "2.37";
    };
  in
  libcOfBuild otherLibc.exact == drv (libcOf "2.37")
  && libcOfBuild otherLibc.exact.out == drv (libcOf "2.37")
  && libcOfBuild (otherLibc.exact.overrideAttrs { buildCommand = "gcc"; }) == drv (libcOf "2.37")
  && libcOfBuild split.exact == drv old
  && libcOfBuild self != drv (libcOf "2.37");

true
