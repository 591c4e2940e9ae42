// Loaders do without section headers, linkers don't. The stub has some.
//# build: gcc -shared -fPIC -O1 $S/lib.c -Wl,-soname,libx.so.1 -o libx.so.1
//# build: llvm-strip-19 --strip-sections libx.so.1

int counter = 5;
const int primes[4] = { 2, 3, 5, 7 };
__thread int level = 3;
int get_counter(void) { return counter; }
