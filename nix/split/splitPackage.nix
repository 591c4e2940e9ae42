# splitPackage : settings -> mkDerivation -> arguments -> package
#
# mkDerivation for packages in two steps: `compile`, the whole build, which sees
# interface trees and the baseline, and `relink`, which puts the real libraries
# in (docs/stdenv.md). What comes out is the relinked package, with all that
# the given mkDerivation would have said of it.
#
# `settings` is what splitStdenv.nix has made of its arguments, and the stdenv that
# splits.
#
# A package says in its arguments what is special about it. In `passthru`, since
# other stdenvs would make an attribute of the derivation of it; this one takes
# `split` beside `passthru` as well.
#   dontSplit = true           it is built as it always was
#   passthru.split
#     .runsInBuild             library inputs whose code runs during the build
#                              (tests, generators): compile gets the baseline's
#     .allowStubCalls          a build that calls into stubs, or is bound to their
#                              data, isn't stopped
#     .interface               further arguments for mkStubs (static, include, exact,
#                              variant, ...)
#     .current                 library inputs that it needs as they are, where an
#                              older interface is in force (docs/pins.md)
#     .importsSuffice          library inputs that need not provide more of the
#                              interface in force than the package imports
#                              (docs/pins.md: what imports don't show)
#     .inputs                  packages that only strings name
#     .keep                    packages of the baseline that may stay in the result
#     .exempt, .strict, .bindOwnFunctions
#                              as relink.nix has them
#
# Result: the package, and in it
#   compile    the derivation of the first step
#   interface  the interface tree, made from compile
#   imports    what its programs and libraries import (imports.nix)
#   completed  what builds of dependents are given of it (completedTrees.nix)
#   relink     the derivation of the second step, whose paths the package has
#   unsplit    the package as it would be without the split; not built by anything
#   ofBaseline the package as the baseline would build it (baselineBuild.nix)
#   isSplit    true
# or, of what isn't compiled (currentBuild.nix),
#   withStandIns  the package with what stands in for parts of the stdenv, from which
#              compile's is made (remade.nix)
{
  attributeKinds,
  baselineBuild,
  compileDerivation,
  compileView,
  completedTrees,
  currentBuild,
  finishedChecks,
  imports,
  namedPackages,
  overridable,
  packageFace,
  packageInterface,
  packages,
  relink,
  relinkStandIns,
  testLibraries,
}:
settings: mkDerivation:
overridable (
  arguments: overrideAttrs:
  let
    # Never built: it says what the derivation and the package are like.
    plain = mkDerivation (
      removeAttrs arguments [
        "dontSplit"
        "split"
      ]
    );
    package = {
      inherit plain;
      inherit (plain) name;
      pname = packages.pnameOf plain;
      options = plain.passthru.split or { } // arguments.split or { };
      attributes = attributeKinds plain.drvAttrs;
      outputs = packages.outputsOf plain.drvAttrs;
      structured = plain.drvAttrs.__structuredAttrs or false;
    };

    named = namedPackages settings package;
    view = compileView settings package named;
    tests = testLibraries settings package named view;
    compile = compileDerivation settings package named view tests;
    interface = packageInterface settings package named view compile;

    relinked = relink {
      inherit compile;
      libraries = map (library: {
        stubs = view.interfaceOf library;
        package = library;
        importsSuffice = view.importsSuffice library;
        isInput = named.isInput library;
      }) (builtins.filter (library: !view.runsInBuild library) named.libraries);
      standIns = relinkStandIns settings package named view;
      exempt = package.options.exempt or [ ];
      strict = package.options.strict or false;
      bindOwnFunctions = package.options.bindOwnFunctions or false;
      inherit (settings) allowSubstitutes preferLocalBuild startup;
      attributes.outputChecks = finishedChecks settings package view;
    };

    isCompiled = settings.stdenv.hasCC;
    isLeft = !isCompiled || arguments.dontSplit or false || plain.drvAttrs ? outputHash;
    left = currentBuild settings plain;
  in
  packageFace {
    inherit plain overrideAttrs;
    inherit (package) outputs;
    inherit (settings) stdenv;
    built = if isLeft then left else relinked;
    steps =
      if isLeft then
        { inherit (left) drvAttrs; } // (if isCompiled then { } else { withStandIns = plain; })
      else
        {
          inherit compile interface;
          imports = imports compile;
          completed = completedTrees settings plain interface;
          relink = relinked;
          unsplit = plain;
          ofBaseline = baselineBuild settings package view;
          isSplit = true;
        };
  }
)
