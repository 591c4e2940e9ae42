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

      # The library that is shown here, and its pin. Without one (no one has run
      # update-stub-hashes for that system) the tree is input-addressed, which
      # needs no experimental feature.
      exampleLibrary = pkgs: pkgs.zlib;
      pinOf =
        pkgs: (lib.importJSON ./nix/stubs.json).${systemOf pkgs}.${(exampleLibrary pkgs).pname} or null;
      stubsOf =
        pkgs:
        let
          hash = pinOf pkgs;
          stubs = self.lib.${systemOf pkgs}.mkStubs {
            package = exampleLibrary pkgs;
            inherit hash;
          };
        in
        if hash == null then stubs.unpinned else stubs;
    in
    {
      # mkStubs and the rest of nix/, with this flake's stub-builder.
      lib = forAllSystems (pkgs: import ./nix { inherit (self.packages.${systemOf pkgs}) stub-builder; });

      packages = forAllSystems (pkgs: rec {
        default = stub-builder;
        stub-builder = pkgs.callPackage ./nix/stub-builder.nix { };
        stubs = stubsOf pkgs;
      });

      apps = forAllSystems (pkgs: {
        update-stub-hashes = {
          type = "app";
          meta.description = "Recomputes the hashes in nix/stubs.json";
          program = toString (
            import ./nix/updateStubHashes.nix {
              inherit (pkgs) writeShellScript;
              system = systemOf pkgs;
              names.stubs = (exampleLibrary pkgs).pname;
            }
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
