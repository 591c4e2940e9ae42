# namedAsIs : settings -> package -> named -> view -> [ stand-in ]
#
# What a package names and compile sees as it is: what isn't compiled, a file, another
# package than the set has under that name. The finished package may name it, too, so
# relink is told that it stands for itself. What is the baseline's alone may not stay.
#
# All that is known of such a thing is its path, in a string, and the string's context.
# Sources and patches leave no trace, and relink would have them fetched for nothing.
{
  mentions,
  packages,
  uncompiled,
}:
settings:
{ attributes, ... }:
named: view:
let
  inherit (packages) isDerivation keyOf keySet;

  mentioned =
    mentions (
      builtins.attrValues (
        removeAttrs attributes.others [
          "src"
          "srcs"
          "patches"
        ]
      )
    )
    ++ builtins.concatMap uncompiled.namedBy named.scripts;
  # By itself stands what is unpacked, too: what was fetched.
  strings = map (mention: "${mention}") (
    builtins.filter (
      mention:
      builtins.isString mention || !(packages.isSplit mention || (mention.drvAttrs or { }) ? outputHash)
    ) mentioned
  );

  tools = keySet (builtins.filter isDerivation named.tools);
  isBaselines =
    drv: drvName:
    let
      inherit (builtins.parseDrvName drvName) name version;
      isIt = package: package.name == drvName && keyOf package == drv;
    in
    settings.lookUp isIt name version == null && settings.lookUpTool isIt name version != null;

  # Of one element of a context: the names of the paths that it stands for.
  namesOf =
    key: element:
    let
      called = builtins.head (builtins.match "${builtins.storeDir}/[0-9a-z]{32}-(.*)" key);
      drvName = builtins.substring 0 (builtins.stringLength called - 4) called;
    in
    if view.isReplaced key || tools ? ${key} || settings.linkTrees ? ${key} then
      [ ]
    else if element ? outputs then
      if isBaselines key drvName then
        [ ]
      else
        map (output: drvName + (if output == "out" then "" else "-${output}")) element.outputs
    else
      [ called ];

  itself =
    text:
    let
      context = builtins.getContext text;
      elements = builtins.listToAttrs (
        builtins.concatMap (
          key:
          map (name: {
            inherit name;
            value.${key} = context.${key};
          }) (namesOf key context.${key})
        ) (builtins.attrNames context)
      );
      paths = builtins.concatMap (part: if builtins.isList part then part else [ ]) (
        builtins.split "${builtins.storeDir}/([0-9a-z]{32}-[0-9a-zA-Z+._?=-]+)" (
          builtins.unsafeDiscardStringContext text
        )
      );
      standIn =
        path:
        let
          name = builtins.substring 33 (-1) path;
          plain = "${builtins.storeDir}/${path}";
          whole = builtins.appendContext plain elements.${name};
        in
        if elements ? ${name} && !builtins.elem plain settings.baselinePaths then
          [
            {
              name = path;
              value = {
                path = whole;
                real.out = whole;
              };
            }
          ]
        else
          [ ];
    in
    if elements == { } then [ ] else builtins.concatMap standIn paths;
in
builtins.attrValues (builtins.listToAttrs (builtins.concatMap itself strings))
