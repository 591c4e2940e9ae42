//# link: libx.so
//# expect: import first@OLD
//# expect: import second@NEW
//# expect: import third@NEWEST
//# output: 1 2 3

#include <stdio.h>

int first(void), second(void), third(void);

int main(void) { printf("%d %d %d\n", first(), second(), third()); }
