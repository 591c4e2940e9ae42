// The library chooses an implementation when it is loaded. To a program it is
// a function, with one address for everybody.
//# build: gcc -shared -fPIC -O1 $S/lib.c -Wl,-soname,libx.so -o libx.so

static int fast(void) { return 42; }
static int (*choose(void))(void) { return fast; }
int chosen(void) __attribute__((ifunc("choose")));
int (*address(void))(void) { return chosen; }
