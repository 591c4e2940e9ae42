// A weak definition serves as any other, unless the program has its own.
//# build: gcc -shared -fPIC -O1 $S/lib.c -Wl,-soname,libx.so -o libx.so
//# expect-library: symbol hook WEAK FUNC
//# expect-library: symbol level WEAK OBJECT
//# expect-library: symbol call_hook GLOBAL FUNC

__attribute__((weak)) int hook(void) { return 1; }
__attribute__((weak)) int level = 2;
int call_hook(void) { return hook() + 10 * level; }
