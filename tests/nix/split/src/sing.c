#include <chorus.h>
#include <stdio.h>
#include <string.h>

/* Says what it is told, and on which files it runs. */
int main(void) {
  char line[4096];
  FILE *maps = fopen("/proc/self/maps", "r");
  const char *words = chorus(2);
  printf("%s (%d)\n", words, greet_total);
  while (maps && fgets(line, sizeof line, maps)) {
    char *path = strchr(line, '/');
    if (path && strstr(line, "r-xp"))
      fputs(path, stdout);
  }
  return 0;
}
