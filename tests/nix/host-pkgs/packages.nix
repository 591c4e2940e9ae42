# The packages that flake.nix uses.
{ lib, system }:
let
  # One script in place of stdenv's phases, run by the machine's shell.
  run =
    attributes: script:
    derivation (
      {
        inherit system;
        builder = "/bin/bash";
        args = [
          "-euo"
          "pipefail"
          "-c"
          # Not the last command itself: coreutils close stderr a moment before
          # they exit, and Nix kills a builder whose log has ended.
          "${script}\n:"
        ];
        PATH = "/usr/bin:/rust/bin:/nixfmt/bin";
      }
      // attributes
    );

  # Tools that the machine provides need no package.
  provided = null;

  packages = {
    inherit lib;
    stdenv = {
      cc.libc = { };
      buildPlatform.canExecute = _: true;
      hostPlatform = { inherit system; };
    };

    callPackage =
      path: arguments:
      let
        function = import path;
      in
      function (builtins.intersectAttrs (builtins.functionArgs function) packages // arguments);

    runCommand =
      name: _: script:
      run { inherit name; } script;
    runCommandCC =
      name: _: script:
      run {
        inherit name;
        CC = "gcc";
      } script;

    writeShellScript =
      name: text:
      run {
        inherit name;
        text = "#!/usr/bin/env bash\n${text}";
        passAsFile = [ "text" ];
      } "install -m755 $textPath $out";

    mkShell = _: run { name = "shell"; } "touch $out";

    nixfmt-tree = run { name = "nixfmt"; } "mkdir -p $out/bin; cp /nixfmt/bin/nixfmt $out/bin/treefmt";

    rustPlatform.buildRustPackage =
      arguments:
      let
        built =
          run
            {
              name = "${arguments.pname}-${arguments.version}";
              inherit (arguments) src;
              inherit (arguments.env) RUSTFLAGS;
              check = if arguments.doCheck then "1" else "";
            }
            ''
              export CARGO_HOME=$TMPDIR/cargo
              mkdir $CARGO_HOME
              cat > $CARGO_HOME/config.toml <<EOT
              [source.crates-io]
              replace-with = "vendored"
              [source.vendored]
              directory = "/vendor"
              EOT
              cp -r $src source
              chmod -R u+w source
              cd source
              target=$(rustc -vV | sed -n 's/^host: //p')
              flags="--offline --locked --release --target $target --jobs $NIX_BUILD_CORES"
              if [ -n "$check" ]; then
                cargo test $flags ${toString arguments.cargoTestFlags}
              else
                cargo build $flags
                install -D target/$target/release/${arguments.pname} $out/bin/${arguments.pname}
                ${arguments.postInstall}
              fi
              mkdir -p $out
            '';
      in
      built
      // {
        inherit (arguments) pname version;
      };

    # Its name keeps its pin apart from the real zlib's.
    zlib =
      let
        built =
          run
            {
              name = "zlib-stand-in-1";
              outputs = [
                "out"
                "dev"
              ];
              source = ./zlib;
            }
            ''
              mkdir -p $out/lib $dev/include
              gcc -O1 -fPIC -shared -Wl,-soname,libz.so.1 -o $out/lib/libz.so.1 $source/zlib.c
              ln -s libz.so.1 $out/lib/libz.so
              cp $source/zlib.h $dev/include
            '';
      in
      built // { pname = "zlib-stand-in"; };
  }
  // lib.genAttrs [
    "clippy"
    "nixfmt"
    "rustfmt"
    "shellcheck"
  ] (_: provided);
in
packages
