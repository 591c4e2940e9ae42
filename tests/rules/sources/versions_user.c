#include <stdio.h>
int both(void);
int old_both(void);
int gone(void);
int plain(void);
extern int table[4];
__asm__(".symver old_both, both@OLD");
__asm__(".symver gone, gone@OLD");
int main(void) {
  printf("%d %d %d %d %d %zu\n", both(), old_both(), gone(), plain(), table[3], sizeof table);
  return 0;
}
