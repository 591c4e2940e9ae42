//# link: libx.so
//# expect: import guarded
//# expect: import get
//# expect-not: copy guarded
//# output: 7

#include <stdio.h>

int get(void);

int main(void) {
  int *address;
  __asm__("movq guarded@GOTPCREL(%%rip), %0" : "=r"(address));
  *address += 2;
  printf("%d\n", get());
}
