# changesOf : stdenv -> arguments
#
# What `override` is given to make a stdenv from the one that it was made from, but
# for the compiler.
stdenv: {
  inherit (stdenv)
    buildPlatform
    extraBuildInputs
    extraNativeBuildInputs
    hasCC
    hostPlatform
    initialPath
    name
    preHook
    shell
    targetPlatform
    ;
  allowedRequisites = null;
  setupScript = stdenv.setup;
}
