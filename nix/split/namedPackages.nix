# namedPackages : settings -> package -> { inputs, libraries, natives, ... }
#
# The packages that a package names in its attributes: in the lists of inputs,
# by what these propagate, and in strings.
#
# Result
#   inputs     the library inputs, in the order in which setup.sh finds them
#   libraries  the split packages that compile sees as libraries, one of each
#   propagatedTools  what library inputs propagate to the tools of a build
#   tools      these and the native inputs
#   natives    those of them that are split packages
#   scripts    what is named and not compiled (uncompiled.nix); its packages are
#              among the libraries
#   foundByPath  what of it is an input or stands in a string
#   isInput    package -> output -> whether the build has it in a list of inputs
{
  packages,
  libraryInputs,
  mentions,
  stringPackages,
  uncompiled,
  warnOfVariant,
}:
settings:
{
  attributes,
  name,
  options,
  ...
}@package:
let
  inherit (packages)
    closure
    flatten
    isSplit
    keyOf
    keySet
    plainPath
    unique
    ;

  found = libraryInputs (
    builtins.concatMap (name: attributes.libraries.${name} or [ ]) [
      "depsHostHost"
      "buildInputs"
      "depsHostHostPropagated"
      "propagatedBuildInputs"
    ]
  );
  tools = flatten (builtins.attrValues attributes.natives ++ found.natives);
  natives = builtins.filter isSplit tools;

  mentioned = mentions (builtins.attrValues attributes.others);
  listed =
    found.inputs ++ flatten (builtins.attrValues attributes.libraries) ++ options.inputs or [ ];
  byString =
    accept:
    stringPackages settings {
      inherit accept name;
      isKnown = keySet (builtins.filter isSplit (listed ++ mentioned) ++ natives);
    };
  # A tool that isn't compiled is found by nobody, such as an interpreter with modules.
  context = builtins.foldl' (all: text: all // builtins.getContext text) { } (
    builtins.filter builtins.isString mentioned
  );
  scriptsInStrings = mentioned: (byString (value: uncompiled.ofSet [ value ] != [ ]) mentioned).found;
  inStrings =
    scriptsInStrings mentioned
    ++ builtins.filter (tool: context ? ${keyOf tool}) (uncompiled.ofSet tools);
  scripts = closure (
    script:
    let
      below = uncompiled.namedBy script;
    in
    uncompiled.ofSet below ++ scriptsInStrings below
  ) (uncompiled.ofSet (listed ++ mentioned) ++ inStrings);
  allMentioned = mentioned ++ builtins.concatMap uncompiled.namedBy scripts;
  inputs = builtins.filter isSplit (listed ++ allMentioned);
  librariesInStrings = byString isSplit allMentioned;
  # What is propagated is found here before it is in its own list.
  atHand = builtins.listToAttrs (
    map (input: {
      name = plainPath "${input}";
      value = true;
    }) (builtins.filter isSplit found.inputs)
  );
in
{
  inherit (found) inputs;
  inherit natives scripts tools;
  foundByPath = uncompiled.ofSet listed ++ inStrings;
  propagatedTools = found.natives;
  isInput = library: output: atHand ? ${plainPath "${library.${output}}"};
  libraries = builtins.foldl' (libraries: variant: warnOfVariant package variant libraries) (unique (
    inputs ++ librariesInStrings.found
  )) librariesInStrings.variants;
}
