//# link[shared]: libx.so
//# run: $L/host $P
//# expect: symbol counter TLS UND
//# expect: relocation R_X86_64_DTPMOD64 counter
//# expect: relocation R_X86_64_DTPOFF64 counter
//# output: 104

extern __thread int counter;
int count(void);

int use(void) {
  counter += 100;
  return count();
}
