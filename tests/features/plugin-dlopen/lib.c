// A plug-in is linked against the stub; the program that loads it has the real
// library, and both have the same one.
//# build: gcc -shared -fPIC -O1 $S/lib.c -Wl,-soname,libx.so.1 -o libx.so.1
//# build: gcc -O1 $S/host.c libx.so.1 -o $L/host
//# build: ln -s libx.so.1 libx.so

int counter = 5;
int count(void) { return ++counter; }
