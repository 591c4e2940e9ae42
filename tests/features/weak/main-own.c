//# link: libx.so
//# expect: export hook
//# expect: export level
//# output: 75

#include <stdio.h>

int call_hook(void);
int hook(void) { return 5; }
int level = 7;

int main(void) { printf("%d\n", call_hook()); }
