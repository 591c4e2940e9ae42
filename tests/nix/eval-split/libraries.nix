# What compile sees of the libraries among its inputs, and in strings.
{
  baseline,
  contextOf,
  has,
  libcOf,
  names,
  old,
  otherLibc,
  patched,
  pinned,
  pins,
  plain,
  seen,
  sees,
  setOf,
  split,
  splitting,
  ...
}:

# Compile is given no real library, be it in a list or in a string, and none
# that a library propagates.
assert builtins.all (name: builtins.all (library: !(has (sees name) split.${library})) names) names;
assert has (sees "sing") (seen "chorus" "out");
assert has (sees "sing") (seen "greet" "out");
assert has (sees "strings") (seen "greet" "dev");
assert has (contextOf split.strings.compile.compilerFlags) (seen "greet" "out");
assert has (sees "structured") (seen "greet" "out");
assert has (sees "script") (seen "reader" "out");
assert has (sees "script") (seen "sing" "out");

# What it is given is the interface tree with what the baseline has beside it,
# or the interface tree alone, where the baseline has no such package or moves
# with the set.
assert (seen "greet" "dev").interface == "${split.greet.interface.dev}";
assert (seen "greet" "dev").name == split.greet.interface.dev.name;
assert builtins.all
  (
    set:
    map (input: "${input}") set.sing.compile.buildInputs == [
      "${set.greet.interface.out}"
      "${set.chorus.interface.out}"
    ]
  )
  [
    (setOf { baseline = { }; })
    (setOf { baseline = _: null; })
    (setOf { complete = false; })
  ];

# Names may be longer than attributes, and have other separators, in the set and
# in the baseline.
assert
  let
    named =
      pname: stdenv:
      stdenv.mkDerivation {
        inherit pname;
        version = "1";
      };
    setFor =
      packages: stdenv:
      builtins.mapAttrs (_: package: package stdenv) {
        # A source of that name, too.
        libfoo =
          stdenv:
          (named "libfoo-more" stdenv).overrideAttrs {
            source = "${
              derivation {
                name = "libfoo-more-1.tar.gz";
                system = "none";
                builder = "none";
              }
            }/source";
          };
        fooBar = named "foo-bar";
        foo_baz = named "foo-baz";
        foo-barVariant = named "foo-bar-variant";
        wrapped-unwrapped = named "wrapped";
        wrapped = named "wrapped-wrapper";
      }
      // packages;
    set = setFor { } (splitting {
      baseline = setFor { libfoo = throw "an alias"; } (plain old);
      packages = set // {
        foo = throw "an alias";
      };
    });
    user = set.fooBar.overrideAttrs {
      pname = "user";
      flags = builtins.concatStringsSep " " (
        map toString [
          set.libfoo
          set.fooBar
          set.foo_baz
          set.foo-barVariant
          set.wrapped-unwrapped
        ]
      );
    };
    flags = contextOf user.compile.flags;
  in
  builtins.all (package: !(has flags package)) (builtins.attrValues set)
  && builtins.length flags == 5
  # ... and an alias that throws is no twin.
  && has flags set.libfoo.interface.out
  && !(has flags set.fooBar.interface.out)
  && !(has flags set.wrapped-unwrapped.interface.out);

# What strings alone name compile is told of in an order that no update changes:
# contexts are in the order of the derivations' hashes, which every one does.
assert
  let
    of =
      patch:
      let
        set = setOf { inherit patch pins; };
        user = set.sing.overrideAttrs {
          pname = "user";
          buildInputs = [ ];
          propagatedBuildInputs = [ ];
          flags = "${set.chorus} ${set.greet} ${set.reader} ${set.strings}";
        };
      in
      user.compile.outPath;
  in
  builtins.all (patch: of patch == of 0) (builtins.genList (patch: patch) 8);

# What a library propagates comes before it if it has several outputs, as in
# setup.sh: `dev` propagates its own `out` last.
assert
  map (input: input.name) split.sing.compile.buildInputs == [
    split.greet.interface.out.name
    split.chorus.interface.out.name
  ];

# What is written to nix-support is what was asked for.
assert
  map (input: "${input}") split.chorus.compile.propagatedBuildInputs == [
    "${seen "greet" "dev"}"
  ];

# The interface is compile's, so that a relink below is no news, even to what
# isn't pinned.
assert split.sing.compile.drvPath == (setOf { libc = libcOf "2.37"; }).sing.compile.drvPath;
assert pinned.sing.compile.outPath == otherLibc.sing.compile.outPath;
assert pinned.sing.outPath != otherLibc.sing.outPath;
assert pinned.chorus.compile.outPath == patched.chorus.compile.outPath;
assert pinned.chorus.outPath != patched.chorus.outPath;
assert pinned.greet.compile.outPath != patched.greet.compile.outPath;

# A package's stdenv splits, too: nixpkgs makes Python's modules with Python's.
assert
  let
    with' =
      package:
      package.stdenv.mkDerivation {
        pname = "module";
        version = "1";
      };
  in
  (with' split.greet).isSplit && (with' split.greet.dev).isSplit && (with' split.exact).isSplit;

# What strings alone name is another package than the set has under that name: it
# stays, and eval.sh looks for the warning, of which the baseline's own is no cause.
assert
  let
    variant = split.greet.overrideAttrs { flavour = "other"; };
    user = split.sing.overrideAttrs {
      pname = "fond-of-variants";
      flags = "-I${variant.dev}/include";
      tool = "${baseline.greet}/bin/greet";
    };
    told = user.overrideAttrs { passthru.split.inputs = [ variant ]; };
  in
  has (contextOf user.compile.flags) variant
  && contextOf told.compile.flags == contextOf variant.completed.dev;

true
