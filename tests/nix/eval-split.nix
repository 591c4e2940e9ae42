# What holds of split packages at evaluation, without building anything; an
# assertion that does not hold names its line.
let
  stub-builder = derivation {
    name = "stub-builder";
    system = "x86_64-linux";
    builder = "none";
  };
  inherit (import ../../nix { inherit stub-builder; })
    splitOverlay
    splitStages
    splitStdenv
    ;
  inherit (import ./split/stdenv.nix) stdenv wrapCC;
  inherit (import ./builders.nix) package;

  libcOf =
    version:
    package {
      pname = "glibc";
      inherit version;
      outputs = [
        "out"
        "dev"
      ];
    } "";
  ccLibOf =
    version:
    package {
      pname = "gcc-lib";
      inherit version;
      outputs = [ "out" ];
    } "";
  shell = package {
    pname = "shell";
    version = "1";
    outputs = [ "out" ];
  } "";
  plain =
    libc:
    stdenv {
      shell = "${shell}/bin/bash";
      cc = wrapCC {
        inherit libc;
        ccLib = ccLibOf "12";
      };
    };
  packagesOf = stdenv: import ./split/packages.nix { inherit stdenv; };

  old = libcOf "2.36";
  baseline = packagesOf (plain old);
  splitting =
    arguments:
    splitStdenv (
      {
        inherit baseline;
        libc = old;
        ccLib = ccLibOf "12";
        wrapCC =
          {
            cc,
            libc,
            ccLib,
          }:
          cc.override { inherit libc ccLib; };
      }
      // arguments
    ) (plain old);
  setOf =
    {
      patch ? 0,
      ...
    }@arguments:
    let
      set = import ./split/packages.nix {
        inherit patch;
        stdenv = splitting ({ packages = set; } // removeAttrs arguments [ "patch" ]);
      };
    in
    set;

  split = setOf { };
  # The trees' hashes don't matter where nothing is built.
  hash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
  pins = builtins.mapAttrs (_: _: hash) split;
  pinned = setOf { inherit pins; };
  patched = setOf {
    inherit pins;
    patch = 1;
  };
  otherLibc = setOf {
    inherit pins;
    libc = libcOf "2.37";
  };
  names = builtins.filter (name: split.${name}.isSplit or false) (builtins.attrNames split);

  # nixpkgs' getOutput.
  getOutput =
    output: pkg:
    if !pkg ? outputSpecified || !pkg.outputSpecified then pkg.${output} or pkg.out or pkg else pkg;

  # The derivations that a value brings along.
  contextOf =
    value:
    if builtins.isString value then
      builtins.attrNames (builtins.getContext value)
    else if builtins.isList value then
      builtins.concatMap contextOf value
    else if value.type or null == "derivation" then
      contextOf "${value}"
    else if builtins.isAttrs value then
      builtins.concatMap contextOf (builtins.attrValues value)
    else
      [ ];
  drv = package: builtins.unsafeDiscardStringContext package.drvPath;
  has = list: package: builtins.elem (drv package) list;

  # What a build gets for an output of a library.
  seen =
    library: output:
    completeTree {
      interface = split.${library}.interface.${output};
      package = baseline.${library};
      inherit (plain old) shell;
      path = (plain old).initialPath;
      system = "x86_64-linux";
    };
  completeTree = import ../../nix/split/completeTree.nix {
    packages = import ../../nix/split/packages.nix;
    linkOutputs = import ../../nix/linkOutputs.nix;
  };
  sees = name: contextOf (removeAttrs split.${name}.compile.drvAttrs [ "stdenv" ]);
  refused = value: !(builtins.tryEval value).success;
in

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

# Tools are the baseline's.
assert
  let
    user = split.sing.overrideAttrs { nativeBuildInputs = [ split.reader ]; };
  in
  contextOf user.compile.nativeBuildInputs == [ (drv baseline.reader) ];
# Where the baseline has several of a name, a twin is the one of the nearest version,
# under one of the attributes that nixpkgs has for versions.
assert
  let
    of =
      version: stdenv:
      stdenv.mkDerivation {
        pname = "python3";
        inherit version;
      };
    setFor = patch: stdenv: rec {
      python3 = of "3.13.${patch}" stdenv // {
        v3_11 = of "3.11.${patch}" stdenv;
      };
      python312 = of "3.12.${patch}" stdenv;
      lua3_1 = throw "an alias";
    };
    old' = setFor "1" (plain old);
    set = setFor "2" (splitting {
      baseline = old';
      packages = set;
    });
    user = set.python3.overrideAttrs {
      pname = "user";
      nativeBuildInputs = [
        set.python3
        set.python312
        set.python3.v3_11
      ];
      path = "${set.python3.v3_11}/bin ${set.python312}/bin";
    };
  in
  map drv user.compile.nativeBuildInputs == map drv [
    old'.python3
    old'.python312
    old'.python3.v3_11
  ]
  && !(has (contextOf user.compile.path) set.python312)
  && !(has (contextOf user.compile.path) set.python3.v3_11);

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

