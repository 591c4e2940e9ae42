#include <stdio.h>
#include <greet.h>

/* An interpreter: reads its script aloud. */
int main(int count, char **arguments) {
  char line[4096];
  FILE *script = count > 1 ? fopen(arguments[1], "r") : NULL;
  printf("%s reads:\n", greet());
  if (script)
    fgets(line, sizeof line, script);
  while (script && fgets(line, sizeof line, script))
    fputs(line, stdout);
  return 0;
}
