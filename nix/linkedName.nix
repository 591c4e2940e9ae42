# linkedName : fixedName -> string -> string
#
# The store name of what a build finds in a package's place and that works: not that
# of the package's interface tree, since a build may see both. And no `=` in it:
# make takes SHELL=/nix/store/...=./bin/bash for a variable in front of a command
# (job.c, construct_command_argv_internal). No program has a literal "q." either.
fixedName: text:
let
  name = fixedName text;
in
builtins.substring 0 (builtins.stringLength name - 2) name + "q."
