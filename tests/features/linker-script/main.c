//# link: -L. -lx
//# expect: needed libx.so.1
//# expect: import answer
//# expect-not: import twice
//# expect-not: needed libextra.so.1
//# output: 84

#include <stdio.h>

int twice(void);

int main(void) { printf("%d\n", twice()); }
