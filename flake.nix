{
  description = "Linkable, bit-exact interface stubs of Nix output paths";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";

  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "armv7l-linux"
        "i686-linux"
        "powerpc64le-linux"
        "riscv64-linux"
      ];
      forAllSystems = f: lib.genAttrs systems (system: f nixpkgs.legacyPackages.${system});
      systemOf = pkgs: pkgs.stdenv.hostPlatform.system;

      # The library that is shown here. Its pin is in the lock file; where nobody
      # has run update-stub-hashes for a system yet, the tree is input-addressed,
      # which needs no experimental feature.
      exampleLibrary = pkgs: pkgs.zlib;
      stubsOf =
        pkgs:
        let
          library = self.lib.${systemOf pkgs};
          stubs = library.mkStubs {
            package = exampleLibrary pkgs;
            system = systemOf pkgs;
            lock = library.readLock {
              file = ./stubs.lock.json;
              missing = "floating";
            };
          };
        in
        if stubs.hash == null then stubs.unpinned else stubs;
    in
    {
      # mkStubs and the rest of nix/, with this flake's stub-builder.
      lib = forAllSystems (pkgs: import ./nix { inherit (self.packages.${systemOf pkgs}) stub-builder; });

      packages = forAllSystems (pkgs: rec {
        default = stub-builder;
        stub-builder = pkgs.callPackage ./nix/stub-builder.nix { };
        stubs = stubsOf pkgs;
      });

      # Called in the checkout; arguments are those of the subcommand.
      apps = forAllSystems (pkgs: {
        update-stub-hashes = {
          type = "app";
          meta.description = "Brings stubs.lock.json up to date";
          program = toString (
            pkgs.writeShellScript "update-stub-hashes" ''
              exec ${
                self.packages.${systemOf pkgs}.stub-builder
              }/bin/stub-builder update-stub-hashes --flake .#stubs "$@"
            ''
          );
        };
        plan = {
          type = "app";
          meta.description = "Tells what an update of a package set would build";
          program = toString (
            pkgs.writeShellScript "plan" ''
              exec ${self.packages.${systemOf pkgs}.stub-builder}/bin/stub-builder plan "$@"
            ''
          );
        };
        push = {
          type = "app";
          meta.description = "Uploads to a cache what spares other machines all compiling";
          program = "${./nix/caches}/push.sh";
        };
        keep = {
          type = "app";
          meta.description = "Keeps from garbage collection what spares updates all compiling";
          program = "${./nix/caches}/keep.sh";
        };
      });

      templates.default = {
        path = ./templates/default;
        description = "Three packages of nixpkgs, split, with their pins and a CI recipe";
        welcomeText = "Put the address of stub-builder into flake.nix, and write the pins: nix run .#stub-builder -- update-stub-hashes --flake .#packages.x86_64-linux";
      };

      # stub-builder, and nix/ as `stubBuilderLib`, in a package set of one's own.
      overlays.default = final: _: {
        stub-builder = final.callPackage ./nix/stub-builder.nix { };
        stubBuilderLib = import ./nix { inherit (final) stub-builder; };
      };

      checks = forAllSystems (
        pkgs:
        import ./nix/checks.nix {
          inherit pkgs;
          inherit (self.packages.${systemOf pkgs}) stub-builder stubs;
          library = exampleLibrary pkgs;
        }
      );

      devShells = forAllSystems (pkgs: {
        default = pkgs.mkShell {
          inputsFrom = [ self.packages.${systemOf pkgs}.stub-builder ];
          packages = [
            pkgs.clippy
            pkgs.rustfmt
            pkgs.nixfmt
            pkgs.shellcheck
          ];
        };
      });

      formatter = forAllSystems (pkgs: pkgs.nixfmt-tree);
    };
}
