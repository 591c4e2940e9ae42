//# link: libx.so -Wl,--fatal-warnings
//# link-error[bfd gold]: `old' is going to be removed
//# output[lld mold]: 2

#include <stdio.h>

int old(void);

int main(void) { printf("%d\n", old()); }
