//# link: libx.so -Wl,-z,relro
//# expect: copy names
//# expect: copy changeable
//# not-with[mold]: 1.10 takes them for variables
//# output: one b -1 1

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

extern const char *const names[2];
extern const char *changeable[2];

int main(void) {
  int zeros = open("/dev/zero", O_RDONLY);
  printf("%s %s ", names[1], changeable[1]);
  printf("%zd ", read(zeros, (void *)names, 1));
  printf("%zd\n", read(zeros, changeable, 1));
}
