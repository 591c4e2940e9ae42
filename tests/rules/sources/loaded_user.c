/* Without arguments it shows data; with one it calls. */
#include <stdio.h>
#include <unistd.h>
extern int value;
extern const int constant;
extern _Thread_local int thread;
int call(int);
int main(int count, char **arguments) {
  if (count > 1)
    return call(1);
  printf("%d %d %d\n", value, constant, thread);
  value = 1;
  thread = 1;
  return value + thread - 2;
}
