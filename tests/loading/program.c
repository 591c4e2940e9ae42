/* Start-up objects of other machines are not needed: this is all. FUNCTION is
   what it refers to, and calls if CALL is defined; with DATA it refers to data,
   with THREAD to thread-local data. */
extern int variable;
extern __thread int thread_variable;
extern int FUNCTION(int);
long write(int, const void *, unsigned long);
_Noreturn void _exit(int);

int (*volatile pointer)(int) = FUNCTION;

void _start(void) {
#ifdef CALL
  pointer(1);
#endif
#if defined DATA
  int read = variable;
#elif defined THREAD
  int read = thread_variable;
#else
  int read = 0;
#endif
  write(1, read ? "data\n" : "zero\n", 5);
  _exit(0);
}
