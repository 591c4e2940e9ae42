// lld and mold don't print them.
//# link: libx.so
//# message[bfd gold]: `risky' is dangerous, better use `harmless'
//# message[bfd gold]: `old' is going to be removed
//# output: 6

#include <stdio.h>

int risky(void), old(void), harmless(void);

int main(void) { printf("%d\n", risky() + old() + harmless()); }
