# baselineBuild : settings -> package -> view -> package
#
# A split package as the baseline would build it: from the set's own attributes, with
# the baseline's stdenv and packages. It is the tool in builds that want one which the
# baseline lacks, such as one that a package makes for its own build alone (boost's b2).
# What it needs and the baseline lacks is built in this way, too.
{ packages }:
settings:
{ plain, ... }:
view:
packages.builtAgain plain (
  derivation (
    view.asBaseline plain.drvAttrs
    // {
      stdenv = settings.baselineStdenv;
    }
    // (
      if plain.drvAttrs.builder == settings.shell then
        { builder = settings.baselineStdenv.shell; }
      else
        { }
    )
  )
)
