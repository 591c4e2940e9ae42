// The library wants a symbol that each program defines, and linkers export it
// from the program.
//# build: gcc -shared -fPIC -O1 $S/lib.c -Wl,-soname,libx.so -o libx.so
//# expect-library: symbol callback UND

int callback(int);
int perform(void) { return callback(20); }
