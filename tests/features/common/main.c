// bfd merges the two, gold has its own, lld takes the size only, and mold
// copies.
//# link: libx.so
//# message[bfd]: warning: size of symbol `filled' changed from 8 in
//# expect[bfd]: aligned 64 zeros
//# expect[bfd lld mold]: symbol zeros size=32
//# expect[bfd lld mold]: symbol filled size=16
//# expect[gold]: symbol zeros size=16
//# expect-not[bfd gold lld]: copy zeros
//# expect[mold]: copy zeros
//# output: 9 5

#include <stdio.h>

__attribute__((common)) int zeros[4];
__attribute__((common)) int filled[2];
int get_zeros(void), get_filled(void);

int main(void) {
  zeros[3] = 9;
  filled[1] = 5;
  printf("%d %d\n", get_zeros(), get_filled());
}
