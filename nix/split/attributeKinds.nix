# attributeKinds : attributes -> { libraries, natives, checks, others }
#
# A derivation's attributes, by what they mean to a package in two steps.
#
#   libraries  the lists in which library inputs stand: those for the host
#   natives    the lists in which tools stand
#   checks     what the outputs may refer to: that is meant of the finished package
#   others     all that may name packages somewhere in its value
let
  names = {
    libraries = [
      "depsHostHost"
      "buildInputs"
      "depsTargetTarget"
      "depsHostHostPropagated"
      "propagatedBuildInputs"
      "depsTargetTargetPropagated"
    ];
    natives = [
      "depsBuildBuild"
      "nativeBuildInputs"
      "depsBuildTarget"
      "depsBuildBuildPropagated"
      "propagatedNativeBuildInputs"
      "depsBuildTargetPropagated"
    ];
    checks = [
      "allowedReferences"
      "allowedRequisites"
      "disallowedReferences"
      "disallowedRequisites"
    ];
    # How a derivation is built; the adapter says that itself.
    own = [
      "args"
      "builder"
      "outputChecks"
      "stdenv"
    ];
  };
  wanted = builtins.mapAttrs (
    _: list:
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value = null;
      }) list
    )
  ) names;
in
attributes: {
  libraries = builtins.intersectAttrs wanted.libraries attributes;
  natives = builtins.intersectAttrs wanted.natives attributes;
  checks = builtins.intersectAttrs wanted.checks attributes;
  others = removeAttrs attributes (builtins.concatLists (builtins.attrValues names));
}
