# linkOutputs : [ output ] -> [ output ]
#
# The outputs that compilers and linkers look into. Archives can't be relinked,
# and documentation needn't be.
builtins.filter (
  output:
  !builtins.elem output [
    "debug"
    "devdoc"
    "devman"
    "doc"
    "info"
    "man"
    "static"
  ]
)
