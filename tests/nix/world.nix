# What the tests in cases/ build: a library, its stubs, and dependents.
#
# `patch` and `extra` are the two kinds of update.
{
  # the directory whose bin/ has the program
  stubBuilder,
  patch ? 0,
  extra ? false,
  hash ? null,
}:
let
  inherit (import ./builders.nix)
    builtAt
    system
    run
    package
    ;

  stub-builder = builtAt stubBuilder;

  inherit (import ../../nix { inherit stub-builder; }) mkStubs;

  sources = builtins.path {
    name = "greet-source";
    path = ./greet;
  };

  greet =
    package
      {
        pname = "greet";
        version = "1.2.${toString patch}";
        outputs = [
          "out"
          "dev"
        ];
        inherit sources;
        cflags = "-DPATCH=${toString patch} ${if extra then "-DEXTRA" else ""}";
      }
      ''
        mkdir -p $out/lib $out/share/doc $dev/include $dev/lib/pkgconfig
        gcc $cflags -O1 -fPIC -shared -Wl,-soname,libgreet.so.1 -o $out/lib/libgreet.so.1.2 $sources/greet.c
        ln -s libgreet.so.1.2 $out/lib/libgreet.so.1
        ln -s libgreet.so.1 $out/lib/libgreet.so
        echo "built as $cflags" > $out/share/doc/README
        cp $sources/greet.h $dev/include
        cat > $dev/lib/pkgconfig/greet.pc <<EOT
        prefix=$dev
        libdir=$out/lib
        Name: greet
        Description: a library for tests
        Version: 1
        Cflags: -I$dev/include
        Libs: -L$out/lib -lgreet
        EOT

        # Files that name their own package, whose path changes with each update.
        echo "#define GREET_DATA \"$out/share/greet\"" > $dev/include/greet-paths.h
        mkdir $dev/bin
        cat > $dev/bin/greet-config <<EOT
        #!/bin/sh
        echo -I$dev/include -L$out/lib -lgreet
        EOT
        chmod +x $dev/bin/greet-config
      '';

  stubs = mkStubs {
    package = greet;
    inherit hash;
  };

  leak = "echo \"#define GREET \\\"$other/include\\\"\" > $out/include/leak.h";

  # A program that is linked to `library`, and one more step above it.
  user =
    library:
    run
      {
        name = "user";
        inherit sources;
        inherit (library) out dev;
        # `out` and `dev` above are inputs here, not this derivation's outputs.
        outputs = [ "program" ];
      }
      ''
        export PKG_CONFIG_PATH=$dev/lib/pkgconfig
        gcc $sources/main.c $(pkg-config --cflags --libs greet) -o $program
        # As the script says.
        gcc $sources/main.c $(sh $dev/bin/greet-config) -o again
        cmp again $program
      '';
in
rec {
  inherit stub-builder greet stubs;

  userOfStubs = user stubs;
  aboveUser = run {
    name = "above";
    user = userOfStubs;
  } "cp $user $out";

  # Run on the real library, whatever it was linked to.
  runs = run {
    name = "runs";
    inherit (greet) out;
    outputs = [ "result" ];
    user = userOfStubs;
  } "LD_LIBRARY_PATH=$out/lib $user > $result";

  # The same attributes through .attrs.json.
  structured = derivation {
    name = "structured";
    inherit system;
    builder = "${stub-builder}/bin/stub-builder";
    args = [ "stubs" ];
    __structuredAttrs = true;
    package = "greet";
    src = [
      greet.out
      greet.dev
    ];
    static = false;
    include = [ ];
    exclude = [ "no/such file" ];
    outputs = [ "out" ];
  };

  # A header that names another package, alone and beside a cut-off library.
  leaking = mkStubs {
    inherit hash;
    package = package {
      pname = "leaking";
      version = "1";
      outputs = [ "out" ];
      other = greet.dev;
    } "mkdir -p $out/include; ${leak}";
  };
  broken = mkStubs {
    package =
      package
        {
          pname = "broken";
          version = "1";
          outputs = [ "out" ];
          other = greet.dev;
        }
        ''
          mkdir -p $out/lib $out/include
          ${leak}
          echo 'int f(void) { return 0; }' | gcc -shared -fPIC -Wl,-soname,libbroken.so -x c - -o whole.so
          head -c 700 whole.so > $out/lib/libbroken.so
        '';
  };

  # Nothing declared, so there must be nothing to link with.
  withoutLibrary = run { name = "without-library"; } ''
    echo 'int main(void) { return 0; }' > main.c
    gcc main.c -o main
    for library in z png ncurses ssl greet; do
      if gcc main.c -Wl,--no-as-needed -l$library -o main 2> message; then
        echo "found a $library that nobody declared"
        exit 1
      fi
      grep "cannot find -l$library" message
    done
    touch $out
  '';

  # The same command must succeed where the library is declared.
  withLibrary =
    run
      {
        name = "with-library";
        inherit (greet) out;
        outputs = [ "result" ];
      }
      ''
        echo 'int main(void) { return 0; }' > main.c
        gcc main.c -L$out/lib -Wl,--no-as-needed -lgreet -o main
        touch $result
      '';
}
