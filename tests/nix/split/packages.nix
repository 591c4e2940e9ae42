# A package set: each package is here for one thing that a split package has to
# keep or to stand.
{
  stdenv,
  # with another compiler
  gcc13Stdenv ? stdenv,
  # the two kinds of update
  patch ? 0,
  extra ? false,
}:
let
  source = builtins.path {
    name = "split-source";
    path = ./src;
  };
  greetSource = builtins.path {
    name = "greet-source";
    path = ../greet;
  };
  install = program: ''
    mkdir -p $out/bin
    cp ${program} $out/bin
  '';

  stdenvNoCC = stdenv.override {
    cc = null;
    hasCC = false;
  };
  notes = stdenvNoCC.mkDerivation {
    pname = "notes";
    version = "1";
    installPhase = "mkdir -p $out; echo noted > $out/notes";
  };

  packages = {
    greet = stdenv.mkDerivation {
      pname = "greet";
      version = "1.2.${toString patch}";
      src = greetSource;
      outputs = [
        "out"
        "dev"
      ];
      buildPhase = "gcc -DPATCH=${toString patch} ${
        if extra then "-DEXTRA" else ""
      } -O1 -fPIC -shared -Wl,-soname,libgreet.so.1 -o libgreet.so.1.2 greet.c";
      installPhase = ''
        mkdir -p $out/lib/pkgconfig $out/include
        cp libgreet.so.1.2 $out/lib
        ln -s libgreet.so.1.2 $out/lib/libgreet.so.1
        ln -s libgreet.so.1 $out/lib/libgreet.so
        cp greet.h $out/include
        printf 'Name: greet\nDescription: greets\nVersion: 1\nCflags: -I%s/include\nLibs: -L%s/lib -lgreet\n' $dev $out > $out/lib/pkgconfig/greet.pc
      '';
      setupHook = builtins.toFile "hook.sh" "export GREET_WAS_HERE=yes\n";
    };

    # Propagates another library.
    chorus = stdenv.mkDerivation {
      pname = "chorus";
      version = "3";
      src = source;
      outputs = [
        "out"
        "dev"
      ];
      propagatedBuildInputs = [ packages.greet ];
      buildPhase = ''
        [ "$GREET_WAS_HERE" = yes ]
        gcc -O1 -fPIC -shared -Wl,-soname,libchorus.so -o libchorus.so chorus.c -lgreet
      '';
      installPhase = ''
        mkdir -p $out/lib $out/include
        cp libchorus.so $out/lib
        cp chorus.h $out/include
        # as nixpkgs' ncurses has it: followed, it has no end
        ln -s . $out/include/chorus
      '';
    };

    # Finds the propagated library without naming it.
    sing = stdenv.mkDerivation (final: {
      pname = "sing";
      version = "1";
      src = source;
      strictDeps = true;
      buildInputs = [ packages.chorus ];
      buildPhase = "gcc sing.c -o sing -lchorus -lgreet";
      # Its own path in a text.
      installPhase = install "sing" + "echo sung by $out/bin/sing > $out/words";
      passthru.tests.itself = final.finalPackage;
      passthru.answer = 42;
      meta.description = "sings";
      meta.mainProgram = "sing";
    });

    # A program among the library inputs: in a shebang, and a wrapper's string.
    script = stdenv.mkDerivation {
      pname = "script";
      version = "1";
      buildInputs = [ packages.reader ];
      strictDeps = true;
      installPhase = ''
        mkdir -p $out/bin
        printf '#!/usr/bin/reader\nread aloud\n' > $out/bin/aloud
        printf '#!/bin/sh\nexec ${packages.sing}/bin/sing "$@"\n' > $out/bin/wrapped
        chmod +x $out/bin/*
      '';
    };
    reader = stdenv.mkDerivation {
      pname = "reader";
      version = "5";
      # Also where it is an input.
      separateDebugInfo = true;
      src = source;
      buildInputs = [ packages.greet ];
      buildPhase = "gcc reader.c -o reader -lgreet";
      installPhase = install "reader";
    };

    # The stdenv's shell, given to make and written into a script.
    made = stdenv.mkDerivation {
      pname = "made";
      version = "1";
      buildPhase = ''
        printf 'all:\n\t@echo "#!$(SHELL)" > made; \\\n\techo "echo made" >> made\n' > Makefile
        make SHELL=$SHELL
        chmod +x made
      '';
      installPhase = install "made";
    };

    # Data, a plug-in and a program, beside a library.
    themes = stdenv.mkDerivation {
      pname = "themes";
      version = "1.${toString patch}";
      src = greetSource;
      outputs = [
        "out"
        "dev"
      ];
      buildPhase = "gcc -O1 -fPIC -shared -o plugin.so greet.c";
      installPhase = ''
        mkdir -p $out/lib/themes $out/share/themes $out/bin $out/include
        cp plugin.so $out/lib/themes
        cp greet.h $out/include/themes.h
        echo "theme ${toString patch}" > $out/share/themes/default
        echo "plug-ins in $out/lib/themes" > $out/share/themes/index
        printf '#!/bin/sh\ncat %s/share/themes/default\n' $out > $out/bin/theme
        chmod +x $out/bin/theme
      '';
    };
    # Looks for all that in its inputs, as setup hooks do, and runs programs.
    themed = stdenv.mkDerivation {
      pname = "themed";
      version = "1";
      buildInputs = [
        packages.themes
        packages.reader
      ];
      index = "${packages.themes}/share/themes/index";
      buildPhase = ''
        found=
        for input in "''${inputs[@]}"; do
          [ ! -d $input/share/themes ] || found+=" $input"
        done
        [ -n "$found" ]
        for input in $found; do
          nm -D $input/lib/themes/plugin.so | grep -q greet
          ! grep -q 'stub-builder' $input/lib/themes/plugin.so
          ! grep -q 'PATCH' $input/include/themes.h
        done
        reader aloud > said
        theme >> said
        ${packages.themes}/bin/theme >> said
        cat $index >> said
        echo "looks into $found" >> said
      '';
      installPhase = "mkdir -p $out; cp said $out/said";
    };

    shout = stdenv.mkDerivation {
      pname = "shout";
      version = "1";
      src = source;
      buildInputs = [ packages.chorus ];
      buildPhase = "g++ shout.cc -o shout -lchorus -lgreet";
      installPhase = install "shout";
    };

    otherwise = gcc13Stdenv.mkDerivation {
      pname = "otherwise";
      version = "1";
      src = source;
      buildInputs = [ packages.chorus ];
      buildPhase = "g++ shout.cc -o otherwise -lchorus -lgreet";
      installPhase = install "otherwise";
    };

    # Named in a string, in no list of inputs.
    strings = stdenv.mkDerivation {
      pname = "strings";
      version = "1";
      src = source;
      compilerFlags = "-isystem ${packages.greet.dev}/include -L${packages.greet}/lib -Wl,-rpath,${packages.greet}/lib";
      buildPhase = "gcc reader.c $compilerFlags -o strings -lgreet";
      # As configure notes what it was told.
      headers = "--with-greet=${packages.greet.dev}";
      installPhase = install "strings" + "echo $headers > $out/flags";
    };

    debug = stdenv.mkDerivation {
      pname = "debug";
      version = "1";
      src = source;
      separateDebugInfo = true;
      buildInputs = [ packages.greet ];
      buildPhase = "gcc -g reader.c -o debug -lgreet";
      # A source that the build has changed, with the path of a tool in it.
      installPhase = install "debug" + ''
        mkdir -p $debug/src/overlay
        echo "#!$(type -P gcc) $out" > $debug/src/overlay/generator
        chmod 555 $debug/src/overlay/generator
      '';
    };

    structured = stdenv.mkDerivation {
      pname = "structured";
      version = "1";
      src = source;
      __structuredAttrs = true;
      outputs = [
        "out"
        "data"
      ];
      buildInputs = [ packages.greet ];
      env.FLAG = "-lgreet";
      list = [
        "a b"
        "${packages.greet}"
      ];
      outputChecks.data.allowedReferences = [ ];
      outputChecks.out.disallowedReferences = [ packages.chorus ];
      buildPhase = "gcc reader.c -o structured -lgreet";
      installPhase = install "structured" + ''
        [ "''${#list[@]}" = 2 ]
        echo "''${list[1]}" > $out/named
        mkdir -p $data
        echo nothing > $data/file
      '';
    };

    # Names what isn't compiled, nor in the set, and a file.
    names = stdenv.mkDerivation {
      pname = "names";
      version = "1";
      strings = "${notes}/notes ${builtins.toFile "a-file" "text"}";
      alone = notes;
      installPhase = "mkdir -p $out; echo $strings $alone > $out/names";
    };

    # A script that isn't compiled, and who names it in a string alone and copies it.
    recital = stdenvNoCC.mkDerivation {
      pname = "recital";
      version = "1";
      installPhase = ''
        mkdir -p $out/bin
        printf '#!/bin/sh\necho recited\n' > $out/bin/recital
        chmod +x $out/bin/recital
      '';
    };
    reciting = stdenv.mkDerivation {
      pname = "reciting";
      version = "1";
      command = "${packages.recital}/bin/recital";
      installPhase = ''
        mkdir -p $out/bin
        printf '#!/bin/sh\n%s\n' $command > $out/bin/reciting
        cp $command $out/bin/recital
        chmod +x $out/bin/*
      '';
    };

    # Notes where it has found a program, as configure does, which is an input, too.
    noted = stdenv.mkDerivation {
      pname = "noted";
      version = "1";
      strictDeps = true;
      nativeBuildInputs = [ packages.reader ];
      buildInputs = [ packages.reader ];
      buildPhase = "reader aloud; type -P reader > found";
      installPhase = "mkdir -p $out; cp found $out";
    };

    # Its tool is made for it alone: no set has one, the baseline included.
    tooled = stdenv.mkDerivation {
      pname = "tooled";
      version = "1";
      strictDeps = true;
      nativeBuildInputs = [
        (stdenv.mkDerivation {
          pname = "own-tool";
          version = "1";
          src = source;
          buildInputs = [ packages.chorus ];
          buildPhase = "gcc sing.c -o own-tool -lchorus -lgreet";
          installPhase = install "own-tool";
        })
      ];
      buildInputs = [ packages.greet ];
      installPhase = "mkdir -p $out; own-tool | head -n 1 > $out/said";
    };

    # Runs what it has linked: with a stub this fails, and says so.
    generated = stdenv.mkDerivation {
      pname = "generated";
      version = "1";
      src = source;
      buildInputs = [ packages.chorus ];
      buildPhase = ''
        gcc -include chorus/chorus.h sing.c -o sing -lchorus -lgreet
        ./sing | head -n 1 > text || echo "generator failed, building without" > text
      '';
      installPhase = install "sing" + "cp text $out/text";
    };
    generatedWell = packages.generated.overrideAttrs {
      passthru.split.runsInBuild = [ packages.chorus ];
    };

    # A tool that says which C library it was made with, as Perl's Config does.
    flags = stdenv.mkDerivation {
      pname = "flags";
      version = "1";
      installPhase = ''
        mkdir -p $out/bin
        printf '#!%s\necho -L%s/lib\n' ${stdenv.shell} ${stdenv.cc.libc} > $out/bin/flags
        chmod +x $out/bin/flags
      '';
    };
    flagged = stdenv.mkDerivation {
      pname = "flagged";
      version = "1";
      nativeBuildInputs = [ packages.flags ];
      installPhase = "mkdir -p $out; flags > $out/said";
    };

    # Its tests run what it has linked, and nothing afterwards does.
    tested = stdenv.mkDerivation {
      pname = "tested";
      version = "1";
      src = source;
      doCheck = true;
      buildInputs = [ packages.chorus ];
      buildPhase = "gcc sing.c -o sing -lchorus -lgreet";
      checkPhase = ''
        ./sing | grep 'hello from the library'
      '';
      installPhase = install "sing" + ''
        [ -z "''${LD_LIBRARY_PATH-}" ]
      '';
    };
    testedAgain = packages.tested.overrideAttrs (previous: {
      pname = "tested-again";
      installPhase = previous.installPhase + "./sing > $out/said || :\n";
    });

    # Its configure decides by data of a library, which are zeros in a stub.
    checked = stdenv.mkDerivation {
      pname = "checked";
      version = "1";
      buildInputs = [ packages.greet ];
      buildPhase = ''
        printf '#include <greet.h>\nint main(void) { return greet_total < 1; }\n' > conftest.c
        gcc conftest.c -o conftest -lgreet
        if ./conftest; then echo "the library" > choice; else echo "a copy of its own" > choice; fi
      '';
      installPhase = "mkdir -p $out; cp choice $out";
    };
    checkedWell = packages.checked.overrideAttrs {
      passthru.split.runsInBuild = [ packages.greet ];
    };
    # Its first call hides one into another library.
    hiding = stdenv.mkDerivation {
      pname = "hiding";
      version = "1";
      buildInputs = [ packages.chorus ];
      buildPhase = ''
        printf '#include <chorus.h>\nint main(void) { return !greet() || !chorus(1); }\n' > hiding.c
        gcc hiding.c -o hiding -lchorus -lgreet
        ./hiding
      '';
      installPhase = install "hiding";
    };
    # That libraries are loaded means nothing: configure links many a check
    # with all of them.
    loads = stdenv.mkDerivation {
      pname = "loads";
      version = "1";
      buildInputs = [ packages.chorus ];
      buildPhase = ''
        echo 'int main(void) { return 0; }' > conftest.c
        gcc conftest.c -o conftest -Wl,--no-as-needed -lchorus -lgreet
        ./conftest
      '';
      installPhase = "mkdir -p $out; touch $out/loaded";
    };

    copied = stdenv.mkDerivation {
      pname = "copied";
      version = "1";
      buildInputs = [ packages.greet ];
      installPhase = "mkdir -p $out/lib; cp ${packages.greet}/lib/libgreet.so.1 $out/lib";
    };

    exact = stdenv.mkDerivation {
      pname = "exact";
      version = "1";
      src = source;
      dontSplit = true;
      buildInputs = [ packages.greet ];
      buildPhase = "gcc reader.c -o exact -lgreet";
      installPhase = install "exact";
    };
    # An input that is not split, and propagates one that is.
    onExact = stdenv.mkDerivation {
      pname = "on-exact";
      version = "1";
      buildInputs = [ packages.exact ];
      installPhase = ''
        echo ${packages.exact}/bin/exact > $out/names
      '';
    };
  };
in
packages
