# What holds of split packages at evaluation, without building anything; an
# assertion that does not hold names its line.
builtins.all (topic: import topic (import ./fixtures.nix)) [
  ./libraries.nix
  ./package.nix
  ./exact.nix
  ./tools.nix
  ./uncompiled.nix
  ./finished.nix
  ./cross.nix
  ./sets.nix
]
