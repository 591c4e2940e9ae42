# libraryOutput : package -> string
#
# The output that setup hooks put shared libraries into: what the package says,
# else `lib`, else `out`.
package:
let
  outputs = package.outputs or [ "out" ];
in
builtins.head (
  builtins.filter (output: builtins.elem output outputs) [
    (package.outputLib or "lib")
    "out"
    (builtins.head outputs)
  ]
)
