# The part of nixpkgs' lib that flake.nix uses.
{
  genAttrs =
    names: f:
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value = f name;
      }) names
    );
  hasPrefix = prefix: text: builtins.substring 0 (builtins.stringLength prefix) text == prefix;
  importJSON = path: builtins.fromJSON (builtins.readFile path);
  licenses = {
    mit = "MIT";
    asl20 = "Apache-2.0";
  };
  optionalString = condition: text: if condition then text else "";
  optional = condition: value: if condition then [ value ] else [ ];
  platforms.linux = [ ];
}
