//# link: libx.so
//# expect: import first@X_1
//# output: 1

#include <stdio.h>

int first(void);

int main(void) { printf("%d\n", first()); }
