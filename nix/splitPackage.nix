# splitPackage : settings -> mkDerivation -> arguments -> package
#
# mkDerivation for packages in two steps: `compile`, the whole build, which sees
# interface trees and the baseline, and `relink`, which puts the real libraries
# in (docs/stdenv.md). What comes out is the relinked package, with all that
# the given mkDerivation would have said of it.
#
# `settings` is what splitStdenv.nix has made of its arguments.
#
# A package says in its arguments what is special about it:
#   dontSplit = true           it is built as it always was
#   split.runsInBuild          library inputs whose code runs during the build
#                              (tests, generators): compile gets the baseline's
#   split.allowStubCalls       a build that calls into a stub isn't stopped
#   split.interface            further arguments for mkStubs (static, include, ...)
#   split.inputs               packages that only strings name
#   split.keep                 packages of the baseline that may stay in the result
#   split.exempt, split.strict as relink.nix has them
#
# Result: the package, and in it
#   compile    the derivation of the first step
#   interface  the interface tree, made from compile: a relink below changes
#              nothing for dependents
#   relink     the derivation of the second step, whose paths the package has
#   isSplit    true
{
  stub-builder,
  mkStubs,
  relink,
  libraryInputs,
  libraryOutput,
  linkOutputs,
  mapReferences,
}:
settings: mkDerivation:
let
  isDerivation = value: value.type or null == "derivation";
  isSplit = value: isDerivation value && value.isSplit or false;
  outputsOf = package: package.outputs or [ "out" ];
  drvKey = package: builtins.unsafeDiscardStringContext package.drvPath;
  plainPath = text: builtins.unsafeDiscardStringContext "${text}";
  inStore =
    text:
    builtins.substring 0 (builtins.stringLength builtins.storeDir + 1) text == builtins.storeDir + "/";

  flatten = list: builtins.concatMap (x: if builtins.isList x then flatten x else [ x ]) list;

  # One of each, the first.
  unique =
    packages:
    map (entry: entry.package) (
      builtins.genericClosure {
        startSet = map (package: {
          key = drvKey package;
          inherit package;
        }) packages;
        operator = _: [ ];
      }
    );

  # A package that has no others is given as it is.
  treeOutputs =
    outputs:
    let
      some = linkOutputs outputs;
    in
    if some == [ ] then outputs else some;

  # Where library inputs stand, and where tools do.
  libraryLists = [
    "depsHostHost"
    "buildInputs"
    "depsTargetTarget"
    "depsHostHostPropagated"
    "propagatedBuildInputs"
    "depsTargetTargetPropagated"
  ];
  nativeLists = [
    "depsBuildBuild"
    "nativeBuildInputs"
    "depsBuildTarget"
    "depsBuildBuildPropagated"
    "propagatedNativeBuildInputs"
    "depsBuildTargetPropagated"
  ];
  checkLists = [
    "allowedReferences"
    "allowedRequisites"
    "disallowedReferences"
    "disallowedRequisites"
  ];

  # What a value mentions: derivations, and strings with context.
  mentions =
    value:
    if builtins.isString value then
      if builtins.hasContext value then [ value ] else [ ]
    else if builtins.isList value then
      builtins.concatMap mentions value
    else if isDerivation value then
      [ value ]
    else if builtins.isAttrs value && !(value ? __toString || value ? outPath) then
      builtins.concatMap mentions (builtins.attrValues value)
    else
      [ ];

  # Manifest entries for what stands for itself.
  itself =
    package:
    map (output: {
      path = "${package.${output}}";
      real.${output} = "${package.${output}}";
    }) (outputsOf package);
  realOf =
    package:
    builtins.listToAttrs (
      map (output: {
        name = output;
        value = "${package.${output}}";
      }) (outputsOf package)
    );

  toExtension =
    change:
    if builtins.isFunction change || change ? __functor then
      final: previous:
      let
        first = change previous;
      in
      if builtins.isFunction first then change final previous else first
    else
      _: _: change;

  make =
    function:
    let
      arguments = function (arguments // { inherit finalPackage overrideAttrs; });
      overrideAttrs =
        change:
        make (
          final:
          let
            previous = function final;
          in
          previous // toExtension change final previous
        );
      finalPackage = split arguments overrideAttrs;
    in
    finalPackage;

  split =
    arguments: overrideAttrs:
    let
      options = arguments.split or { };

      # Never built: it says what the derivation and the package are like.
      plain = mkDerivation (
        removeAttrs arguments [
          "dontSplit"
          "split"
        ]
      );
      attributes = plain.drvAttrs;
      structured = attributes.__structuredAttrs or false;

      # What is in this package's way.
      stays = arguments.dontSplit or false || attributes ? outputHash;

      # --- What compile sees ---------------------------------------------

      list = name: attributes.${name} or [ ];
      found = libraryInputs (
        builtins.concatMap list [
          "depsHostHost"
          "buildInputs"
          "depsHostHostPropagated"
          "propagatedBuildInputs"
        ]
      );
      natives = builtins.filter isSplit (flatten (builtins.concatMap list nativeLists ++ found.natives));

      others = removeAttrs attributes (
        libraryLists
        ++ nativeLists
        ++ checkLists
        ++ [
          "args"
          "builder"
          "outputChecks"
          "stdenv"
        ]
      );
      mentioned = mentions (builtins.attrValues others);
      listed = found.inputs ++ flatten (builtins.concatMap list libraryLists) ++ (options.inputs or [ ]);
      inputs = unique (builtins.filter isSplit (listed ++ mentioned));

      # Those that strings alone name are looked for in the package set.
      isKnown = builtins.listToAttrs (
        map (package: {
          name = drvKey package;
          value = true;
        }) (inputs ++ natives)
      );
      named =
        builtins.concatMap
          (
            drv:
            let
              base = builtins.baseNameOf drv;
              name = builtins.substring 33 (builtins.stringLength base - 37) base;
              package = settings.lookUp (builtins.parseDrvName name).name;
            in
            if !(isKnown ? ${drv}) && isSplit package && drvKey package == drv then [ package ] else [ ]
          )
          (
            builtins.concatMap (text: builtins.attrNames (builtins.getContext text)) (
              builtins.filter builtins.isString mentioned
            )
          );
      libraries = unique (inputs ++ named);

      # Library code that runs needs all that it loads to be real.
      runs = builtins.listToAttrs (
        map
          (entry: {
            name = entry.key;
            value = true;
          })
          (
            builtins.genericClosure {
              startSet = map (package: {
                key = drvKey package;
                inherit package;
              }) (builtins.filter isSplit (flatten (options.runsInBuild or [ ])));
              operator =
                { package, ... }:
                map
                  (package: {
                    key = drvKey package;
                    inherit package;
                  })
                  (
                    builtins.filter isSplit (
                      flatten (package.buildInputs or [ ] ++ package.propagatedBuildInputs or [ ])
                    )
                  );
            }
          )
      );
      runsInBuild = package: runs ? ${drvKey package};

      # An archive can't be relinked: its users are keyed by what it holds.
      isExact =
        package: output: output == "static" || !(builtins.elem output package.interface.interfaceOutputs);
      standIn =
        package: output:
        if runsInBuild package then
          let
            tree = settings.linkTree (settings.twin package);
          in
          tree.${output} or tree
        else if isExact package output then
          package.compile.${output}
        else
          package.interface.${output};

      libraryInput = input: if isSplit input then standIn input input.outputName else input;
      nativeInput = input: if isSplit input then twinOutput input input.outputName else input;
      twinOutput =
        package: output:
        let
          twin = settings.twin package;
        in
        twin.${output} or twin;

      replaced = to: package: {
        name = drvKey package;
        value = builtins.listToAttrs (
          map (output: {
            name = output;
            value = {
              from = plainPath package.${output};
              to = "${to package output}";
            };
          }) (outputsOf package)
        );
      };
      mapped = mapReferences {
        # A library that is a tool as well is meant as a library in strings.
        replacements = builtins.listToAttrs (
          map (replaced standIn) libraries ++ map (replaced twinOutput) natives
        );
        replaceDerivation = libraryInput;
      };

      deep = change: value: if builtins.isList value then map (deep change) value else change value;
      mapLists =
        names: change:
        builtins.mapAttrs (_: deep change) (
          builtins.intersectAttrs (builtins.listToAttrs (
            map (name: {
              inherit name;
              value = null;
            }) names
          )) attributes
        );

      compile = derivation (
        mapped others
        // mapLists libraryLists libraryInput
        // mapLists nativeLists nativeInput
        // {
          buildInputs = map libraryInput found.inputs;
          nativeBuildInputs = map nativeInput (flatten (list "nativeBuildInputs") ++ found.natives);
          inherit (attributes) stdenv;
          builder = settings.shell;
          args = [
            "-e"
            ./compileBuilder.sh
            "${stub-builder}"
            settings.toolPath
            (if options.allowStubCalls or false then "1" else "")
            "split.runsInBuild of ${plain.name}"
            (builtins.concatStringsSep " " (map builtins.placeholder outputs))
            (mapped attributes.builder)
          ]
          ++ mapped attributes.args;
        }
        // (
          if structured then
            {
              outputChecks = builtins.listToAttrs (
                map (name: {
                  inherit name;
                  value.allowedReferences = outputs;
                }) outputs
              );
            }
          else
            { allowedReferences = outputs; }
        )
      );
      outputs = attributes.outputs or [ "out" ];

      interface = mkStubs (
        {
          package = compile;
          hash = settings.pins.${plain.pname or (builtins.parseDrvName plain.name).name} or null;
          # What is looked for there can't be found in a masked RUNPATH.
          libraryPath =
            map (package: "${standIn package (libraryOutput package)}/lib") libraries ++ settings.libraryPath;
          # Debug information leads to sources, which are masked.
          outputs = builtins.filter (output: output != "debug") outputs;
          standIns = treeOutputs outputs;
          programs = true;
        }
        // options.interface or { }
      );

      # --- What relink puts in --------------------------------------------

      unsplit = builtins.filter (input: isDerivation input && !isSplit input) found.inputs;
      byKind = {
        stubs = builtins.filter (package: !runsInBuild package) libraries;
        linked = builtins.filter runsInBuild libraries;
      };
      standIns =
        settings.standIns
        ++ builtins.concatMap (
          package:
          let
            tree = settings.linkTree (settings.twin package);
          in
          map (output: {
            path = "${tree.${output}}";
            inherit output;
            real = realOf package;
          }) tree.linkedOutputs
        ) byKind.linked
        ++ builtins.concatMap (
          package:
          map (output: {
            path = "${package.compile.${output}}";
            inherit output;
            real = realOf package;
          }) (builtins.filter (isExact package) (outputsOf package))
        ) byKind.stubs
        ++ builtins.concatMap itself (
          unsplit
          ++ settings.keep
          ++ options.keep or [ ]
          ++ (if settings.keepNatives then settings.tools ++ keptNatives else [ ])
        )
        ++ sources;
      keptNatives = builtins.filter (input: isDerivation input && !isSplit input) (
        flatten (builtins.concatMap list nativeLists ++ found.natives)
      );
      # Debug information leads to them.
      sources =
        if builtins.elem "debug" outputs then
          builtins.concatMap (
            source:
            if isDerivation source then
              itself source
            else if builtins.isString source || builtins.isPath source then
              [
                {
                  path = "${source}";
                  real.out = "${source}";
                }
              ]
            else
              [ ]
          ) (flatten [ (attributes.src or [ ]) ])
        else
          [ ];

      # What a package forbids itself, it forbids the finished one.
      ownChecks =
        output:
        (if structured then attributes.outputChecks.${output} or { } else { })
        // builtins.intersectAttrs (builtins.listToAttrs (
          map (name: {
            inherit name;
            value = null;
          }) checkLists
        )) attributes;
      # Without context: what is forbidden needn't be there.
      forbidden =
        if settings.keepNatives then
          [ ]
        else
          let
            kept = map plainPath (
              builtins.concatMap (package: map (output: package.${output}) (outputsOf package)) (
                settings.keep ++ options.keep or [ ]
              )
            );
          in
          builtins.filter (path: inStore path && !builtins.elem path kept) (
            settings.baselinePaths
            ++ map (input: plainPath (nativeInput input)) (
              builtins.filter isDerivation (flatten (list "nativeBuildInputs"))
            )
          );

      relinked = relink {
        inherit compile standIns;
        libraries = map (package: {
          stubs = package.interface;
          inherit package;
        }) byKind.stubs;
        exempt = options.exempt or [ ];
        strict = options.strict or false;
        inherit (settings) allowSubstitutes preferLocalBuild;
        attributes.outputChecks = builtins.listToAttrs (
          map (name: {
            inherit name;
            value =
              let
                checks = ownChecks name;
              in
              checks
              // {
                disallowedRequisites = checks.disallowedRequisites or [ ] ++ forbidden;
              };
          }) outputs
        );
      };

      # --- The package ------------------------------------------------------

      # mkDerivation refuses what is broken, unfree and so on when paths are
      # asked for.
      checked = value: if plain.meta.available or true then value else builtins.seq plain.outPath value;

      common =
        plain
        // {
          inherit overrideAttrs;
        }
        // (
          if stays then
            { }
          else
            {
              isSplit = true;
              inherit compile interface;
              relink = relinked;
            }
        )
        // outputSet
        // {
          all = map (output: outputSet.${output}) outputs;
        };
      built = if stays then plain else relinked;
      of =
        output:
        common
        // {
          outputName = output;
          outPath = checked built.${output}.outPath;
          drvPath = checked built.${output}.drvPath;
        };
      outputSet = builtins.listToAttrs (
        map (output: {
          name = output;
          value = of output // {
            outputSpecified = true;
          };
        }) outputs
      );
    in
    of (builtins.head outputs);
in
arguments:
make (if builtins.isFunction arguments || arguments ? __functor then arguments else _: arguments)
