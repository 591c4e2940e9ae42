#include <stdio.h>
int called(void);
int main(void) {
  printf("%d\n", called());
  return 0;
}
