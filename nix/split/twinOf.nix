# twinOf : (package -> package or null) -> package -> package
#
# What findTwin finds, or an error that says what is missing.
{ packages }:
findTwin: package:
let
  found = findTwin package;
  name = packages.pnameOf package;
in
if found == null then
  throw ''
    stub-builder: the baseline has no ${name}, which a build wants to run.
    What runs during a build comes from the baseline, not from the packages that are split: give the baseline a ${name}, or let `baseline` be a function that finds its own.''
else
  found
