# updateStubHashes : { writeShellScript, system, names } -> script
#
# The flake's app: builds each pinned tree without its pin, and writes its hash
# into nix/stubs.json. Called in the checkout; arguments are passed to Nix.
{
  writeShellScript,
  system,
  # attribute of packages.<system> and key in the pins file
  names,
}:
writeShellScript "update-stub-hashes" ''
  set -euo pipefail
  export NIX_CONFIG="''${NIX_CONFIG-}
  extra-experimental-features = nix-command flakes"

  pins=nix/stubs.json
  [ -e flake.nix ] && [ -e "$pins" ] || {
    echo "update-stub-hashes: call it where flake.nix and $pins are" >&2
    exit 2
  }
  # Its text, since the store need not be where Nix can read files from.
  set_pin=$(cat <<'EOT'
  ${builtins.readFile ./setPin.nix}
  EOT
  )
  work=$(mktemp -d)
  trap 'rm -rf "$work" "$pins.new"' EXIT

  cat "$pins" > "$work/pins"
  while read -r attribute name; do
    nix build "$@" --out-link "$work/tree" ".#packages.${system}.$attribute.unpinned"
    # Asked of the store, which may lie elsewhere.
    hash=$(nix-store --query --hash "$(readlink "$work/tree")")
    hash=$(nix hash to-sri --type sha256 "''${hash#sha256:}" 2>/dev/null)
    nix eval --raw --impure --expr "($set_pin) {
      pins = builtins.readFile \"$work/pins\";
      system = \"${system}\";
      name = \"$name\";
      hash = \"$hash\";
    }" > "$work/new"
    mv "$work/new" "$work/pins"
    echo "$name $hash"
  done <<'EOT'
  ${builtins.concatStringsSep "\n" (
    map (attribute: "${attribute} ${names.${attribute}}") (builtins.attrNames names)
  )}
  EOT

  # Whole or not at all, and untouched where nothing has changed.
  if ! cmp -s "$work/pins" "$pins"; then
    cp "$work/pins" "$pins.new"
    mv "$pins.new" "$pins"
  fi
''
