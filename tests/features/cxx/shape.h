#include <stdexcept>
#include <string>

struct Shape {
  virtual ~Shape();
  virtual int corners() const;
};

struct Square : Shape {
  int corners() const override;
};

struct BadShape : std::runtime_error {
  explicit BadShape(int corners) : std::runtime_error("bad: " + std::to_string(corners)) {}
  ~BadShape() override;
};

int corners_of(const Shape &);
bool is_square(const Shape &);
