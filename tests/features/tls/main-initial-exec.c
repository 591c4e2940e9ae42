//# link: libx.so
//# expect: symbol counter TLS UND
//# expect: relocation R_X86_64_TPOFF64 counter
//# expect: relocation R_X86_64_TPOFF64 zeros
//# output: 4 4 0

#include <stdio.h>

extern __thread int counter;
extern __thread long zeros[4];
int count(void);

int main(void) {
  int counted = count();
  printf("%d %d %ld\n", counted, counter, zeros[3]);
}
