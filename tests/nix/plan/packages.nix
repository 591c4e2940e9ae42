# What docs/plan.md shows: expat, as Debian has built it, two libraries on top of
# it, and programs.
{
  stdenv,
  # Debian's packages of it, unpacked
  debian,
}:
let
  # library or program -> what it uses -> C
  made =
    pname: buildInputs: code:
    { propagates, library }:
    stdenv.mkDerivation {
      inherit pname;
      version = "1";
      buildInputs = if propagates then [ ] else buildInputs;
      propagatedBuildInputs = if propagates then buildInputs else [ ];
      inherit code;
      passAsFile = [ "code" ];
      flags = map (used: "-l${used.pname}") buildInputs;
      buildPhase =
        if library then
          "gcc -x c $codePath -x none -O1 -fPIC -shared -Wl,-soname,lib${pname}.so.1 -o result $flags"
        else
          "gcc -x c $codePath -x none -O1 -o result $flags";
      installPhase =
        if library then
          ''
            mkdir -p $out/lib
            cp result $out/lib/lib${pname}.so.1
            ln -s lib${pname}.so.1 $out/lib/lib${pname}.so
          ''
        else
          ''
            mkdir -p $out/bin
            cp result $out/bin/${pname}
          '';
    };
  library =
    propagates: pname: uses: code:
    made pname uses code {
      inherit propagates;
      library = true;
    };
  program =
    pname: uses: code:
    made pname uses code {
      propagates = false;
      library = false;
    };

  expat = stdenv.mkDerivation {
    pname = "expat";
    version = "2.5.0";
    src = debian;
    outputs = [
      "out"
      "dev"
    ];
    buildPhase = ":";
    installPhase = ''
      mkdir -p $out/lib $dev/include
      cp $(find $src -type f -name 'libexpat.so.1.*') $out/lib/libexpat.so.1
      ln -s libexpat.so.1 $out/lib/libexpat.so
      cp $src/usr/include/*.h $src/usr/include/x86_64-linux-gnu/*.h $dev/include
    '';
  };
  parser = "#include <expat.h>\n";

  # Whoever uses feed sees expat as well; what uses settings does not.
  feed = library true "feed" [
    expat
  ] "${parser} int feed(void) { return XML_ParserCreate(0) != 0; }";
  settings = library false "settings" [
    expat
  ] "${parser} int settings(void) { return XML_ExpatVersionInfo().major; }";
  clock = library false "clock" [ ] "int tick(void) { return 1; }";
in
{
  inherit
    clock
    expat
    feed
    settings
    ;
  wellformed = program "wellformed" [
    expat
  ] "${parser} int main(void) { return !XML_ParserCreate(0); }";
  outline = program "outline" [ expat ] "${parser} int main(void) { return !XML_ExpatVersion(); }";
  podcast = program "podcast" [ feed ] "int feed(void); int main(void) { return !feed(); }";
  newsreader = program "newsreader" [
    feed
    settings
  ] "int feed(void), settings(void); int main(void) { return !feed() + !settings(); }";
  panel = program "panel" [
    settings
    clock
  ] "int settings(void), tick(void); int main(void) { return !settings() + !tick(); }";
  daemon = program "daemon" [ settings ] "int settings(void); int main(void) { return !settings(); }";
  alarm = program "alarm" [ clock ] "int tick(void); int main(void) { return !tick(); }";
}
