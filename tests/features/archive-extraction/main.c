//# link: libx.so $L/libmembers.a
//# expect: export member
//# expect: import perform
//# expect-not: export other
//# output: 7

#include <stdio.h>

int perform(void);

int main(void) { printf("%d\n", perform()); }
