#include <stdio.h>
int chosen(void);
int longer(int);
extern int table[3];
extern _Thread_local int thread[5];
int (*pointer)(void) = chosen;
int main(void) {
  printf("%d %d %d %d %d\n", chosen(), pointer(), longer(2), table[2], thread[4]);
  return pointer != chosen;
}
