//# link: -L. -lx
//# expect: needed libextra.so.1
//# expect: import extra
//# output: 1

#include <stdio.h>

int extra(void);

int main(void) { printf("%d\n", extra()); }
