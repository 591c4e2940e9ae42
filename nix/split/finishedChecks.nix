# finishedChecks : settings -> package -> named -> view -> outputChecks
#
# What Nix proves of the finished package: that it keeps to what it forbids
# itself (allowedReferences, outputChecks and so on), and that nothing of the
# baseline is in its closure but what `keep` names.
{ packages }:
settings:
{
  attributes,
  options,
  outputs,
  plain,
  structured,
  ...
}:
view:
let
  inherit (packages)
    allOutputs
    flatten
    isDerivation
    plainPath
    storePaths
    ;

  own =
    output:
    (if structured then plain.drvAttrs.outputChecks.${output} or { } else { }) // attributes.checks;

  kept = map plainPath (
    builtins.concatMap allOutputs (
      settings.keep ++ options.keep or [ ] ++ (settings.partStandIns plain).kept
    )
  );
  tools = map view.nativeInput (
    builtins.filter isDerivation (flatten (attributes.natives.nativeBuildInputs or [ ]))
  );
  # Without context: what is forbidden needn't be there.
  forbidden =
    if settings.keepNatives then
      [ ]
    else
      builtins.filter (path: !builtins.elem path kept) (settings.baselinePaths ++ storePaths tools);
in
builtins.listToAttrs (
  map (output: {
    name = output;
    value = own output // {
      disallowedRequisites = (own output).disallowedRequisites or [ ] ++ forbidden;
    };
  }) outputs
)
