# readLock : { file, ... } -> lock
#
# The pins of a lock file (docs/pins.md), for mkStubs, splitStdenv and
# splitOverlay:
#
#   mkStubs { package = zlib; lock = readLock { file = ./stubs.lock.json; }; }
#
# Arguments
#   file       the lock file; what it records lies beside it. `update-stub-hashes`
#              writes both
#   missing    what becomes of a library that has no pin: "error", or "floating"
#              for a content-addressed tree
#   revisions  string -> package set: an earlier revision of the set, for pins
#              that were recorded with --revision
#
# Result
#   pinOf   { system, library, variant } -> { hash, current, from, accepted }, or null
#             hash     the tree in force
#             current  the library's own tree where that is another, or null
#             from     what the tree in force is made of: null is the library
#                      itself, "baseline" the one in the baseline, or
#                      { recorded = path; }, or { package = ...; }
#             accepted what of the library's headers may differ: digests by path
let
  formatVersion = 1;
in
{
  file,
  missing ? "error",
  revisions ?
    revision:
    throw "stub-builder: a pin is of revision ${revision}: give readLock `revisions`, a function that finds it",
}:
let
  # Set by update-stub-hashes, whose pins aren't written yet. Never seen in pure
  # evaluation.
  draft = builtins.getEnv "STUB_BUILDER_LOCK";
  path = if draft == "" then file else /. + draft;

  name = baseNameOf file;
  problem =
    code: what: hint:
    throw "stub-builder: ${code}: ${name}: ${what}\n  hint: ${hint}";

  lock =
    if !builtins.pathExists path then
      { pins = { }; }
    else
      let
        read = builtins.fromJSON (builtins.readFile path);
      in
      if read.version or null != formatVersion then
        problem "SB0902" "a lock file of another format than ${toString formatVersion}"
          "a newer format needs a newer stub-builder; an older one: remove the file and run update-stub-hashes"
      else
        read;

  record =
    relative:
    let
      here = dirOf path + "/${relative}";
      found = if builtins.pathExists here then here else dirOf file + "/${relative}";
    in
    if builtins.pathExists found then
      builtins.path {
        name = "recorded-interface";
        path = found;
      }
    else
      problem "SB0913" "the record ${relative} is not there"
        "take the directory from version control again (flakes see only what git knows), or run update-stub-hashes where the tree is in the store";

  fromSource =
    library: source:
    if source == "set" then
      null
    else if source == "baseline" then
      "baseline"
    else if source ? recorded then
      { recorded = record source.recorded; }
    else
      { package = (revisions source.revision).${library}; };
in
{
  pinOf =
    {
      system,
      library,
      variant,
    }:
    let
      pin = lock.pins.${system}.${library}.${variant} or null;
    in
    if pin != null then
      {
        inherit (pin) hash;
        current = pin.current or null;
        accepted = pin.accepted or { };
        from = fromSource library pin.source;
      }
    else if missing == "floating" then
      null
    else
      problem "SB0904" "no pin of ${library} (${system}, ${variant})"
        "run update-stub-hashes, or let libraries without one float: missing = \"floating\"";
}
