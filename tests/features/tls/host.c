// Loads what is named and calls `use` of it.
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv) {
  void *plugin = argc == 2 ? dlopen(argv[1], RTLD_NOW) : 0;
  int (*use)(void) = plugin ? (int (*)(void))dlsym(plugin, "use") : 0;
  if (!use)
    return fprintf(stderr, "%s\n", dlerror()), 1;
  printf("%d\n", use());
}
