// Each thread has its own; the program finds them through the linker.
//# build: gcc -shared -fPIC -O1 $S/lib.c -Wl,-soname,libx.so -o libx.so
//# build: gcc -O1 $S/host.c -o $L/host
//# expect-library: symbol counter TLS size=4
//# expect-library: symbol zeros TLS size=32

__thread int counter = 3;
__thread long zeros[4];
int count(void) { return ++counter; }
