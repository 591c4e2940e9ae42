// Without a SONAME, programs ask for the file as it was named to the linker.
//# build: gcc -shared -fPIC -O1 $S/lib.c -o libx.so

int answer(void) { return 42; }