# An interpreter with modules as a tool: strings name the modules, which their
# interpreter has, and in what is built it is seen as what it is made of is.
assert
  let
    setFor = patch: stdenv: rec {
      python3 = stdenv.mkDerivation {
        pname = "python3";
        version = "3.13.${patch}";
      };
      python312 =
        stdenv.mkDerivation {
          pname = "python3";
          version = "3.12.${patch}";
        }
        // {
          pkgs.six =
            stdenv.mkDerivation {
              name = "python3.12-six-1.${patch}";
              passthru.pythonModule = python312;
            }
            // {
              pname = "six";
            };
        };
    };
    old' = setFor "1" (plain old);
    set = setFor "2" splitting';
    splitting' = splitting {
      baseline = old';
      packages = set;
    };
    environment =
      (splitting'.override {
        cc = null;
        hasCC = false;
      }).mkDerivation
        {
          name = "python3-3.12.2-env";
          paths = builtins.toJSON [
            "${set.python312}"
            "${set.python312.pkgs.six}"
          ];
        };
    user = splitting'.mkDerivation {
      pname = "user";
      version = "1";
      nativeBuildInputs = [ environment ];
      interpreter = "${environment}/bin/python3";
    };
    native = builtins.head user.compile.nativeBuildInputs;
    sorted = builtins.sort builtins.lessThan;
  in
  sorted (contextOf native.paths) == sorted [
    (drv old'.python312)
    (drv old'.python312.pkgs.six)
  ]
  &&
    builtins.match ".*-python3-made-interface-.*" (builtins.head (contextOf user.compile.interpreter))
    != null
  && builtins.any (
    standIn: standIn.real == { out = "${environment}"; }
  ) user.relink.manifest.standIns;

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
  && libcOfBuild split.exact == drv old
  && libcOfBuild self != drv (libcOf "2.37");

# A tool that is an input, too, may have left its path: the input's is put there.
assert builtins.any
  (standIn: standIn.path == "${baseline.reader}" && standIn.real.out == "${split.reader}")
  (builtins.filter (standIn: !builtins.hasContext standIn.path) split.noted.relink.manifest.standIns);

# What isn't compiled, or nobody can look up, stands for itself; a tool doesn't.
assert
  let
    itself =
      package: path:
      builtins.any (
        standIn: standIn.path == path && standIn.real == { out = path; }
      ) package.relink.manifest.standIns;
    user = split.names.overrideAttrs {
      tool = "${baseline.reader}/bin/reader ${baseline.greet}";
    };
    file = builtins.toFile "a-file" "text";
  in
  itself user file
  && itself user "${user.alone}"
  && has (contextOf user.relink.manifest.standIns) user.alone
  && !(itself user "${baseline.reader}")
  && !(has (contextOf user.relink.manifest.standIns) baseline.reader);

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

# One that the baseline lacks is built as the baseline would, and so is what it needs.
assert
  let
    set = setOf { baseline = removeAttrs baseline [ "reader" ]; };
    without = setOf { baseline = _: null; };
    native =
      set:
      builtins.head
        (set.sing.overrideAttrs { nativeBuildInputs = [ set.reader ]; }).compile.nativeBuildInputs;
  in
  contextOf (native set).buildInputs == [ (drv baseline.greet) ]
  && (native set).stdenv.drvPath == (plain old).drvPath
  && drv (native set) == drv baseline.reader
  && drv (native without) == drv baseline.reader;
# A library that is to run, or a tool of another machine, isn't.
assert refused
  ((setOf { baseline = _: null; }).sing.overrideAttrs {
    passthru.split.runsInBuild = [ split.greet ];
  }).compile.drvPath;
assert refused
  ((setOf { baseline = split; }).sing.overrideAttrs { nativeBuildInputs = [ split.reader ]; })
  .compile.drvPath;

# A build that asks for the baseline's compiler gets the one with stand-ins,
# since both are called gcc (depsBuildBuild = [ buildPackages.stdenv.cc ]).
assert
  let
    compiler = (plain old).cc;
    user = split.sing.overrideAttrs {
      depsBuildBuild = [ compiler ];
      flags = "CC_FOR_BUILD=${compiler}/bin/gcc";
    };
  in
  contextOf user.compile.depsBuildBuild == contextOf user.compile.flags
  && !(has (contextOf user.compile.flags) compiler);

# The C library and the compiler's have their stand-ins wherever they are named, the
# baseline's and the current ones: an update of theirs is no news.
assert
  let
    of =
      libc:
      (setOf {
        inherit libc pins;
      }).sing.overrideAttrs
        {
          buildInputs = [
            libc.dev
            (iconv libc)
          ];
          flags = "-I${libc.dev}/include ${old.out}/lib/ld.so";
        };
    # nixpkgs' libiconv, which has the C library's version.
    iconv =
      libc:
      ((splitting { }).override {
        cc = null;
        hasCC = false;
      }).mkDerivation
        {
          name = "iconv-${libc.version}";
          header = "${libc.dev}/include/iconv.h";
        };
    user = of (libcOf "2.37");
  in
  builtins.length (contextOf user.compile.flags) == 2
  && !(has (contextOf user.compile.flags) old)
  && !(has (contextOf user.compile.buildInputs) (libcOf "2.37"))
  && user.compile.outPath == (of old).compile.outPath
  && builtins.any (
    standIn: standIn.real.out == "${iconv (libcOf "2.37")}"
  ) user.relink.manifest.standIns;

# A program that gets into packages can be one of the set: it names itself, and
# what it is made of names the baseline's.
assert
  let
    set = setOf {
      programs = [
        {
          baseline = baseline.reader;
          package = set.reader;
        }
      ];
    };
    realOf =
      name:
      map (standIn: standIn.real.out) (
        builtins.filter (
          standIn: builtins.match ".*reader-out-linked-interface.*" standIn.path != null
        ) set.${name}.relink.manifest.standIns
      );
  in
  realOf "sing" == [ "${set.reader}" ]
  && realOf "reader" == [ (builtins.placeholder "out") ]
  && realOf "greet" == [ "${baseline.reader}" ]
  && builtins.elem (drv set.reader) (contextOf set.sing.relink.manifest.standIns);

# Its stand-in is seen wherever the program is named, also where no look-up by name
# finds it: nixpkgs' `bash` is another one than the stdenv's.
assert
  let
    set = setOf {
      programs = [
        {
          baseline = baseline.reader;
          package = set.reader;
        }
      ];
      packages = removeAttrs set [ "reader" ];
      baseline = removeAttrs baseline [ "reader" ];
    };
    user = set.chorus.overrideAttrs {
      pname = "user";
      buildInputs = [ set.reader ];
      shellPath = "${set.reader}/bin/reader";
      nativeBuildInputs = [ set.reader ];
    };
    isStandIn =
      value: builtins.match ".*/[0-9a-z]*-reader-out-linked-interface-*q[.].*" "${value}" != null;
  in
  isStandIn user.compile.shellPath
  && isStandIn (builtins.head user.compile.buildInputs)
  && contextOf user.compile.nativeBuildInputs == [ (drv baseline.reader) ]
  && builtins.isString user.drvPath;

# What isn't compiled names what is: hooks the compiler that makes wrappers, or
# programs of the set; patches and directories of links its libraries. Compile sees
# it with stand-ins, however deep it lies, and relink puts it in as it is.
assert
  let
    without =
      stdenv: attributes:
      (stdenv.override {
        cc = null;
        hasCC = false;
      }).mkDerivation
        (
          {
            pname = "script";
            version = "1";
          }
          // attributes
        );
    script = without (splitting {
      packages = split // {
        inherit config;
      };
    });
    naming = script { uses = "${split.reader}/bin/reader"; };
    # As a string alone, found by its name.
    config = script {
      pname = "config";
      uses = split.greet;
    };
    wrapper = without (plain old) { uses = "${(plain old).cc}/bin/gcc"; };
    other = script { uses = "${baseline.reader}/bin/reader"; };
    patch = script {
      version = "2";
      library = split.greet;
      uses = "${split.chorus}/lib";
    };
    user =
      (splitting {
        packages = split // {
          inherit config;
        };
      }).mkDerivation
        {
          pname = "user";
          version = "1";
          configPath = "${config}/bin/config";
          nativeBuildInputs = [
            (script { propagatedBuildInputs = [ naming ]; })
            wrapper
            other
          ];
          patches = [ patch ];
          flags = "-I${patch}";
        };
    seenConfig = contextOf user.compile.configPath;
    natives = user.compile.nativeBuildInputs;
    inner = contextOf (builtins.head (builtins.head natives).propagatedBuildInputs).uses;
    seenPatch = builtins.head user.compile.patches;
    standIns = builtins.filter (standIn: standIn.path == "${seenPatch}") user.relink.manifest.standIns;
  in
  inner == [ (drv baseline.reader) ]
  && !(has (contextOf (builtins.elemAt natives 1).uses) (plain old).cc)
  && has (contextOf natives) other
  && builtins.length seenConfig == 1
  && builtins.match ".*-config-made-interface-.*" (builtins.head seenConfig) != null
  && !(has seenConfig config)
  && !(has (contextOf natives) wrapper)
  && has (contextOf seenPatch.library) (seen "greet" "out")
  && contextOf seenPatch.uses == [ (drv (seen "chorus" "out")) ]
  && contextOf user.compile.flags == contextOf seenPatch
  && map (standIn: standIn.real.out) standIns == [ "${patch}" ]
  && builtins.any (
    standIn: standIn.path == "${split.chorus.interface.out}"
  ) user.relink.manifest.standIns;

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

