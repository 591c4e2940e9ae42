# What compile sees of tools, compilers, the C library, and programs of the set.
{
  baseline,
  contextOf,
  drv,
  has,
  libcOf,
  old,
  pins,
  plain,
  refused,
  setOf,
  split,
  splitting,
  ...
}:

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

# A tool that is an input, too, may have left its path: the input's is put there.
assert builtins.any
  (standIn: standIn.path == "${baseline.reader}" && standIn.real.out == "${split.reader}")
  (builtins.filter (standIn: !builtins.hasContext standIn.path) split.noted.relink.manifest.standIns);

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

true
