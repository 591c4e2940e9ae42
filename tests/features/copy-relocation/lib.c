// The program has a copy of the library's variable, and both use the copy.
//# build: gcc -shared -fPIC -O1 $S/lib.c -Wl,-soname,libx.so -o libx.so

int counter = 5;
long zeros[4];
int untouched = 1;
int get_counter(void) { return counter + untouched; }
long get_zero(void) { return zeros[3]; }
