// There is one `value` in a process, however libraries were loaded.
//# build: g++ -shared -fPIC -O1 $S/lib.cc -Wl,-soname,libx.so -o libx.so
//# expect-library: symbol _ZN5Count5valueE UNIQUE OBJECT
//# expect-library: symbol single UNIQUE OBJECT

#include "count.h"

int count() { return ++Count::value; }

// Not in the header, so that the program has to copy it.
__asm__(".pushsection .data; .globl single; .type single, @gnu_unique_object; .size single, 4;"
        ".balign 4; single: .long 7; .popsection");
