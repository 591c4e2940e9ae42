// `gone@V1` has no default: it is there for programs of old, and new ones can
// have it only by asking for the version.
//# build: gcc -shared -fPIC -O1 $S/lib.c -Wl,-soname,libx.so -Wl,--version-script,$S/lib.map -o libx.so
//# expect-library: symbol gone@V1 FUNC
//# expect-library: symbol here@@V2 FUNC

int gone_1(void) { return 1; }
int here(void) { return 2; }
__asm__(".symver gone_1, gone@V1");
