#include <dlfcn.h>
#include <stdio.h>

extern int counter;
int count(void);

int main(int argc, char **argv) {
  count();
  void *plugin = argc == 2 ? dlopen(argv[1], RTLD_NOW) : 0;
  int (*use)(void) = plugin ? (int (*)(void))dlsym(plugin, "use") : 0;
  if (!use)
    return fprintf(stderr, "%s\n", dlerror()), 1;
  int used = use();
  printf("%d %d\n", used, counter);
}
