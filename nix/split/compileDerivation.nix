# compileDerivation : settings -> package -> named -> view -> tests -> derivation
#
# The first step: the package's own builder with all its attributes, in which
# stand-ins have taken the packages' places, and around it compileBuilder.sh,
# which looks whether stubs were called or copied and masks the outputs. So they
# refer to nothing but themselves, which Nix proves.
{ stub-builder, packages }:
settings:
{
  attributes,
  name,
  options,
  outputs,
  plain,
  structured,
  ...
}:
named: view: tests:
let
  inherit (packages) flatten;

  deep = change: value: if builtins.isList value then map (deep change) value else change value;
  lists = change: builtins.mapAttrs (_: deep change);
in
derivation (
  view.mapped attributes.others
  // lists view.libraryInput attributes.libraries
  // lists view.nativeInput attributes.natives
  // {
    # Trees propagate nothing, so all of it stands here.
    buildInputs = map view.libraryInput named.inputs;
    nativeBuildInputs =
      map view.nativeInput (
        flatten (attributes.natives.nativeBuildInputs or [ ]) ++ named.propagatedTools
      )
      ++ (if tests == "" then [ ] else [ ./testHook.sh ]);
    inherit (plain.drvAttrs) stdenv;
    builder = settings.shell;
    args = [
      "-e"
      ../compileBuilder.sh
      "${stub-builder}"
      settings.toolPath
      (if options.allowStubCalls or false then "1" else "")
      name
      (
        if settings.pins ? pinOf then
          builtins.concatStringsSep " " (map packages.pnameOf named.libraries)
        else
          ""
      )
      (builtins.concatStringsSep " " (map builtins.placeholder outputs))
      (builtins.concatStringsSep " " (
        map (entry: "--instead ${entry.tree}=${entry.interface}") view.completed
      ))
      (settings.programPairs plain)
      (view.mapped plain.drvAttrs.builder)
    ]
    ++ view.mapped plain.drvAttrs.args;
  }
  // (if tests == "" then { } else { stubBuilderTestLibraries = tests; })
  // (
    if structured then
      {
        outputChecks = builtins.listToAttrs (
          map (name: {
            inherit name;
            value.allowedReferences = outputs;
          }) outputs
        );
      }
    else
      { allowedReferences = outputs; }
  )
)
