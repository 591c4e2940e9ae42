# The sandbox's compiler, which finds what the setup script of split/ has found.
(import ./builders.nix).run { name = "cc"; } ''
  mkdir -p $out/bin
  for compiler in gcc g++; do
    printf '#!/bin/bash\nexec /usr/bin/%s $NIX_CFLAGS "$@" $NIX_LDFLAGS $(for flag in $NIX_LDFLAGS; do echo -Wl,-rpath,''${flag#-L}; done)\n' $compiler > $out/bin/$compiler
    chmod +x $out/bin/$compiler
  done
''
