# suites : { stdenv, sources, packages } -> set
#
# Test suites, or quick parts of them, against finished packages: built as ever,
# with the current libraries, and run.
{
  stdenv,
  sources,
  packages,
}:
let
  suite =
    name: attributes:
    stdenv.mkDerivation (
      {
        pname = "${name}-suite";
        version = "1";
        CFLAGS = "-O0";
        installPhase = "cp result $out";
      }
      // attributes
    );
in
{
  zlib = suite "zlib" {
    src = sources.zlib;
    buildInputs = [ packages.zlib ];
    configurePhase = ":";
    # The sources' own headers out of the way.
    buildPhase = ''
      mkdir suite
      cp test/example.c test/minigzip.c suite
      cd suite
      gcc example.c -o example -lz
      gcc minigzip.c -o minigzip -lz
      ./example > result
      echo hello world | ./minigzip | ./minigzip -d >> result
      grep -c OK result || grep -q 'hello world' result
    '';
  };
  libpng = suite "libpng" {
    src = sources.libpng;
    buildInputs = [ packages.libpng ];
    configurePhase = ":";
    buildPhase = ''
      mkdir suite
      cp pngtest.c pngtest.png suite
      cp -r contrib suite
      cd suite
      gcc pngtest.c -o pngtest -lpng -lz -lm
      gcc contrib/libtests/pngvalid.c -DPNG_FREESTANDING_TESTS -Icontrib/visupng -o pngvalid -lpng -lz -lm
      ./pngtest pngtest.png > result
      ./pngvalid --standard >> result
      grep -q 'libpng passes test' result
    '';
  };
  sqlite = suite "sqlite" {
    buildInputs = [ packages.sqlite ];
    buildPhase = ''
      sqlite3 test.db 'create table t (a integer primary key, b text);
        with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000)
        insert into t select i, hex(i) from n;
        create index at on t (b);
        pragma integrity_check; select count(*), sum(a), max(b) from t;' > result
      [ "$(head -n 1 result)" = ok ]
      grep -q '^1000|500500|' result
    '';
  };
  openssl = suite "openssl" {
    src = sources.openssl-oldest;
    buildInputs = [ packages.openssl ];
    inherit (packages.openssl) configurePhase;
    # The recipes that need nothing but the program.
    buildPhase = ''
      make util/wrap.pl util/shlib_wrap.sh apps/openssl.cnf 2>/dev/null || :
      mkdir -p apps
      ln -sf $(type -P openssl) apps/openssl
      make build_programs_nodep -n > /dev/null
      SRCTOP=$PWD BLDTOP=$PWD EXE_EXT= perl test/run_tests.pl test_genrsa test_dgst > result || { cat result; exit 1; }
      grep -q 'All tests successful' result
    '';
  };
}
