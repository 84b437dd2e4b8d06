// SPDX-License-Identifier: MIT
#include "fake_device.hpp"

#include <list>
#include <string>
#include <unordered_map>
#include <vector>

namespace dotcompute::memory::test {
namespace {

class host_resources : public pools {
 protected:
  host_resources() { device->has_memory = true; }
};

TEST_F(host_resources, HoldContainers) {
  pool p(device, small_options());
  {
    std::pmr::vector<int> numbers(p.resource());
    for (int i = 0; i < 100'000; ++i)
      numbers.push_back(i);
    std::pmr::unsynchronized_pool_resource small(p.resource());
    std::pmr::unordered_map<int, std::pmr::string> names(&small);
    for (int i = 0; i < 1000; ++i)
      names.emplace(i, "a name that is longer than any small buffer " + std::to_string(i));
    EXPECT_EQ(numbers[99'999], 99'999);
    EXPECT_EQ(names.at(999).substr(0, 6), "a name");
    EXPECT_GT(p.statistics().host_shared_bytes, 400'000u);
  }
  EXPECT_EQ(p.statistics().live_blocks, 0u);
}

TEST_F(host_resources, KeepAlignments) {
  pool p(device, small_options());
  for (std::size_t alignment = 1; alignment <= granularity; alignment *= 2) {
    void* const a = p.resource()->allocate(10, alignment);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(a) % alignment, 0u);
    p.resource()->deallocate(a, 10, alignment);
  }
  void* const none = p.resource()->allocate(0);
  p.resource()->deallocate(none, 0);
  EXPECT_THROW((void)p.resource()->allocate(std::size_t{1} << 60), allocation_error);
}

TEST_F(host_resources, IgnoreForeignPointers) {
  pool p(device, small_options());
  int mine = 0;
  p.resource()->deallocate(&mine, sizeof mine);
  p.check();
}

} // namespace
} // namespace dotcompute::memory::test
