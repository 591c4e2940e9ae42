# A program above a dozen libraries, all in two derivations each, that starts by
# a load list.
{
  stubBuilder,
  # what the sixth library answers
  answer ? 5,
}:
let
  inherit (import ./builders.nix) system run package;

  stub-builder = {
    inherit system;
    outPath = builtins.path {
      name = "stub-builder";
      path = stubBuilder;
    };
  };

  inherit (import ../../nix { inherit stub-builder; }) mkStubs relink;

  split = import ./relink/split.nix {
    inherit
      package
      mkStubs
      relink
      stub-builder
      ;
  };

  library = import ./startup/library.nix;
  numbers = builtins.genList (number: number) 12;
  libraries = builtins.listToAttrs (
    map (number: {
      name = "l${toString number}";
      value = split {
        recipe = library {
          inherit number;
          answer = if number == 5 then answer else number;
        };
        bindOwnFunctions = number == 6;
      };
    }) numbers
  );

  program = split {
    recipe = import ./startup/program.nix;
    inherit libraries;
    startup = "list";
  };
in
{
  inherit program;
  inherit (libraries) l5 l6;
  says = import ./startup/says.nix { inherit run; } { inherit program; };
}
