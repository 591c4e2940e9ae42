# splitStdenv : { baseline, ... } -> stdenv -> stdenv
#
# A stdenv whose mkDerivation makes two derivations of each package
# (splitPackage.nix; docs/stdenv.md tells how a package flows through).
#
#   splitStdenv { baseline = pinnedPkgs; libc = pkgs.glibc; ... } pinnedPkgs.stdenv
#
# Arguments
#   baseline     the package set that tools, and libraries that must run during
#                a build, are taken from, pinned apart from the libraries: a set
#                in which a split package is found under its pname, or a function
#                from a split package to its twin, or to null.
#                It has no default. If it were the set itself, each library
#                update would reach the compiler and compile all again.
#   libc         the current C library. Compile gets a stand-in of the stdenv's
#                (linkTree.nix), relink puts this one in. null: the stdenv's own
#                C library is the current one, and stays
#   ccLib        the current libstdc++, libgcc_s, ...: a package. null: as above
#   programs     what else of the stdenv gets into packages, such as the shell:
#                [ { baseline, package } ]
#   packages     the current package set: where a package is looked up, by its
#                pname, that strings name and no input list has
#   pins         hashes of interface trees, by pname; others are content-addressed
#   keep         packages of the baseline that finished packages may refer to:
#                what the set's own bootstrap needs
#   keepNatives  tools stay in what they have left a trace in. For a set that is
#                its own baseline (splitOverlay.nix)
#   allowSubstitutes, preferLocalBuild
#                of relinks; a site may want to cache them
#   wrapCC       { cc, libc, ccLib } -> cc, as the stdenv's compiler with stand-ins
#                for these two, or null for what stays
#
# `stdenv` is the baseline's. Packages without a C compiler, with fixed output
# or with `dontSplit = true` are built as they always were. On a platform
# without ELF the result is `stdenv`.
{
  linkTree,
  splitPackage,
}:
{
  baseline,
  libc ? null,
  ccLib ? null,
  programs ? [ ],
  packages ? { },
  pins ? { },
  keep ? [ ],
  keepNatives ? false,
  allowSubstitutes ? false,
  preferLocalBuild ? true,
  wrapCC ?
    {
      cc,
      libc,
      ccLib,
    }:
    cc.override (
      old:
      (
        if libc == null then
          { }
        else
          {
            inherit libc;
            bintools = cc.bintools.override { inherit libc; };
          }
      )
      // (
        if ccLib == null then
          { }
        else
          {
            cc = cc.cc // {
              lib = ccLib;
            };
          }
      )
    ),
}:
stdenv:
let
  outputsOf = package: package.outputs or [ "out" ];
  plainPath = text: builtins.unsafeDiscardStringContext "${text}";
  allOutputs =
    package:
    if package.type or null == "derivation" then
      map (output: package.${output}) (outputsOf package)
    else
      [ ];

  treeOf =
    package:
    linkTree {
      inherit package;
      inherit (stdenv) shell;
      path = stdenv.initialPath;
      system = stdenv.buildPlatform.system;
    };

  # The stdenv's own parts that finished packages refer to.
  libcTree = if libc == null then null else treeOf stdenv.cc.libc;
  ccLibTree =
    if ccLib == null then
      null
    else
      linkTree {
        package = stdenv.cc.ccLib or stdenv.cc.cc;
        outputs =
          builtins.filter (output: builtins.elem output (outputsOf (stdenv.cc.ccLib or stdenv.cc.cc)))
            (
              if stdenv.cc ? ccLib then
                [
                  "out"
                  "lib"
                ]
              else
                [ "lib" ]
            );
        inherit (stdenv) shell;
        path = stdenv.initialPath;
        system = stdenv.buildPlatform.system;
      };
  programTrees = map (program: {
    tree = treeOf program.baseline;
    inherit (program) baseline package;
  }) programs;

  parts =
    (
      if libc == null then
        [ ]
      else
        [
          {
            tree = libcTree;
            package = libc;
          }
        ]
    )
    ++ (
      if ccLib == null then
        [ ]
      else
        [
          {
            tree = ccLibTree;
            package = ccLib;
          }
        ]
    )
    ++ programTrees;

  currentPaths = map plainPath (builtins.concatMap (part: allOutputs part.package) parts);

  standIns = builtins.concatMap (
    part:
    map (output: {
      path = "${part.tree.${output}}";
      inherit output;
      real = builtins.listToAttrs (
        map (output: {
          name = output;
          value = "${part.package.${output}}";
        }) (outputsOf part.package)
      );
    }) part.tree.linkedOutputs
  ) parts;

  # A stdenv names its programs in `shell` and `initialPath`.
  exchange =
    path:
    builtins.foldl' (
      path: program:
      let
        from = map (output: plainPath program.baseline.${output}) program.tree.linkedOutputs;
        to = map (output: "${program.tree.${output}}") program.tree.linkedOutputs;
        text = builtins.unsafeDiscardStringContext "${path}";
        new = builtins.replaceStrings from to text;
      in
      if new == text then path else new
    ) path programTrees;

  inner =
    if parts == [ ] then
      stdenv
    else
      stdenv.override (old: {
        allowedRequisites = null;
        cc =
          if libc == null && ccLib == null then
            stdenv.cc
          else
            wrapCC {
              inherit (stdenv) cc;
              libc = libcTree;
              ccLib = ccLibTree;
            };
        shell = exchange stdenv.shell;
        initialPath = map exchange stdenv.initialPath;
      });

  twin =
    package:
    let
      name = package.pname or (builtins.parseDrvName package.name).name;
      found = if builtins.isFunction baseline then baseline package else baseline.${name} or null;
    in
    if found == null then
      throw ''
        stub-builder: the baseline has no ${name}, which a build wants to run.
        What runs during a build comes from the baseline, not from the packages that are split: give the baseline a ${name}, or let `baseline` be a function that finds its own.''
    else if found.isSplit or false then
      throw "stub-builder: the baseline's ${name} is a split package. The baseline is a package set of its own, built by a stdenv that does not split."
    else
      found;

  settings = {
    inherit
      allowSubstitutes
      keepNatives
      pins
      preferLocalBuild
      standIns
      twin
      ;
    inherit (inner) shell;
    linkTree = treeOf;
    libraryPath = map (tree: "${tree}/lib") (
      builtins.filter (tree: tree != null) [
        libcTree
        ccLibTree
      ]
    );
    lookUp = name: packages.${name} or null;
    toolPath = builtins.concatStringsSep ":" (map (tools: "${tools}/bin") inner.initialPath);
    keep =
      keep
      ++ builtins.filter (package: package != null && package.type or null == "derivation") (
        (if libc == null then [ (stdenv.cc.libc or null) ] else [ ])
        ++ (if ccLib == null then [ (stdenv.cc.cc.lib or null) ] else [ ])
      );
    # What else a build may find itself in.
    tools = builtins.filter (package: package.type or null == "derivation") (
      stdenv.initialPath ++ [ stdenv.cc ]
    );
    # Unless it is the current one as well, as before the first update.
    baselinePaths = builtins.filter (path: !builtins.elem path currentPaths) (
      map plainPath (
        [
          stdenv
          inner
          stdenv.cc
          inner.cc
          stdenv.shell
          inner.shell
        ]
        ++ stdenv.initialPath
        ++ inner.initialPath
        ++ builtins.concatMap allOutputs (
          [
            (stdenv.cc.libc or null)
            (stdenv.cc.cc or null)
            (stdenv.cc.bintools or null)
          ]
          ++ map (program: program.baseline) programs
        )
      )
    );
  };

  # nixpkgs' default for mkDerivationFromStdenv can't be asked for, so where
  # there is none of its own, the old stdenv's mkDerivation is it; for a stdenv
  # that was changed afterwards (overrideCC, stdenvNoCC), that of the old one
  # with the same changes.
  superOf =
    old: self:
    if old ? mkDerivationFromStdenv then
      old.mkDerivationFromStdenv self
    else if self.drvPath == inner.drvPath then
      inner.mkDerivation
    else
      (inner.override {
        inherit (self)
          buildPlatform
          cc
          extraBuildInputs
          extraNativeBuildInputs
          hasCC
          hostPlatform
          initialPath
          name
          shell
          targetPlatform
          ;
        allowedRequisites = null;
        setupScript = self.setup;
        inherit (self) preHook;
      }).mkDerivation;
in
if !(stdenv.hostPlatform.isElf or true) then
  stdenv
else
  inner.override (old: {
    mkDerivationFromStdenv =
      self:
      let
        super = superOf old self;
      in
      if self.hasCC then splitPackage settings super else super;
  })
