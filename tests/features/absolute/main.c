// bfd and mold give the program the number that the library has when it is
// linked, gold and lld that which it has when the program is loaded.
//# link: libx.so
//# message[bfd]: type and size of dynamic symbol `serial' are not defined
//# expect[gold lld]: import serial
//# expect[bfd]: symbol serial ABS
//# expect-not[mold]: import serial
//# output: 0x1234

#include <stdio.h>

void nothing(void);

int main(void) {
  void *number;
  __asm__("movq serial@GOTPCREL(%%rip), %0" : "=r"(number));
  nothing();
  printf("%p\n", number);
}
