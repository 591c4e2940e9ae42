# Patches and new versions, in front of the split: a library that is changed here
# is compiled, and what uses it is relinked as long as its interface stays.
final: prev: {
  # libpng = prev.libpng.overrideAttrs (old: {
  #   patches = old.patches or [ ] ++ [ ./a-fix.patch ];
  # });
}
