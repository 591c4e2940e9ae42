#include <stdio.h>
int top(int);
int main(void) {
  printf("%d\n", top(2));
  return 0;
}
