// What the kernel can't write is read-only.
//# link: libx.so -Wl,-z,relro
//# expect: copy primes
//# expect: copy variables
//# output: 7 4 -1 1

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

extern const int primes[4];
extern int variables[4];

int main(void) {
  int zeros = open("/dev/zero", O_RDONLY);
  printf("%d %d ", primes[3], variables[3]);
  printf("%zd ", read(zeros, (void *)primes, 1));
  printf("%zd\n", read(zeros, variables, 1));
}
