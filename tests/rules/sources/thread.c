_Thread_local int original = 1;
extern _Thread_local int also __attribute__((alias("original")));
__attribute__((weak)) _Thread_local int weakly = 2;
_Thread_local int neighbour = 4;
int sum(void) { return original + weakly + neighbour; }
