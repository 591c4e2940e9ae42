# runs : { packages, sources } -> derivation
#
# Every program of the set, run in a sandbox that holds nothing of the set but
# these packages and what they refer to. $out/said/NAME is what each printed,
# $out/loaded/NAME the libraries that the loader has initialised in it and in
# what it has started, wrapper scripts included.
let
  inherit (import ../builders.nix) run;
in
{ packages, sources }:
run
  (
    {
      name = "runs";
      picture = "${sources.libpng}/pngtest.png";
      font = builtins.toFile "empty.txt" "nothing";
    }
    // builtins.listToAttrs (
      map (name: {
        name = builtins.replaceStrings [ "-" ] [ "_" ] name;
        value = packages.${name};
      }) (builtins.attrNames packages)
    )
  )
  ''
    set +u
    mkdir -p $out/said $out/loaded
    # try PACKAGE COMMAND...: if it is in the set
    try() {
      local name=$1 variable=''${1//-/_}
      shift
      [ -n "''${!variable}" ] || return 0
      echo "$*" > $out/said/$name
      mkdir trace
      # Output of a program that is run by another is in a file of its own.
      LD_DEBUG=libs LD_DEBUG_OUTPUT=$PWD/trace/of "$@" >> $out/said/$name 2>&1 || {
        echo "$name: $? from $*" >&2
        cat $out/said/$name >&2
        exit 1
      }
      cat trace/of.* | sed -n 's,//*,/,g; s/.*calling init: //p' | sort -u > $out/loaded/$name
      rm -r trace
    }
    head -c 100000 /dev/zero > zeros

    try bash $bash/bin/bash -c 'bind -V | head -n 1; echo $BASH_VERSION'
    try brotli $brotli/bin/brotli zeros -o zeros.br
    try curl $curl/bin/curl --silent file://$PWD/zeros --output copy
    try digests $digests/bin/digests
    try fontconfig $fontconfig/bin/fc-list
    try fonts $fonts/bin/fonts
    try libpng sh -c "$libpng/bin/pngfix --out=fixed.png $picture || true"
    try libzip $libzip/bin/zipcmp -V
    try ncurses $ncurses/bin/tput -T dumb cols
    try openssl $openssl/bin/openssl dgst -sha256 zeros
    try python-brotli env PYTHONPATH=$python_brotli/lib/python3.11/site-packages python3 -c \
      'import brotli; print(len(brotli.decompress(open("zeros.br", "rb").read())))'
    try sqlite $sqlite/bin/sqlite3 :memory: 'select sqlite_version(), 6 * 7;'
    try woff2 sh -c "$woff2/bin/woff2_info $font || true"

    [ -z "$curl" ] || cmp zeros copy
    [ -z "$libpng" ] || [ -s fixed.png ]
  ''
