#include <stdio.h>
extern int singleton, ordinary;
int risky(void);
int main(void) {
  printf("%d %d %d\n", singleton, ordinary, risky());
  return 0;
}
