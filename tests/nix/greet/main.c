#include <greet.h>
#include <stdio.h>

int main(void) {
  greet_count(2);
  printf("%s (%d)\n", greet(), greet_total);
  return 0;
}
