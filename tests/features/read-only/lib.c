// A copy of constants is as constant.
//# build: gcc -shared -fPIC -O1 $S/lib.c -Wl,-soname,libx.so -Wl,-z,separate-code -o libx.so

const int primes[4] = { 2, 3, 5, 7 };
int variables[4] = { 1, 2, 3, 4 };
