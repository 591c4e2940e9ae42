// Classes of the program derive from those of the library, and a virtual table
// of the library is used in the program.
//# link: libx.so
//# expect: import _Z10corners_ofRK5Shape
//# expect: copy _ZTV5Shape
//# expect[bfd]: symbol _ZTV5Shape WEAK .data.rel.ro
//# expect[pie]: import _ZTI8BadShape
//# expect[no-pie]: copy _ZTI8BadShape
//# output: 5 4 0 0 1
//# output: bad: 2
//# output: 1

#include <cstdio>
#include <typeinfo>

#include "shape.h"

namespace {
struct Pentagon : Shape {
  int corners() const override { return 5; }
};
struct Line : Shape {
  int corners() const override { return 2; }
};
}

int main() {
  Pentagon pentagon;
  Square square;
  Shape shape;
  const Shape &some = square;
  std::printf("%d %d %d %d %d\n", corners_of(pentagon), corners_of(square), shape.corners(),
              is_square(pentagon), is_square(square));
  try {
    corners_of(Line());
  } catch (const BadShape &bad) {
    std::puts(bad.what());
  }
  std::printf("%d\n", typeid(some) == typeid(Square));
}
