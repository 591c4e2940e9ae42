extern "C" {
#include <chorus.h>
}
#include <iostream>
#include <stdexcept>

int main() {
  std::cout << chorus(1) << std::endl;
  try {
    throw std::runtime_error("thrown");
  } catch (const std::exception &error) {
    std::cout << "C++: " << error.what() << std::endl;
  }
}
