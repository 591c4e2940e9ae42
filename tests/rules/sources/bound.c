/* What a program is bound to, by the name of a macro. */
#include <dlfcn.h>
extern int value;
extern const int constant;
extern _Thread_local int thread;
int call(int);
#if defined VALUE
int read_it(void) { return value; }
#elif defined CONSTANT
static const int *const volatile pointer = &constant;
int read_it(void) { return *pointer; }
#elif defined THREAD
int read_it(void) { return thread; }
#elif defined FUNCTION
static int (*const volatile pointer)(int) = call;
int read_it(void) { return pointer == 0; }
#elif defined CALL
int read_it(void) { return call(1); }
#elif defined OWN
/* Stands before the library's in every search. */
int value = 0;
int read_it(void) { return value; }
#elif defined THROUGH_LIBRARY
int read_it(void);
#elif defined THROUGH_DLOPEN
int read_it(void) { return dlopen("libuser.so", RTLD_NOW) == 0; }
#else
int read_it(void) { return 0; }
#endif
#ifndef LIBRARY
int main(void) { return read_it(); }
#endif
