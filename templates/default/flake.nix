{
  description = "Three packages that updates of their libraries don't compile again";

  inputs = {
    # What everything is built with. Moving it compiles everything again: bring
    # single libraries up to date in updates.nix.
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
    # Where you have this template from.
    stub-builder.url = "github:OWNER/stub-builder";
    stub-builder.inputs.nixpkgs.follows = "nixpkgs";
  };

  outputs =
    { nixpkgs, stub-builder, ... }:
    let
      system = "x86_64-linux";
      pkgs = import nixpkgs {
        inherit system;
        overlays = [
          stub-builder.overlays.default
          (import ./updates.nix)
          (import ./split.nix)
        ];
      };
    in
    {
      packages.${system} = {
        inherit (pkgs) libpng freetype optipng;
      };

      # nix run .#stub-builder -- plan ...
      apps.${system}.stub-builder = {
        type = "app";
        program = "${pkgs.stub-builder}/bin/stub-builder";
      };
    };
}
