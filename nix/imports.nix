# imports : package -> derivation
#
# What the package's programs and libraries import, as `stub-builder imports
# --json` prints it: kept beside compile it tells of an update, by `diff
# --imports`, whether the package notices it.
{ stub-builder }:
package:
derivation {
  name = "${package.name}-imports";
  inherit (stub-builder) system;
  builder = "${stub-builder}/bin/stub-builder";
  args = [ "imports" ];
  src = map (output: package.${output}) (package.outputs or [ "out" ]);
}
