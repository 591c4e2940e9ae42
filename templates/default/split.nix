# The packages that are split, with their pins. docs/stdenv.md of stub-builder says
# what a package can ask for, docs/pins.md what is in the lock file.
final: prev:
prev.stubBuilderLib.splitOverlay {
  names = [
    "libpng"
    "freetype"
    "optipng"
  ];
  pins = prev.stubBuilderLib.readLock { file = ./stubs.lock.json; };
} final prev
