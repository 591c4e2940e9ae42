#include <cmath>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>

int main() {
  std::string text;
  std::thread([&] { text = std::to_string(std::lround(std::cbrt(27.0))); }).join();
  try {
    throw std::runtime_error("thrown");
  } catch (const std::exception &caught) {
    text += std::string(" ") + caught.what();
  }
  std::cout << "C++: " << text << " " << std::filesystem::exists("/") << std::endl;
}
