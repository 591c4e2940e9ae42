# What relink puts in, and what is proven of the result.
{
  libcOf,
  old,
  otherLibc,
  plain,
  setOf,
  shell,
  split,
  ...
}:

# By itself a stand-in means its output, where no list of inputs has it.
assert
  let
    named =
      user: library: output:
      map (standIn: standIn.named) (
        builtins.filter (
          standIn: standIn.path == "${split.${library}.interface.${output}}"
        ) split.${user}.relink.manifest.standIns
      );
  in
  named "strings" "greet" "dev" == [ true ]
  && named "sing" "chorus" "out" == [ false ]
  && named "sing" "chorus" "dev" == [ true ]
  # What is propagated as well.
  && named "chorus" "greet" "out" == [ false ]
  && named "chorus" "greet" "dev" == [ true ];

# What a package forbids itself is forbidden of the finished one; compile's
# outputs may refer to nothing but themselves.
assert split.sing.compile.allowedReferences == [ "out" ];
assert
  split.structured.compile.outputChecks.data.allowedReferences == [
    "out"
    "data"
  ];
assert split.structured.relink.outputChecks.data.allowedReferences == [ ];
assert builtins.elem "${split.chorus}" (
  map toString split.structured.relink.outputChecks.out.disallowedReferences
);
assert split.sing.relink.outPath == split.sing.outPath;
assert !split.sing.relink.allowSubstitutes && split.sing.relink.preferLocalBuild;
assert (setOf { allowSubstitutes = true; }).sing.relink.allowSubstitutes;

# What a tree of links stands for is put in without the tree, which would bring
# the baseline onto each machine that relinks.
assert
  let
    standIns = split.sing.relink.manifest.standIns;
    linked = builtins.filter (
      standIn: builtins.match ".*-linked-interface-.*" standIn.path != null
    ) standIns;
  in
  linked != [ ]
  && !(builtins.any (standIn: builtins.hasContext standIn.path) linked)
  &&
    builtins.attrNames (builtins.head linked).real == [
      "dev"
      "out"
    ];

# The finished package may not refer to the baseline, unless that is current.
assert
  let
    forbidden =
      set: path:
      builtins.elem (builtins.unsafeDiscardStringContext "${path}") set.sing.relink.outputChecks.out.disallowedRequisites;
  in
  forbidden otherLibc old
  && !(forbidden split old)
  && forbidden split (plain old)
  && !(forbidden (setOf {
    libc = libcOf "2.37";
    keep = [ old ];
  }) old)
  # A shell is a file in a package, and Nix refuses files here.
  && forbidden split shell
  && builtins.all (path: builtins.match "/nix/store/[^/]+" path != null) (
    split.sing.relink.outputChecks.out.disallowedRequisites
  );

true
