#include <stdlib.h>
int dep(void), mid(void);
__attribute__((weak)) int hook(void);
int callback(int);
int top(int a) { return abs(callback(a)) + dep() + mid() + (hook ? hook() : 0); }
