//# link: libx.so.1
//# stub-only[bfd gold lld mold]: they find dynamic symbols by section headers
//# expect: needed libx.so.1
//# expect: copy counter
//# expect: copy primes
//# expect: import get_counter
//# output: 15 7 3

#include <stdio.h>

extern int counter;
extern const int primes[4];
extern __thread int level;
int get_counter(void);

int main(void) {
  counter += 10;
  printf("%d %d %d\n", get_counter(), primes[3], level);
}
