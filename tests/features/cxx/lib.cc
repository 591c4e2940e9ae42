// Exceptions, virtual functions and types cross between library and program.
//# build: g++ -shared -fPIC -O1 $S/lib.cc -Wl,-soname,libx.so -o libx.so
//# expect-library: symbol _ZTV5Shape OBJECT
//# expect-library: symbol _ZTI5Shape OBJECT
//# expect-library: symbol _ZTI8BadShape OBJECT

#include "shape.h"

Shape::~Shape() {}
int Shape::corners() const { return 0; }
BadShape::~BadShape() {}

int corners_of(const Shape &shape) {
  if (shape.corners() < 3)
    throw BadShape(shape.corners());
  return shape.corners();
}

bool is_square(const Shape &shape) { return dynamic_cast<const Square *>(&shape); }

int Square::corners() const { return 4; }
