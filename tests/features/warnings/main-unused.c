// Who doesn't use it isn't warned.
//# link: libx.so -Wl,--fatal-warnings
//# output: 3

#include <stdio.h>

int harmless(void);

int main(void) { printf("%d\n", harmless()); }
