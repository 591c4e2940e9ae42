// Constants with addresses in them are written by the loader, and by no one
// after it; so are their copies.
//# build: gcc -shared -fPIC -O1 $S/lib.c -Wl,-soname,libx.so -Wl,-z,relro -o libx.so
//# expect-library: symbol names .data.rel.ro

const char *const names[2] = { "zero", "one" };
const char *changeable[2] = { "a", "b" };
