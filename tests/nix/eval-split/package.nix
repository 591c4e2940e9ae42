# What the finished package is to everybody else.
{
  contextOf,
  getOutput,
  has,
  split,
  ...
}:

# Both steps have one name, and the package is relink's.
assert split.sing.name == "sing-1" && split.sing.compile.name == "sing-1";
assert split.sing.outPath != split.sing.compile.outPath;
assert has (contextOf "${split.sing}") split.sing;

# Outputs, and what nixpkgs' functions make of them.
assert
  split.greet.outputs == [
    "out"
    "dev"
  ];
assert split.greet.dev.outPath != split.greet.out.outPath;
assert (getOutput "dev" split.greet).outPath == split.greet.dev.outPath;
assert (getOutput "lib" split.greet).outPath == split.greet.outPath;
assert (getOutput "out" split.greet.dev).outPath == split.greet.dev.outPath;
assert split.greet.dev.dev.outPath == split.greet.dev.outPath;
assert
  map (output: output.outPath) split.greet.all == [
    split.greet.outPath
    split.greet.dev.outPath
  ];
assert
  split.debug.outputs == [
    "out"
    "debug"
  ];
# ... also of compile and of the interface, where they must not lead back.
assert builtins.all
  (
    output:
    builtins.all (step: !(has (contextOf "${getOutput output step}") split.greet)) [
      split.greet.compile
      split.greet.interface
      split.greet.interface.dev
    ]
  )
  [
    "out"
    "dev"
    "lib"
    "bin"
    "static"
  ];

# What mkDerivation says of a package.
assert split.sing.meta.description == "sings";
assert split.sing.meta.outputsToInstall == [ "out" ];
assert split.sing.answer == 42 && split.sing.passthru.answer == 42;
assert split.sing.tests.itself.outPath == split.sing.outPath;
assert split.sing.passthru.tests.itself.isSplit;

# overrideAttrs, in each of its forms, more than once, and from an output.
assert (split.sing.overrideAttrs { version = "2"; }).name == "sing-2";
assert
  (split.sing.overrideAttrs (old: {
    version = old.version + ".1";
  })).compile.name == "sing-1.1";
assert
  let
    other =
      (split.sing.overrideAttrs (final: old: { name = "${old.pname}-of-${final.owner}"; })).overrideAttrs
        {
          owner = "me";
        };
  in
  other.name == "sing-of-me" && other.isSplit && other.tests.itself.outPath == other.outPath;
assert (split.greet.dev.overrideAttrs { version = "9"; }).name == "greet-9";
assert !((split.sing.overrideAttrs { dontSplit = true; }).isSplit or false);
assert (split.exact.overrideAttrs { dontSplit = false; }).isSplit;

true
