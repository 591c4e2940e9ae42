// A version without symbols tells what the library can do, as does
// GLIBC_ABI_DT_RELR of the C library.
//# build: gcc -fuse-ld=bfd -shared -fPIC -O1 $S/lib.c -Wl,-soname,libx.so -Wl,--version-script,$S/lib.map -o libx.so
//# expect-library: version X_ABI_EXTRA weak
//# expect-library: version X_1
//# expect-library: version X_2 weak < X_1

int first(void) { return 1; }
