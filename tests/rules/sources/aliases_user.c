#include <stdio.h>
extern int weakly;
void add(void);
int main(void) {
  weakly += 100;
  add();
  printf("%d\n", weakly);
  return 0;
}
