// SPDX-License-Identifier: MIT
// Segments and buffers.
#include "memory/segment_allocator.hpp"
#include "runtime_fixture.hpp"

#include <algorithm>
#include <cstring>
#include <random>

namespace dotcompute::test {
namespace {

using memory::block;
using memory::segment_allocator;

TEST(segment_allocator, BlocksNeverOverlapAndAreZeroed) {
  segment_allocator memory("test", 1 << 30);
  std::mt19937 random(7);
  std::vector<std::pair<block, std::byte>> live;
  std::uint64_t bytes = 0;
  for (int i = 0; i < 3000; ++i) {
    if (live.empty() || random() % 3 != 0) {
      const std::size_t size = 1 + random() % (random() % 8 == 0 ? 2'000'000 : 20'000);
      const block b = memory.allocate(size);
      ASSERT_EQ(reinterpret_cast<std::uintptr_t>(b.address()) % segment_allocator::granule, 0u);
      ASSERT_TRUE(std::all_of(b.address(), b.address() + size, [](std::byte v) { return v == std::byte{0}; }));
      const std::byte mark{static_cast<unsigned char>(1 + random() % 255)};
      std::memset(b.address(), static_cast<int>(mark), size);
      live.emplace_back(b, mark);
      bytes += size;
    } else {
      const std::size_t victim = random() % live.size();
      const auto [b, mark] = live[victim];
      ASSERT_TRUE(std::all_of(b.address(), b.address() + b.bytes, [m = mark](std::byte v) { return v == m; }));
      bytes -= b.bytes;
      memory.release(b);
      live[victim] = live.back();
      live.pop_back();
    }
    ASSERT_EQ(memory.allocated_bytes(), bytes);
  }
  for (const auto& [b, mark] : live)
    memory.release(b);
  EXPECT_EQ(memory.allocated_bytes(), 0u);
}

TEST(segment_allocator, FreedNeighboursMerge) {
  segment_allocator memory("test", 1 << 30);
  std::vector<block> small;
  for (std::size_t i = 0; i < segment_allocator::shared_segment / segment_allocator::granule; ++i)
    small.push_back(memory.allocate(1));
  const auto home = small[0].home;
  for (const block& b : small)
    ASSERT_EQ(b.home, home) << "a segment is used up before the next one";
  for (std::size_t i = 0; i < small.size(); i += 2)
    memory.release(small[i]);
  for (std::size_t i = 1; i < small.size(); i += 2)
    memory.release(small[i]);
  const block whole = memory.allocate(segment_allocator::large - 1);
  EXPECT_EQ(whole.home, home);
  EXPECT_EQ(whole.offset, 0u);
}

TEST(segment_allocator, LimitIsKept) {
  segment_allocator memory("test", 10'000);
  const block b = memory.allocate(6'000);
  const error e = failure_of([&] { memory.allocate(6'000); });
  EXPECT_EQ(e.code(), error_code::out_of_device_memory);
  EXPECT_EQ(e.kind(), error_class::resource);
  EXPECT_NE(e.message().find("6000 of 10000"), std::string::npos) << e.what();
  memory.release(b);
  memory.release(memory.allocate(6'000));
}

class buffers : public runtime {};

TEST_F(buffers, CopyASpanAndStartZeroed) {
  const std::vector<int> in{1, 2, 3};
  EXPECT_EQ(buffer<int>(dev, in).to_vector(), in);
  EXPECT_EQ(buffer(dev, std::span(in)).to_vector(), in);
  EXPECT_EQ(buffer<int>(dev, 3).to_vector(), std::vector<int>(3));
}

TEST_F(buffers, SlicesShareMemory) {
  const buffer<int> whole(dev, std::vector<int>{0, 1, 2, 3, 4, 5});
  const buffer<int> middle = whole.slice(2, 3);
  EXPECT_EQ(middle.to_vector(), (std::vector<int>{2, 3, 4}));
  EXPECT_EQ(middle.slice(1, 1).to_vector(), std::vector<int>{3});
  middle.map()[0] = 20;
  EXPECT_EQ(whole.to_vector()[2], 20);
  for (const auto& [offset, count] : {std::pair{0, 7}, {6, 1}, {7, 0}, {3, 0}, {-1, 2}})
    EXPECT_EQ(failure_of([&, o = offset, c = count] {
                whole.slice(static_cast<std::size_t>(o), static_cast<std::size_t>(c));
              }).code(),
              error_code::invalid_range)
        << offset << " " << count;
}

TEST_F(buffers, HostSharedAreUsedInPlace) {
  auto x = buffer<float>::host_shared(dev, 4), y = buffer<float>::host_shared(dev, 4);
  x.span()[1] = 5;
  queue(dev).launch(kernels.kernel("scale"), 4, x, y, 2.0f).wait();
  EXPECT_EQ(y.span()[1], 10.0f);
  EXPECT_EQ(static_cast<void*>(x.span().data()), x.raw().host_address()) << "no copy";
  const buffer<float> local(dev, 4);
  EXPECT_EQ(failure_of([&] { local.span(); }).code(), error_code::invalid_argument);
}

TEST_F(buffers, SizesThatCannotBe) {
  EXPECT_EQ(failure_of([&] { buffer<int>(dev, 0); }).code(), error_code::invalid_size);
  EXPECT_EQ(failure_of([&] { buffer<int>(dev, std::vector<int>{}); }).code(), error_code::invalid_size);
  EXPECT_EQ(failure_of([&] { buffer<double>(dev, ~std::size_t{0} / 4); }).code(), error_code::invalid_size);
  const error e = failure_of([&] { buffer<double>(dev, std::size_t{1} << 50); });
  EXPECT_EQ(e.code(), error_code::out_of_device_memory);
  EXPECT_NE(e.message().find("largest_allocation_bytes"), std::string::npos);
  EXPECT_EQ(failure_of([] { buffer<int>().map(); }).code(), error_code::invalid_handle);
}

TEST_F(buffers, ManySmallOnesNeedFewFiles) {
  std::vector<buffer<int>> all;
  for (int i = 0; i < 5000; ++i)
    all.emplace_back(dev, std::vector<int>{i});
  for (int i = 0; i < 5000; ++i)
    ASSERT_EQ(all[static_cast<std::size_t>(i)].map()[0], i);
}

} // namespace
} // namespace dotcompute::test
