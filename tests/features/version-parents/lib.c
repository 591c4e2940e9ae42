// No linker looks at parents; tools that compare libraries do.
//# build: gcc -fuse-ld=bfd -shared -fPIC -O1 $S/lib.c -Wl,-soname,libx.so -Wl,--version-script,$S/lib.map -o libx.so
//# expect-library: version OLD
//# expect-library: version NEW < OLD
//# expect-library: version NEWEST < NEW OLD

int first(void) { return 1; }
int second(void) { return 2; }
int third(void) { return 3; }
