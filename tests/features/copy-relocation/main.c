//# link: libx.so
//# expect: copy counter
//# expect: copy zeros
//# expect: symbol counter OBJECT size=4
//# expect: symbol zeros OBJECT size=32
//# expect-not: export untouched
//# output: 16 7

#include <stdio.h>

extern int counter;
extern long zeros[4];
int get_counter(void);
long get_zero(void);

int main(void) {
  counter += 10;
  zeros[3] = 7;
  printf("%d %ld\n", get_counter(), get_zero());
}
