// The names of one variable move together, as with `environ` and `__environ`;
// what lies beside it stays.
//# build: gcc -shared -fPIC -O1 $S/lib.c -Wl,-soname,libx.so -o libx.so

int __state = 1;
extern int state __attribute__((weak, alias("__state")));
extern int _state __attribute__((weak, alias("__state")));
int neighbour = 1;
int get_state(void) { return __state + 100 * neighbour; }
