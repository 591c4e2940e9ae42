// Programs ask the loader for the SONAME, whatever the file is called.
//# build: gcc -shared -fPIC -O1 $S/lib.c -Wl,-soname,libx.so.1 -o libx.so.1.2
//# build: ln -s libx.so.1.2 libx.so.1
//# build: ln -s libx.so.1 libx.so

int answer(void) { return 42; }
