// SPDX-License-Identifier: MIT
#include "drivers/cuda/launch_grid.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace dotcompute::cuda {
namespace {

using shape = std::array<std::uint32_t, 3>;

TEST(block_shape, RowsForOneDimension) {
  EXPECT_EQ(block_shape({1 << 20, 1, 1}, 256, 32), (shape{256, 1, 1}));
  EXPECT_EQ(block_shape({1 << 20, 1, 1}, 200, 32), (shape{128, 1, 1}));
  EXPECT_EQ(block_shape({100, 1, 1}, 256, 32), (shape{128, 1, 1}));
}

TEST(block_shape, TilesForMoreDimensions) {
  EXPECT_EQ(block_shape({4096, 4096, 1}, 256, 32), (shape{32, 8, 1}));
  EXPECT_EQ(block_shape({4096, 4096, 64}, 256, 32), (shape{32, 8, 1}));
  EXPECT_EQ(block_shape({4096, 2, 1}, 256, 32), (shape{128, 2, 1}));
  EXPECT_EQ(block_shape({1, 1, 4096}, 256, 32)[2], 64u);
}

TEST(block_shape, KeepsItsLimitsForAnyRange) {
  const std::uint64_t sizes[] = {1, 2, 3, 5, 8, 31, 32, 33, 63, 100, 255, 256, 257, 1000, 1024, 5000, 1ull << 40};
  for (const auto x : sizes)
    for (const auto y : sizes)
      for (const auto z : sizes)
        for (const std::uint32_t most : {1u, 2u, 31u, 32u, 64u, 96u, 256u, 1000u, 1024u, 4096u}) {
          const shape b = block_shape({x, y, z}, most, 32);
          const std::uint32_t threads = b[0] * b[1] * b[2];
          ASSERT_GE(std::min({b[0], b[1], b[2]}), 1u);
          ASSERT_LE(threads, std::min(most, 1024u));
          ASSERT_LE(b[2], 64u);
          if (most >= 32) {
            ASSERT_EQ(threads % 32, 0u) << x << " " << y << " " << z << " " << most;
          }
        }
}

TEST(coarse_blocks, AsManyAsWholeGroupsGive) {
  EXPECT_EQ(coarse_blocks(1 << 20, 4, 256, 2048), 1u << 18);
  EXPECT_EQ(coarse_blocks((1 << 20) + 3, 4, 256, 2048), 1u << 18);
  EXPECT_EQ(coarse_blocks((1 << 20) - 1, 4, 256, 2048), (1u << 18) - 1);
  EXPECT_EQ(coarse_blocks(1 << 20, 1, 256, 2048), 0u) << "the kernel knows only one";
}

TEST(coarse_blocks, NoneWhereThreadsWouldBeFew) {
  EXPECT_EQ(coarse_blocks(4 * 16, 4, 256, 2048), 16u);
  EXPECT_EQ(coarse_blocks(4 * 16 - 1, 4, 256, 2048), 0u);
  EXPECT_EQ(coarse_blocks(4, 4, 256 * 16.0, 2048), 1u) << "of many blocks with the same x";
  EXPECT_EQ(coarse_blocks(3, 4, 0x1p80, 2048), 0u);
}

/// Every group of the grid exactly once.
void expect_cover(const extent& groups, const extent& largest) {
  std::vector<int> seen(groups[0] * groups[1] * groups[2]);
  for (grid_slices s(groups, largest); !s.is_done(); s.advance()) {
    const auto& [offset, size] = s.current();
    for (unsigned d = 0; d < 3; ++d) {
      ASSERT_GE(size[d], 1u);
      ASSERT_LE(size[d], largest[d]);
      ASSERT_LE(offset[d] + size[d], groups[d]);
    }
    for (std::uint64_t z = offset[2]; z < offset[2] + size[2]; ++z)
      for (std::uint64_t y = offset[1]; y < offset[1] + size[1]; ++y)
        for (std::uint64_t x = offset[0]; x < offset[0] + size[0]; ++x)
          ++seen[(z * groups[1] + y) * groups[0] + x];
  }
  EXPECT_EQ(std::count(seen.begin(), seen.end(), 1), static_cast<std::ptrdiff_t>(seen.size()));
}

TEST(grid_slices, CoverTheGridOnce) {
  expect_cover({1, 1, 1}, largest_grid);
  expect_cover({7, 5, 3}, {7, 5, 3});
  expect_cover({7, 5, 3}, {3, 2, 2});
  expect_cover({8, 4, 2}, {4, 4, 1});
  expect_cover({9, 1, 11}, {1, 1, 1});
}

TEST(grid_slices, CutOnlyWhatIsTooLarge) {
  grid_slices one({0x7fffffff, 0xffff, 0xffff});
  EXPECT_EQ(one.current().groups, (shape{0x7fffffff, 0xffff, 0xffff}));
  one.advance();
  EXPECT_TRUE(one.is_done());
  grid_slices two({0xffffffff, 1, 0x10000});
  std::vector<shape> offsets;
  for (; !two.is_done(); two.advance())
    offsets.push_back(two.current().offset);
  EXPECT_EQ(offsets, (std::vector<shape>{{0, 0, 0},
                                         {0x7fffffff, 0, 0},
                                         {0xfffffffe, 0, 0},
                                         {0, 0, 0xffff},
                                         {0x7fffffff, 0, 0xffff},
                                         {0xfffffffe, 0, 0xffff}}));
}

} // namespace
} // namespace dotcompute::cuda
