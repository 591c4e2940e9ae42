# A stdenv in nixpkgs' shape, as far as splitStdenv.nix can tell: `override` with
# nixpkgs' arguments, a compiler in a wrapper around a C library in the store, a
# setup script that follows what inputs propagate, mkDerivation with outputs,
# passthru, meta and a fixed point. What it is made of comes from the sandbox.
let
  makeOverridable =
    f: arguments:
    f arguments
    // {
      override =
        change:
        makeOverridable f (arguments // (if builtins.isFunction change then change arguments else change));
    };

  getDev =
    package:
    if package.outputSpecified or false then package else package.dev or package.out or package;

  mkDerivationOf =
    stdenv:
    let
      make =
        function:
        let
          arguments = function (arguments // { inherit finalPackage overrideAttrs; });
          overrideAttrs =
            change:
            make (
              final:
              let
                previous = function final;
                first = if builtins.isFunction change then change previous else change;
              in
              previous // (if builtins.isFunction first then change final previous else first)
            );
          finalPackage = simple arguments overrideAttrs;
        in
        finalPackage;

      simple =
        arguments: overrideAttrs:
        let
          separateDebugInfo = arguments.separateDebugInfo or false;
          outputs = arguments.outputs or [ "out" ] ++ (if separateDebugInfo then [ "debug" ] else [ ]);
          structured = arguments.__structuredAttrs or false;
          devs = name: map (input: if input == null then null else getDev input) (arguments.${name} or [ ]);
          built = derivation (
            removeAttrs arguments [
              "env"
              "meta"
              "passthru"
            ]
            // (if structured then { env = arguments.env or { }; } else arguments.env or { })
            // {
              name = arguments.name or "${arguments.pname}-${arguments.version}";
              inherit (stdenv.buildPlatform) system;
              builder = arguments.realBuilder or stdenv.shell;
              args =
                arguments.args or [
                  "-e"
                  ./builder.sh
                ];
              __ignoreNulls = true;
              inherit outputs stdenv;
              strictDeps = arguments.strictDeps or false;
              nativeBuildInputs = devs "nativeBuildInputs";
              buildInputs = devs "buildInputs";
              propagatedBuildInputs = devs "propagatedBuildInputs";
              propagatedNativeBuildInputs = devs "propagatedNativeBuildInputs";
            }
          );
          common =
            built
            // faces
            // {
              inherit overrideAttrs;
              passthru = arguments.passthru or { };
              meta = {
                outputsToInstall = [ (builtins.head outputs) ];
                available = true;
              }
              // arguments.meta or { };
            }
            // arguments.passthru or { };
          faces = builtins.listToAttrs (
            map (output: {
              name = output;
              value = common // {
                inherit (built.${output}) outPath outputName;
                outputSpecified = true;
              };
            }) outputs
          );
        in
        common;
    in
    arguments: make (if builtins.isFunction arguments then arguments else _: arguments);

  stdenv = makeOverridable (
    {
      name ? "stdenv",
      cc,
      hasCC ? cc != null,
      shell ? "/bin/bash",
      initialPath ? [ "/usr" ],
      extraBuildInputs ? [ ],
      extraNativeBuildInputs ? [ ],
      preHook ? "",
      setupScript ? ./setup.sh,
      allowedRequisites ? null,
      overrides ? _: _: { },
      extraAttrs ? { },
      buildPlatform ? platform,
      hostPlatform ? platform,
      targetPlatform ? platform,
      mkDerivationFromStdenv ? mkDerivationOf,
    }@arguments:
    let
      self =
        derivation {
          inherit name preHook;
          inherit (buildPlatform) system;
          builder = shell;
          args = [
            "-e"
            ./stdenv.sh
          ];
          setup = setupScript;
          tools = (if hasCC then [ cc ] else [ ]) ++ extraNativeBuildInputs ++ initialPath;
          inherit shell initialPath;
        }
        // {
          inherit
            buildPlatform
            cc
            extraBuildInputs
            extraNativeBuildInputs
            hasCC
            hostPlatform
            overrides
            shell
            targetPlatform
            ;
          inherit (stdenv arguments) override;
          mkDerivation = mkDerivationFromStdenv self;
        }
        // extraAttrs;
    in
    self
  );

  platform = {
    system = "x86_64-linux";
    isElf = true;
  };

  # The sandbox's gcc, for a C library in the store.
  wrapCC = makeOverridable (
    {
      libc,
      ccLib,
      triple ? "x86_64-linux-gnu",
      loader ? "ld-linux-x86-64.so.2",
    }:
    derivation {
      name = "cc-wrapper";
      inherit (platform) system;
      builder = "/bin/bash";
      args = [
        "-e"
        ./wrap-cc.sh
      ];
      PATH = "/usr/bin";
      libc = libc.out;
      libcDev = libc.dev;
      inherit ccLib triple loader;
    }
    // {
      inherit libc ccLib;
    }
  );
in
{
  inherit stdenv wrapCC;
}
