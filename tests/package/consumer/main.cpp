// SPDX-License-Identifier: MIT
// consumer embedded EXPECTED: kernels that were compiled with the program; EXPECTED is what scale.cl makes of 5.
// consumer source: a kernel that is compiled now, for which the installed compiler process must be found.
#include "sums.hpp"

#include <cstring>
#include <iostream>

namespace {

int scaled(const dotcompute::device& device, const dotcompute::program& program) {
  dotcompute::queue queue(device);
  dotcompute::buffer<int> x(device, std::vector<int>(100, 5));
  queue.launch(program.kernel("scale"), 100, x).wait();
  std::vector<int> result(100);
  queue.read(x, result).wait();
  for (int value : result) {
    if (value != result[0]) return -1;
  }
  return result[0];
}

int run_embedded(const dotcompute::device& device, int expected) {
  if (const int found = scaled(device, dotcompute::program::from_embedded(device, "scale by three.cl"));
      found != expected) {
    std::cerr << "scale.cl gave " << found << ", expected " << expected << "\n";
    return 1;
  }
  // 64 was compiled for; 32 runs through the code for any local size.
  for (const std::size_t group : {64, 32}) {
    const std::vector<int> sums = sums_of_groups(device, 1024, group);
    for (std::size_t g = 0; g < sums.size(); ++g) {
      const auto want = static_cast<int>(group * (2 * g * group + group - 1) / 2);
      if (sums[g] == want) continue;
      std::cerr << "group " << g << " of " << group << " gave " << sums[g] << ", expected " << want << "\n";
      return 1;
    }
  }
  return 0;
}

int run_source(const dotcompute::device& device) {
  const auto program =
      dotcompute::program::compile(device, "kernel void scale(global int* x) { x[get_global_id(0)] *= 7; }");
  const int found = scaled(device, program);
  if (found == 35) return 0;
  std::cerr << "5 * 7 gave " << found << "\n";
  return 1;
}

} // namespace

int main(int argc, char** argv) {
  try {
    const auto device = dotcompute::device::open("cpu");
    if (argc == 3 && std::strcmp(argv[1], "embedded") == 0) return run_embedded(device, std::stoi(argv[2]));
    if (argc == 2 && std::strcmp(argv[1], "source") == 0) return run_source(device);
    std::cerr << "usage: consumer embedded EXPECTED | source\n";
  } catch (const std::exception& e) {
    std::cerr << e.what() << "\n";
  }
  return 2;
}
