// What only the library wants is taken out of an archive that follows it.
//# build: gcc -shared -fPIC -O1 $S/lib.c -Wl,-soname,libx.so -o libx.so
//# build: gcc -c -fPIC -O1 $S/member.c -o $L/member.o
//# build: gcc -c -fPIC -O1 $S/other.c -o $L/other.o
//# build: ar rc $L/libmembers.a $L/member.o $L/other.o

int member(void);
int perform(void) { return member() + 1; }
