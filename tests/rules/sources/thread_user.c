#include <stdio.h>
extern _Thread_local int weakly;
int sum(void);
int main(void) {
  printf("%d\n", sum() + weakly - 2);
  return 0;
}
