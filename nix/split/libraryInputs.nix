# libraryInputs : [ input ] -> { inputs, natives }
#
# The inputs that a stdenv's setup would find if these were the library inputs
# of a build: them, and what they propagate, in setup.sh's order. Interface
# trees propagate nothing, so it has to be known at evaluation.
#
# Result
#   inputs   libraries; a split package with a `dev` is there once, as the output
#            with its libraries, where setup.sh would have it: behind what `dev`
#            propagates
#   natives  what libraries propagate to the tools of a build
{ libraryOutput, packages }:
let
  inherit (packages) flatten isDerivation isSplit;

  # nixpkgs' getDev: what a package stands for among inputs.
  dev =
    package:
    if package.outputSpecified or false then package else package.dev or package.out or package;

  # Without context: it is only compared. A path would be copied to the store.
  keyOf =
    input:
    if builtins.isPath input then toString input else builtins.unsafeDiscardStringContext "${input}";

  visit =
    state: input:
    let
      here = see input state;
      below = builtins.foldl' visit here (
        map dev (flatten [
          (input.depsHostHostPropagated or [ ])
          (input.propagatedBuildInputs or [ ])
        ])
      );
      propagates =
        isDerivation input && input.outputName == (dev (input // { outputSpecified = false; })).outputName;
      library = input.${libraryOutput input};
      # Headers in one output, libraries in another.
      apart = isSplit input && keyOf library != keyOf input;
      withNatives =
        state:
        state
        // {
          natives = state.natives ++ flatten (input.propagatedNativeBuildInputs or [ ]);
        };
    in
    if state.seen ? ${keyOf input} then
      state
    else if !propagates then
      add input here
    else if !apart then
      # It comes before what it propagates.
      withNatives (below // { inputs = state.inputs ++ [ input ] ++ drop state.inputs below.inputs; })
    else if below.seen ? ${keyOf library} then
      withNatives below
    else
      withNatives (add library (see library below));

  see =
    input: state:
    state
    // {
      seen = state.seen // {
        ${keyOf input} = true;
      };
    };
  add = input: state: state // { inputs = state.inputs ++ [ input ]; };
  # `list` without what it begins with.
  drop =
    front: list:
    let
      count = builtins.length front;
    in
    builtins.genList (i: builtins.elemAt list (i + count)) (builtins.length list - count);
in
inputs: {
  inherit
    (builtins.foldl' visit {
      seen = { };
      inputs = [ ];
      natives = [ ];
    } (map dev (flatten inputs)))
    inputs
    natives
    ;
}
