int dep(void), mid(void);
__attribute__((weak)) int hook(void);
int top(int a) { return a + dep() + mid() + (hook ? hook() : 0); }