# Cross compilation: everything is built by this machine, each system has pins of
# its own, and tools run on this machine, also where the set has such a package
# for the other.
assert
  let
    crossed =
      stdenv:
      stdenv.override {
        preHook = "target=aarch64-linux";
        hostPlatform = {
          system = "aarch64-linux";
          isElf = true;
        };
      };
    crossBaseline = packagesOf (crossed (plain old));
    hashes = {
      x86_64-linux-default = hash;
      aarch64-linux-cross = "sha256-BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA=";
    };
    pins.pinOf =
      { system, variant, ... }:
      {
        hash = hashes."${system}-${variant}";
        current = null;
        from = null;
      };
    native = setOf { inherit pins; };
    cross = packagesOf (
      splitStdenv {
        inherit pins;
        baseline = crossBaseline // {
          buildPackages = baseline;
        };
        libc = old;
        packages = cross;
        wrapCC = { cc, libc, ... }: cc.override { inherit libc; };
      } (crossed (plain old))
    );
    user = cross.sing.overrideAttrs {
      nativeBuildInputs = [
        cross.reader
        baseline.greet
      ];
    };
  in
  cross.sing.isSplit
  && native.greet.interface.hash == hashes.x86_64-linux-default
  && cross.greet.interface.hash == hashes.aarch64-linux-cross
  && cross.greet.interface.out.outPath != native.greet.interface.out.outPath
  && builtins.all (step: step.system == "x86_64-linux") [
    cross.sing.compile
    cross.sing.interface
    cross.sing.relink
  ]
  &&
    contextOf user.compile.nativeBuildInputs == contextOf [
      baseline.reader
      baseline.greet.dev
    ]
  && builtins.isString user.outPath;

