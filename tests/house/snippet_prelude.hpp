// SPDX-License-Identifier: MIT
// What statements in the documents may rely on.
#include <dotcompute/dotcompute.hpp>

#include <cmath>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#define prelude_objects                                                                                                \
  [[maybe_unused]] const std::string source = "kernel void scale(global const float* x, global float* y, float a) {"   \
                                              "  size_t i = get_global_id(0); y[i] = a * x[i]; }";                     \
  [[maybe_unused]] std::size_t n = 1 << 16;                                                                            \
  std::vector<float> input(n, 1.0f);                                                                                   \
  auto device = dotcompute::device::open();                                                                            \
  dotcompute::queue queue(device);                                                                                     \
  auto program = dotcompute::program::compile(device, source);                                                         \
  auto kernel = program.kernel("scale");                                                                               \
  dotcompute::buffer<float> x(device, input), y(device, n);
