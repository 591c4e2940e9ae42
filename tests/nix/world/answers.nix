# answers : packages -> derivation
#
# What pkg-config and the packages' own scripts say of each library.
let
  inherit (import ../builders.nix) run;
in
packages:
let
  named = builtins.filter (package: package ? dev) (builtins.attrValues packages);
in
run
  {
    name = "answers";
    devs = map (package: package.dev) named;
  }
  ''
    mkdir $out
    for dev in $devs; do
      PKG_CONFIG_PATH+=:$dev/lib/pkgconfig
    done
    export PKG_CONFIG_PATH
    for dev in $devs; do
      for file in $dev/lib/pkgconfig/*.pc; do
        [ -e "$file" ] || continue
        module=$(basename "$file" .pc)
        # That it misses another module is an answer, too.
        pkg-config --cflags --libs --modversion "$module" > $out/$module 2>&1 || :
        pkg-config --static --libs "$module" >> $out/$module 2>&1 || :
      done
      for script in $dev/bin/*-config; do
        [ -e "$script" ] || continue
        for what in --cflags --libs --prefix --version; do
          "$script" $what >> $out/''${script##*/} 2>&1 || :
        done
      done
    done
    [ $(ls $out | wc -l) -ge $(echo $devs | wc -w) ]
  ''
