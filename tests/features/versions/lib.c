// Each program binds to the version that it was linked with.
//# build: gcc -shared -fPIC -O1 $S/lib.c -Wl,-soname,libx.so.1 -Wl,--version-script,$S/lib.map -o libx.so.1
//# build: ln -s libx.so.1 libx.so
//# expect-library: symbol parse@@V2 GLOBAL FUNC
//# expect-library: symbol parse@V1 GLOBAL FUNC
//# expect-library: symbol modes@V1 OBJECT size=8
//# expect-library: symbol modes@@V2 OBJECT size=16
//# expect-library: symbol plain@@V1

int parse_1(void) { return 1; }
int parse_2(void) { return 2; }
int plain(void) { return 3; }
int modes_1[2] = { 1, 2 };
int modes_2[4] = { 1, 2, 3, 4 };
__asm__(".symver parse_1, parse@V1");
__asm__(".symver parse_2, parse@@V2");
__asm__(".symver modes_1, modes@V1");
__asm__(".symver modes_2, modes@@V2");
