//# link: -L. -lx
//# expect: import parse@V2
//# expect: import parse@V1
//# expect: import plain@V1
//# expect: copy modes@V2
//# expect: symbol modes@V2 size=16
//# output: 2 1 3 4

#include <stdio.h>

int parse(void);
int parse_old(void);
int plain(void);
extern int modes[4];
__asm__(".symver parse_old, parse@V1");

int main(void) { printf("%d %d %d %d\n", parse(), parse_old(), plain(), modes[3]); }
