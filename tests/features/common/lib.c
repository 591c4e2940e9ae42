// A variable that the program leaves open (common) and the library has, larger
// and more aligned.
//# build: gcc -shared -fPIC -O1 $S/lib.c -Wl,-soname,libx.so -o libx.so

_Alignas(64) int zeros[8];
int filled[4] = { 3, 4, 5, 6 };
int get_zeros(void) { return zeros[3]; }
int get_filled(void) { return filled[1]; }
