// `libx.so` is a text, as that of the C library: it names the library, an
// archive that belongs to it, and what is needed by some programs only.
//# build: gcc -shared -fPIC -O1 $S/lib.c -Wl,-soname,libx.so.1 -o libx.so.1
//# build: gcc -shared -fPIC -O1 $S/extra.c -Wl,-soname,libextra.so.1 -o libextra.so.1
//# build: gcc -c -fPIC -O1 $S/nonshared.c -o $L/nonshared.o
//# build: ar rc libx_nonshared.a $L/nonshared.o
//# build: cp $S/x.ld libx.so

int answer(void) { return 42; }
