# Sourced: what packages are, as texts that are equal for a package that was
# relinked and for the same one from a normal build.
# shellcheck shell=bash

# The two differ in the hashes of store paths, in slashes that fill a gap, and
# in how `..` is resolved: interface trees have all outputs in one.
without_hashes() { sed -E 's,(/nix/store/+)[0-9a-z]{32}-,\1,g'; }
normalised() {
  without_hashes | sed -E -e 's,/+,/,g' -e 's,/\.([^./[:alnum:]_]|$),\1,g' -e ':a; s,/[^/.][^/]*/\.\.(/|$),\1,; ta'
}

# grep, of what may have none.
lines() { grep "$@" || [ $? -eq 1 ]; }

# What readelf says, without what moves when a string is longer.
describe_elf() {
  readelf --wide --dynamic "$1" | lines -oE '\((NEEDED|SONAME|RUNPATH|RPATH)\).*'
  # type, binding, visibility, name and version; not its number, which follows the
  # order of symbols
  readelf --wide --dyn-syms "$1" | awk 'NR > 3 {print $4, $5, $6, ($7 == "UND"), $8}' | sort
  readelf --debug-dump=info "$1" | lines -oE 'DW_AT_(name|comp_dir|producer) .*' | sed 's/(indirect[^)]*)//'
  readelf --debug-dump=rawline "$1" | lines -F 'line string' | sed 's/(indirect[^)]*)//'
}

# describe TREE TO: a directory of texts that are equal if the trees are
describe() {
  local from=$1 to=$2 file
  # A debug file is called by the build's identity, which is a hash of all of it.
  (cd "$from" && find . -printf '%y %m %P\n' | sed 's,/\.build-id/.*,/.build-id/,' | sort) >"$to.list"
  (cd "$from" && find . -type l -printf '%P -> %l\n' | sort) | without_hashes >>"$to.list"
  mkdir -p "$to"
  (cd "$from" && find . -type f -printf '%P\n') | while read -r file; do
    mkdir -p "$(dirname "$to/$file")"
    if [[ $file == nix-support/* ]]; then
      # Set-up hooks compare paths as strings, so here without slashes to spare.
      without_hashes <"$from/$file"
    elif head -c 4 "$from/$file" | grep -q ELF; then
      describe_elf "$from/$file" | normalised
    else
      normalised <"$from/$file"
    fi >"$to/$file"
    if [[ $file == */.build-id/* ]]; then
      mv "$to/$file" "$to/${file%%/.build-id/*}/$(sha256sum <"$to/$file" | cut -c1-64)"
      rmdir --parents --ignore-fail-on-non-empty "$(dirname "$to/$file")"
    fi
  done
}
