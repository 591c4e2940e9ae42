// The program knows the weak name only, the library uses the other.
//# link: libx.so
//# expect: copy state __state
//# expect[lld mold]: copy state __state _state
//# expect-not: export neighbour
//# output: 105

#include <stdio.h>

extern int state;
int get_state(void);

int main(void) {
  state = 5;
  printf("%d\n", get_state());
}
