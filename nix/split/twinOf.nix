# twinOf : baseline -> package -> package
#
# A split package as the baseline has it: what runs during a build is taken from
# there. `baseline` is a set in which packages are found under their pname, or a
# function.
{ packages }:
baseline: package:
let
  name = packages.pnameOf package;
  found = if builtins.isFunction baseline then baseline package else baseline.${name} or null;
in
if found == null then
  throw ''
    stub-builder: the baseline has no ${name}, which a build wants to run.
    What runs during a build comes from the baseline, not from the packages that are split: give the baseline a ${name}, or let `baseline` be a function that finds its own.''
else if packages.isSplit found then
  throw "stub-builder: the baseline's ${name} is a split package. The baseline is a package set of its own, built by a stdenv that does not split."
else
  found
