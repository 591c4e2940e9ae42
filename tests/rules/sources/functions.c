static int fast(void) { return 42; }
static int (*choose(void))(void) { return fast; }
int chosen(void) __attribute__((ifunc("choose")));
int longer(int a) { return a * a + chosen(); }
int table[3] = { 1, 2, 3 };
_Thread_local int thread[5];
