// A weak reference is bound if there is a definition.
//# link: libx.so
//# expect[bfd gold lld]: symbol hook WEAK UND
//# expect: copy level
//# expect[bfd]: symbol level WEAK
//# output: 1 2 0

#include <stdio.h>

__attribute__((weak)) int hook(void);
__attribute__((weak)) int nobodys(void);
extern int level;

int main(void) { printf("%d %d %d\n", hook ? hook() : 0, level, nobodys != 0); }
