# steps : { shown, roots } -> [ { drv, outputs } ]
#
# What a machine has to have before it can make some packages without compiling:
# compile's outputs, interface trees, and whatever is not split. What machines
# build for themselves (isLocal.nix) is not among it, but what it is made from is.
#
# Arguments
#   shown   what `nix derivation show --recursive` prints of the packages
#   roots   their derivations: store paths
let
  isLocal = import ./isLocal.nix;
in
{ shown, roots }:
let
  # Nix has come to print names instead of paths, and one level deeper.
  pathOf = drv: if builtins.substring 0 1 drv == "/" then drv else "${builtins.storeDir}/${drv}";
  known = shown.derivations or shown;
  derivations = builtins.listToAttrs (
    map (drv: {
      name = pathOf drv;
      value = known.${drv};
    }) (builtins.attrNames known)
  );

  entry = drv: output: {
    key = "${drv}^${output}";
    inherit drv output;
  };
  # { <drv> = [ <output> ]; }, with or without a level more for each of them.
  inputsOf =
    derivation:
    let
      inputs = derivation.inputDrvs or derivation.inputs.drvs;
    in
    builtins.concatMap (
      drv:
      map (entry (pathOf drv)) (
        if builtins.isList inputs.${drv} then inputs.${drv} else inputs.${drv}.outputs
      )
    ) (builtins.attrNames inputs);

  needed = builtins.filter (item: !isLocal derivations.${item.drv}) (
    builtins.genericClosure {
      startSet = builtins.concatMap (
        drv: map (entry drv) (builtins.attrNames derivations.${drv}.outputs)
      ) roots;
      operator = { drv, ... }: if isLocal derivations.${drv} then inputsOf derivations.${drv} else [ ];
    }
  );
  byDrv = builtins.groupBy (item: item.drv) needed;
in
map (drv: {
  inherit drv;
  outputs = map (item: item.output) byDrv.${drv};
}) (builtins.attrNames byDrv)
