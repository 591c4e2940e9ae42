//# link: libx.so
//# expect: import chosen
//# expect[bfd gold lld]: symbol chosen FUNC UND
//# output: 42 42 1

#include <stdio.h>

int chosen(void);
int (*address(void))(void);
int (*volatile pointer)(void) = chosen;

int main(void) { printf("%d %d %d\n", chosen(), pointer(), pointer == address()); }
