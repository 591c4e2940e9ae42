# `update` is what has become of greet:
#   none     as it was
#   patch    another inside
#   more     a new function, declared in its header
#   inlined  that, and the header's inline function does something else
#   gone     a function less
#   random   its header is another with each build
{
  stdenv,
  update ? "none",
  asks ? false,
  uses ? asks,
  suffices ? false,
  exact ? false,
  twice ? false,
  deep ? false,
}:
let
  source = builtins.toFile "greet.c" ''
    #ifdef PATCH
    const char *greet(void) { return "hello from the patched library"; }
    #else
    const char *greet(void) { return "hello from the library"; }
    #endif
    int greet_count(int step) { return step + 1; }
    #ifndef GONE
    int greet_rarely(void) { return 7; }
    #endif
    #ifdef MORE
    int greet_extra(void) { return 42; }
    #endif
  '';
  header = {
    patch = header.none;
    random = header.none;
    gone = header.none;
    none = builtins.toFile "greet.h" ''
      #ifndef GREET_H
      #define GREET_H
      const char *greet(void);
      int greet_count(int step);
      int greet_rarely(void);
      static inline int greet_twice(void) { return greet_count(1) + 0; }
      #endif
    '';
    more = builtins.toFile "greet.h" ''
      #ifndef GREET_H
      #define GREET_H
      const char *greet(void); /* says it */
      int greet_count(int step);
      int greet_rarely(void);
      int greet_extra(void);
      static inline int greet_twice(void) { return greet_count(1) + 0; }
      #endif
    '';
    inlined = builtins.toFile "greet.h" ''
      #ifndef GREET_H
      #define GREET_H
      const char *greet(void);
      int greet_count(int step);
      int greet_rarely(void);
      int greet_extra(void);
      static inline int greet_twice(void) { return greet_count(1) + 1; }
      #endif
    '';
  };
  flags = {
    none = "";
    patch = "-DPATCH";
    random = "";
    more = "-DMORE";
    inlined = "-DMORE";
    gone = "-DGONE";
  };

  greet = stdenv.mkDerivation (
    {
      pname = "greet";
      version = "1";
      outputs = [
        "out"
        "dev"
      ];
      buildPhase = ''
        cp ${source} greet.c
        gcc ${flags.${update}} -O1 -fPIC -shared -Wl,-soname,libgreet.so.1 -o libgreet.so.1 greet.c
      '';
      installPhase = ''
        mkdir -p $out/lib $out/include $out/share/empty
        cp libgreet.so.1 $out/lib
        ln -s libgreet.so.1 $out/lib/libgreet.so
        cp ${header.${update}} $out/include/greet.h
        ${if update == "random" then "sed -i s/step/step$RANDOM/ $out/include/greet.h" else ""}
      '';
    }
    // (
      if exact then
        {
          passthru.split.interface = {
            exact = true;
          };
        }
      else
        { }
    )
  );

  # What those that are linked with it say of it.
  said = if suffices then { split.importsSuffice = [ greet ]; } else { };

  # The first is a library itself, which the last is linked with.
  chorus = stdenv.mkDerivation {
    pname = "chorus";
    version = "1";
    propagatedBuildInputs = [ greet ];
    passthru = said;
    buildPhase = ''
      printf '#include <greet.h>\nconst char *chorus(void) { return greet(); }\n' > chorus.c
      gcc -fPIC -shared -Wl,-soname,libchorus.so -o libchorus.so chorus.c -lgreet
    '';
    installPhase = "mkdir -p $out/lib; cp libchorus.so $out/lib";
  };
  # Uses it as well, and keeps that to itself; a program that sees this one alone.
  murmur = stdenv.mkDerivation {
    pname = "murmur";
    version = "1";
    buildInputs = [ greet ];
    buildPhase = ''
      printf '#include <greet.h>\nconst char *murmur(void) { return greet(); }\n' > murmur.c
      gcc -fPIC -shared -Wl,-soname,libmurmur.so -o libmurmur.so murmur.c -lgreet
    '';
    installPhase = "mkdir -p $out/lib; cp libmurmur.so $out/lib";
  };
  six = program "six" {
    buildInputs = [ murmur ];
    buildPhase = ''
      printf 'const char *murmur(void); int puts(const char *); int main(void) { puts(murmur()); return 0; }\n' > main.c
      gcc main.c -o six -lmurmur
    '';
  } "";
  program =
    name: attributes: code:
    stdenv.mkDerivation (
      {
        pname = name;
        version = "1";
        buildInputs = [ greet ];
        passthru = said;
        buildPhase = ''
          printf '#include <greet.h>\n#include <stdio.h>\nint main(void) { ${code}; return 0; }\n' > main.c
          gcc main.c -o ${name} -lgreet
        '';
        installPhase = "mkdir -p $out/bin; cp ${name} $out/bin";
      }
      // attributes
    );

  users = {
    one = program "one" { } "puts(greet())";
    two = program "two" { } "printf(\"%%d\\\\n\", greet_count(1))";
    three = program "three" { } "printf(\"%%d\\\\n\", greet_twice())";
    four = program "four" (
      if asks then { passthru.split.current = [ greet ]; } else { }
    ) "printf(\"%%d\\\\n\", ${if uses then "greet_extra()" else "greet_rarely()"})";
    five = program "five" {
      buildInputs = [ chorus ];
      buildPhase = ''
        printf 'const char *chorus(void); int puts(const char *); int main(void) { puts(chorus()); return 0; }\n' > main.c
        gcc main.c -o five -lchorus
      '';
    } "";
  }
  // (if deep then { inherit six; } else { });
in
users
// {
  inherit greet chorus users;
}
// (if deep then { inherit murmur; } else { })
// (if twice then { again = greet.overrideAttrs { again = true; }; } else { })
