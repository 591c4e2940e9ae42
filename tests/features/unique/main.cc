//# link: libx.so
//# expect: copy single
//# expect: symbol _ZN5Count5valueE UNIQUE
//# expect[gold]: symbol single UNIQUE
//# output: 1 2 3 7

#include <cstdio>

#include "count.h"

int main() {
  int first = count();
  int second = ++Count::value;
  std::printf("%d %d %d %d\n", first, second, count(), single);
}
