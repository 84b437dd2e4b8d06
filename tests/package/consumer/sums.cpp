// SPDX-License-Identifier: MIT
#include "sums.hpp"

#include <numeric>

std::vector<int> sums_of_groups(const dotcompute::device& device, std::size_t count, std::size_t group) {
  dotcompute::queue queue(device);
  const auto kernel = dotcompute::program::from_embedded(device, "sums.cl").kernel("group_sums");
  std::vector<int> numbers(count), sums(count / group);
  std::iota(numbers.begin(), numbers.end(), 0);
  dotcompute::buffer<int> values(device, numbers), results(device, sums.size());
  queue
      .launch(kernel, dotcompute::nd_range(count).local({group}), values, results,
              dotcompute::local_memory{group * sizeof(int)})
      .wait();
  queue.read(results, sums).wait();
  return sums;
}
