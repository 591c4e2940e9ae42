/* Start-up objects of other machines are not needed: this is all. FUNCTION is
   what it refers to, and calls if CALL is defined. */
extern int variable;
extern int FUNCTION(int);
long write(int, const void *, unsigned long);
_Noreturn void _exit(int);

int (*volatile pointer)(int) = FUNCTION;

void _start(void) {
#ifdef CALL
  pointer(1);
#endif
  write(1, variable ? "data\n" : "zero\n", 5);
  _exit(0);
}
