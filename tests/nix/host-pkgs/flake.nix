{
  # Stands in for nixpkgs where that can't be reached:
  #
  #   nix build .#stubs --override-input nixpkgs path:./tests/nix/host-pkgs
  #
  # It has what this project's flake.nix asks of nixpkgs and nothing else. What
  # nixpkgs would build comes from the machine, through Nix's sandbox-paths:
  # a toolchain as /usr, Rust as /rust, vendored crates as /vendor, nixfmt as
  # /nixfmt. tests/nix/lib.sh sets that up.
  description = "A stand-in for nixpkgs on the machine's own compiler";

  outputs =
    { self }:
    let
      lib = import ./lib.nix;
    in
    {
      inherit lib;
      legacyPackages = lib.genAttrs [
        "x86_64-linux"
        "aarch64-linux"
        "armv7l-linux"
        "i686-linux"
        "powerpc64le-linux"
        "riscv64-linux"
      ] (system: import ./packages.nix { inherit lib system; });
    };
}
