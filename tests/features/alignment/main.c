//# link: libx.so
//# expect: copy a
//# expect: copy vector
//# expect: aligned 32 vector
//# expect: aligned 64 line
//# expect: aligned 4096 page
//# expect: aligned 16 constant
//# expect: aligned 8 number
//# output: 7 0 0 0 0 0

#include <stdint.h>
#include <stdio.h>

extern char a, b, c, vector[33], line[65], page[4097];
extern const char constant[17];
extern double number;

static int beyond(const volatile void *address, uintptr_t alignment) {
  return (uintptr_t)address % alignment;
}

int main(void) {
  printf("%d %d %d %d %d %d\n", a + b + c + (int)(2 * number), beyond(vector, 32), beyond(line, 64), beyond(page, 4096),
         beyond(constant, 16), beyond(&number, 8));
}
