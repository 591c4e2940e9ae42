#include <stdio.h>
extern const int read_only[4];
extern int *const rel_ro[2];
extern int *other_relro;
extern int data;
extern int zero[4];
extern int relro_zero[4];
extern _Thread_local int thread;
extern _Thread_local int thread_zero[4];
int function(void);
int main(void) {
  data += 1;
  printf("%d %d %d %d %d %d %d %d %d\n", read_only[3], *rel_ro[1], *other_relro, data, zero[2], thread,
    thread_zero[2], relro_zero[1], function());
  return 0;
}
