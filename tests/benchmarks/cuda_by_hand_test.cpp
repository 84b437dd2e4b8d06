// SPDX-License-Identifier: MIT
// What dotcompute is measured against must itself be right.
#include "cuda/cuda_side.hpp"
#include "workload.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace dotcompute::benchmark {
namespace {

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const auto& entry : all_workloads())
    all.push_back(entry.name);
  return all;
}

workload make(const std::string& name) {
  for (const auto& entry : all_workloads())
    if (entry.name == name) return entry.make({.quick = true, .gpu = true, .compute_units = 4});
  throw std::invalid_argument(name);
}

/// Null where there is no GPU; but what the environment names must be usable.
std::unique_ptr<cuda_side> open_side(std::string& reason) {
  auto opened = open_cuda(0, reason);
  if (!opened && std::getenv("DOTCOMPUTE_LIBCUDA")) ADD_FAILURE() << reason;
  return opened;
}

class CudaByHand : public testing::TestWithParam<std::string> {};

TEST_P(CudaByHand, GivesTheRightResult) {
  std::string reason;
  const auto side = open_side(reason);
  if (!side) GTEST_SKIP() << reason;
  const auto w = make(GetParam());
  const auto kernel = w.on_side(*side);
  kernel.run();
  EXPECT_EQ(kernel.check(), "");
  if (!w.on_cuda_copy) return;
  const auto copy = w.on_cuda_copy(*side);
  copy.run();
  EXPECT_EQ(copy.check(), "");
}

INSTANTIATE_TEST_SUITE_P(Workloads, CudaByHand, testing::ValuesIn(names()), [](const auto& i) { return i.param; });

TEST(CudaByHand, AWrongKernelIsSaidWithItsLog) {
  std::string reason;
  const auto side = open_side(reason);
  if (!side) GTEST_SKIP() << reason;
  const kernel_source wrong{"", "extern \"C\" __global__ void k(float* x) { x[0] = undeclared_name; }"};
  try {
    side->build(wrong, "");
    FAIL() << "it compiled";
  } catch (const std::exception& e) {
    EXPECT_NE(std::string(e.what()).find("undeclared_name"), std::string::npos) << e.what();
  }
}

} // namespace
} // namespace dotcompute::benchmark
