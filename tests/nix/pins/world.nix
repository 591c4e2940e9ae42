# A library, five packages that use it, and one above those, on a splitting
# stdenv with the pins of a lock file.
{
  stubBuilder,
  # a lock file, or null for pins that are exact and content-addressed
  lock ? null,
  # what has become of the library: see packages.nix
  update ? "none",
  # whether one of the five wants what is new, and uses it
  asks ? false,
  uses ? asks,
  # whether all say that their imports suffice
  suffices ? false,
  exact ? false,
  twice ? false,
  deep ? false,
  withBaseline ? true,
}:
let
  inherit (import ../builders.nix) builtAt run;
  inherit (import ../split/stdenv.nix) stdenv;

  stub-builder = builtAt stubBuilder;
  inherit (import ../../../nix { inherit stub-builder; }) readLock splitStdenv;

  plain = stdenv { cc = import ../plain-cc.nix; };

  baseline =
    if withBaseline then
      import ./packages.nix {
        stdenv = plain;
        inherit deep;
      }
    else
      { };
  packages = import ./packages.nix {
    inherit
      update
      asks
      uses
      suffices
      exact
      twice
      deep
      ;
    stdenv = splitStdenv {
      inherit baseline packages;
      pins =
        if lock == null then
          { }
        else
          readLock {
            file = /. + lock;
            revisions =
              revision:
              import ./packages.nix {
                stdenv = plain;
                update = revision;
              };
          };
    } plain;
  };
in
{
  inherit packages baseline;

  # What each program says on what it refers to.
  runs =
    run
      (
        {
          name = "runs";
          inherit (packages) greet;
        }
        // packages.users
      )
      ''
        for program in ${
          builtins.concatStringsSep " " (map (name: "$" + name) (builtins.attrNames packages.users))
        }; do
          $program/bin/* >> $out
        done
      '';

  # Everything that has been built, for the log of one build to tell.
  all = run (packages.users // { name = "all"; }) "echo > $out";
}
