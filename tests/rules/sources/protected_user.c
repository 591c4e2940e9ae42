#include <stdio.h>
extern int guarded, open_to_all;
int get(void);
int main(void) {
  printf("%d %d %d\n", guarded, open_to_all, get());
  return 0;
}
