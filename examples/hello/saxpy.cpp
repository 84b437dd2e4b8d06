// SPDX-License-Identifier: MIT
// The smallest whole program: y = a x + y on whatever device there is.
#include <dotcompute/dotcompute.hpp>
#include <iostream>

int main() {
  auto device = dotcompute::device::open();
  dotcompute::queue queue(device);
  auto program = dotcompute::program::compile(device, R"(
    kernel void saxpy(float a, global const float* x, global float* y) {
      size_t i = get_global_id(0);
      y[i] = a * x[i] + y[i];
    })");
  dotcompute::buffer<float> x(device, std::vector<float>(1000, 2.0f)), y(device, std::vector<float>(1000, 1.0f));
  queue.launch(program.kernel("saxpy"), 1000, 3.0f, x, y).wait();
  std::cout << "3 * 2 + 1 = " << y.map()[999] << " on " << device.id() << "\n";
}
