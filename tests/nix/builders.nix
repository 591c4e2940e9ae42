# Derivations without stdenv: each is one script, run by the shell and the
# compiler that the sandbox is shown.
let
  system = "x86_64-linux";

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
          # A builder whose log has ended is killed, and coreutils close stderr
          # a moment before they exit: bash must not exec the last of them.
          "${script}\n:"
        ];
        PATH = "/usr/bin";
      }
      // attributes
    );

  # As nixpkgs shows a package with several outputs.
  package =
    {
      pname,
      version,
      outputs,
      ...
    }@attributes:
    script:
    let
      built = run (removeAttrs attributes [ "pname" ] // { name = "${pname}-${version}"; }) script;
      whole = built // {
        inherit pname version;
      };
    in
    whole
    // builtins.listToAttrs (
      map (output: {
        name = output;
        value =
          whole
          // {
            inherit (built.${output}) outPath outputName;
          }
          // {
            outputSpecified = true;
          };
      }) outputs
    );

  # The package whose bin/ with the program lies in `directory`.
  builtAt = directory: {
    inherit system;
    outPath = builtins.path {
      name = "stub-builder";
      path = directory;
    };
  };
in
{
  inherit
    builtAt
    package
    run
    system
    ;
}
