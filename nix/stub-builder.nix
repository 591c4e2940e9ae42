# stub-builder : the package (for callPackage).
#
# Static, because as a builder it runs in a sandbox that holds nothing else,
# and because whatever it were linked to would be an input of every tree that
# it builds.
{
  lib,
  stdenv,
  rustPlatform,
  # for the flake's checks; the package itself does not wait for them
  withTests ? false,
}:
rustPlatform.buildRustPackage {
  pname = "stub-builder";
  inherit ((builtins.fromTOML (builtins.readFile ../Cargo.toml)).package) version;

  src = builtins.path {
    name = "stub-builder-source";
    path = ../.;
    # Only what is compiled: a change of the README, or of a test, rebuilds nothing.
    filter =
      path: _:
      builtins.any
        (
          part:
          let
            whole = toString ../. + "/" + part;
          in
          path == whole || lib.hasPrefix (whole + "/") path
        )
        [
          ".cargo"
          "Cargo.lock"
          "Cargo.toml"
          "src"
        ];
  };

  cargoLock.lockFile = ../Cargo.lock;

  # Said again here because nixpkgs has a setting of its own that would win
  # over .cargo/config.toml.
  env.RUSTFLAGS = "-C target-feature=+crt-static";
  buildInputs = lib.optional (stdenv.cc.libc ? static) stdenv.cc.libc.static;

  # The program writes them itself, where it can run.
  postInstall = lib.optionalString (stdenv.buildPlatform.canExecute stdenv.hostPlatform) ''
    program=$out/bin/stub-builder
    share=$out/share
    mkdir -p $share/bash-completion/completions $share/zsh/site-functions $share/fish/vendor_completions.d
    $program man $share/man/man1
    $program completions bash > $share/bash-completion/completions/stub-builder
    $program completions zsh > $share/zsh/site-functions/_stub-builder
    $program completions fish > $share/fish/vendor_completions.d/stub-builder.fish
  '';

  doCheck = withTests;
  # The others call linkers under Debian's names, and Nix: `make test` runs them.
  cargoTestFlags = [ "--lib" ];

  meta = {
    description = "Turns a Nix output path into linkable, bit-exact interface stubs";
    license = [
      lib.licenses.mit
      lib.licenses.asl20
    ];
    mainProgram = "stub-builder";
    platforms = lib.platforms.linux;
  };
}
