// Copies are aligned as the library's variables are: the program's vector
// instructions rely on it.
//# build: gcc -shared -fPIC -O1 $S/lib.c -Wl,-soname,libx.so -o libx.so

char a = 1, b = 2, c = 3;
_Alignas(32) char vector[33] = { 1 };
_Alignas(64) char line[65];
_Alignas(4096) char page[4097] = { 1 };
_Alignas(16) const char constant[17] = { 1 };
double number = 0.5;
