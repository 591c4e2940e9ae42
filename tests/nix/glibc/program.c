/* A little of everything that the C library has a special case for. */
#include <dlfcn.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

extern char **environ;         /* data, with aliases */
static void at_exit(void) {}   /* atexit: libc_nonshared.a */

static void *thread(void *data) {
  *(double *)data = pow(*(double *)data, 0.5); /* libm, several versions */
  return NULL;
}

int main(int argc, char **argv) {
  double number = 4.0 * argc;
  pthread_t id;
  struct stat status;
  struct timespec now;
  (void)argv;
  atexit(at_exit);
  setlocale(LC_ALL, "C");
  if (pthread_create(&id, NULL, thread, &number) || pthread_join(id, NULL))
    return 1;
  if (stat("/", &status) || clock_gettime(CLOCK_MONOTONIC, &now))
    return 2;
  if (!dlsym(RTLD_DEFAULT, "malloc"))
    return 3;
  errno = 0; /* TLS of the C library */
  fprintf(stdout, "C: %.1f %.3f %s\n", number, exp(number) + log(number), environ ? strerror(errno) : "");
  return fflush(stdout);
}