# The stdenv can be changed afterwards, as adapters do.
assert
  let
    changed = (splitting { }).override (old: {
      extraBuildInputs = [ split.greet ];
    });
  in
  changed.extraBuildInputs == [ split.greet ] && (packagesOf changed).sing.isSplit;
assert
  !((packagesOf (
    (splitting { }).override {
      cc = null;
      hasCC = false;
    }
  )).sing.isSplit or false
  );
assert
  let
    adapted = (splitting { }).override (old: {
      mkDerivationFromStdenv =
        self: arguments: (old.mkDerivationFromStdenv self arguments).overrideAttrs { adapted = true; };
    });
  in
  (packagesOf adapted).sing.isSplit && (packagesOf adapted).sing.compile.adapted;

# Without ELF nothing changes.
assert
  let
    other = (plain old).override {
      hostPlatform = {
        system = "x86_64-darwin";
        isElf = false;
      };
    };
  in
  (splitStdenv { inherit baseline; } other).drvPath == other.drvPath
  && !((packagesOf (splitStdenv { inherit baseline; } other)).sing.isSplit or false);

# Single packages of a set, by an overlay: what isn't named stays exact.
assert
  let
    callPackage =
      function: arguments:
      function arguments
      // {
        override = change: callPackage function (arguments // change);
      };
    below = self: {
      stdenv = plain old;
      greet = callPackage ({ stdenv }: (packagesOf stdenv).greet) { inherit (self) stdenv; };
      reader = callPackage (
        { stdenv, greet }:
        stdenv.mkDerivation {
          pname = "reader";
          version = "1";
          buildInputs = [ greet ];
        }
      ) { inherit (self) stdenv greet; };
      other = callPackage ({ stdenv }: (packagesOf stdenv).sing) { inherit (self) stdenv; };
    };
    prev = below final;
    overlaid =
      arguments:
      let
        final =
          prev
          // splitOverlay (
            {
              names = [
                "greet"
                "reader"
              ];
            }
            // arguments
          ) final prev;
      in
      final;
    final = overlaid { };
  in
  final.greet.isSplit
  && final.reader.isSplit
  && contextOf final.reader.compile.buildInputs == [ (drv final.greet.interface.out) ]
  && final.other.outPath == prev.other.outPath
  # A site's choice whether relinks are cached comes through.
  && (overlaid { allowSubstitutes = true; }).greet.relink.allowSubstitutes
  && !(overlaid { preferLocalBuild = false; }).greet.relink.preferLocalBuild
  # So does how programs start.
  && (overlaid { startup = "list"; }).greet.relink.manifest.startup == "list"
  && final.greet.relink.manifest.startup == null
  && !final.greet.relink.allowSubstitutes
  && final.greet.relink.preferLocalBuild
  # It may name the C library and its tools, and does so as itself.
  && builtins.elem {
    path = "${old.out}";
    real.out = "${old.out}";
  } final.reader.relink.manifest.standIns;

# A whole set: a stage on top of the baseline.
assert
  let
    stages =
      splitStages
        {
          baseline = baseline // {
            stdenv = (plain old).override { overrides = _: _: { greet = "not split"; }; };
          };
          allowSubstitutes = true;
          startup = "links";
        }
        {
          config = "c";
          overlays = [ (_: _: { }) ];
        };
    stage = builtins.elemAt stages 1 null;
  in
  (builtins.elemAt stages 0 { }).__raw
  && !stage.selfBuild
  # What tools of the set name is the set, and the set's own overlays come behind.
  && (builtins.head stage.overlays { me = 1; } { }).targetPackages.me == 1
  && builtins.length stage.overlays == 2
  # Nothing that was built without splitting comes along.
  && stage.stdenv.overrides null null == { }
  && (packagesOf stage.stdenv).sing.isSplit
  && (packagesOf stage.stdenv).sing.relink.allowSubstitutes
  && (packagesOf stage.stdenv).sing.relink.manifest.startup == "links";

true
