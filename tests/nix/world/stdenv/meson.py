"""Meson that keeps RUNPATH's store paths when it installs, as nixpkgs' does:
what it takes for directories of the build alone are those of the inputs."""

import sys

from mesonbuild import mesonmain
from mesonbuild.scripts import depfixer

fix_rpath = depfixer.fix_rpath


def keep_store_paths(file, remove, *others, **named):
    remove = {path for path in remove if not path.startswith(b"/nix/store/")}
    return fix_rpath(file, remove, *others, **named)


depfixer.fix_rpath = keep_store_paths
sys.exit(mesonmain.main())
