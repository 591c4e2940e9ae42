//# link: -L. -lx
//# expect: needed libx.so.1
//# expect-not: needed libx.so
//# output: 42

#include <stdio.h>

int answer(void);

int main(void) { printf("%d\n", answer()); }
