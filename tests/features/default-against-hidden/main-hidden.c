//# link: libx.so
//# expect: import gone@V1
//# expect: import here@V2
//# output: 1 2

#include <stdio.h>

int gone_old(void);
int here(void);
__asm__(".symver gone_old, gone@V1");

int main(void) { printf("%d %d\n", gone_old(), here()); }
