// SPDX-License-Identifier: MIT
// Built by the compiler alone, with what pkg-config says.
#include <dotcompute/dotcompute.hpp>

#include <iostream>

int main() {
  try {
    const auto device = dotcompute::device::open("cpu");
    dotcompute::queue queue(device);
    const auto program =
        dotcompute::program::compile(device, "kernel void twice(global int* x) { x[get_global_id(0)] *= 2; }");
    dotcompute::buffer<int> x(device, std::vector<int>(10, 21));
    queue.launch(program.kernel("twice"), 10, x).wait();
    std::vector<int> result(10);
    queue.read(x, result).wait();
    return result[9] == 42 ? 0 : 1;
  } catch (const std::exception& e) {
    std::cerr << e.what() << "\n";
    return 2;
  }
}
