#include <dlfcn.h>
#include <stdio.h>
int main(int count, char **arguments) {
  void *library = dlopen(arguments[1], RTLD_NOW);
  if (!library) {
    puts(dlerror());
    return 1;
  }
  int *value = dlsym(library, "value");
  int (*call)(int) = (int (*)(int))dlsym(library, "call");
  printf("%d %d\n", value && *value == 0, call != 0);
  fflush(stdout);
  return count > 2 ? call(1) : 0;
}
