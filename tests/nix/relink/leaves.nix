# leaves : path -> relink's arguments -> derivation
#
# What relinking would be, did stub-builder write `path` and nothing else: Nix
# has to prove the rest.
{
  run,
  system,
  standInsOf,
}:
path:
import ../../../nix/relink.nix {
  inherit standInsOf;
  stub-builder = {
    inherit system;
    outPath =
      run
        {
          name = "leaves";
          inherit path;
        }
        ''
          mkdir -p $out/bin
          cat > $out/bin/stub-builder <<EOT
          #!/bin/bash
          . \$NIX_BUILD_TOP/.attrs.sh
          echo $path > \''${outputs[out]}
          EOT
          chmod +x $out/bin/stub-builder
        '';
  };
}
