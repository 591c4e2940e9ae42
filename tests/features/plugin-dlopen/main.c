//# link[shared]: -L. -lx -Wl,-z,defs
//# run: $L/host $P
//# expect: needed libx.so.1
//# expect: import count
//# expect: import counter
//# expect: export use
//# expect-not: copy counter
//# output: 107 107

extern int counter;
int count(void);

int use(void) {
  counter += 100;
  return count();
}
