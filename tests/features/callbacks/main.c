//# link: libx.so
//# expect: export callback
//# expect-not: export unrelated
//# output: 23

#include <stdio.h>

int perform(void);
int callback(int number) { return number + 3; }
int unrelated(void) { return 1; }

int main(void) { printf("%d\n", perform()); }
