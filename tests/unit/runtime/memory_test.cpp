// SPDX-License-Identifier: MIT
// Buffers and the memory that they lie in.
#include "runtime_fixture.hpp"

#include <algorithm>
#include <cstring>
#include <thread>

namespace dotcompute::test {
namespace {

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

TEST_F(buffers, FreedMemoryIsUsedAgainAndZeroedAgain) {
  const std::byte* place = nullptr;
  for (int i = 0; i < 100; ++i) {
    const buffer<int> b(dev, 5000);
    if (i == 0) place = b.raw().host_address();
    EXPECT_EQ(b.raw().host_address(), place);
    ASSERT_EQ(b.to_vector(), std::vector<int>(5000)) << i;
    std::memset(b.raw().host_address(), 0xab, b.size_bytes());
  }
  const auto s = dev.memory().statistics();
  EXPECT_EQ(s.live_blocks, 0u);
  EXPECT_LE(s.driver_allocations, 2u) << "one segment, and one that the program's own buffers may need";
}

TEST_F(buffers, LargeOnesAreZeroedByTheDevice) {
  for (int i = 0; i < 3; ++i) {
    const buffer<int> b(dev, 3 << 20);
    const auto content = b.to_vector();
    ASSERT_TRUE(std::all_of(content.begin(), content.end(), [](int v) { return v == 0; }));
    std::memset(b.raw().host_address(), 1, b.size_bytes());
  }
}

TEST_F(buffers, OptionsAreKept) {
  allocation_options o;
  o.kind = buffer_kind::scratch;
  o.alignment = 1 << 16;
  o.tag = "tenant";
  const buffer<int> b(dev, 1000, o);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(b.raw().host_address()) % o.alignment, 0u);
  EXPECT_EQ(b.raw().kind(), buffer_kind::scratch);
  const auto tags = dev.memory().tags();
  ASSERT_EQ(tags.size(), 2u);
  EXPECT_EQ(tags[1].name, "tenant");
  EXPECT_EQ(tags[1].live_bytes, 4000u);
  o.alignment = 3;
  EXPECT_EQ(failure_of([&] { buffer<int>(dev, 1, o); }).code(), error_code::invalid_argument);
  dev.memory().set_budget("tenant", 5000);
  o.alignment = 16;
  EXPECT_EQ(failure_of([&] { buffer<int>(dev, 1000, o); }).code(), error_code::out_of_device_memory);
  o.tag = {};
  EXPECT_NO_THROW(buffer<int>(dev, 1000, o));
}

TEST_F(buffers, AreReleasedInTheOrderOfAQueue) {
  queue q(dev, {.name = "work"});
  buffer<float> x(dev, 1 << 16), kept(dev, 1 << 16);
  const buffer<float> other_handle = x;
  const std::byte* const place = x.raw().host_address();
  queue blocker(dev);
  q.launch(kernels.kernel("scale"), x.size(), kept, x, 2.0f);
  q.release(std::move(x));
  EXPECT_TRUE(x.empty());
  allocation_options o;
  o.first_used_on = &q;
  const buffer<float> y(dev, 1 << 16, o);
  EXPECT_EQ(y.raw().host_address(), place) << "on its own queue at once";
  q.finish();
  EXPECT_EQ(y.to_vector(), std::vector<float>(1 << 16)) << "zeroed in the queue's order";

  for (const error& e :
       {failure_of([&] { other_handle.map(); }), failure_of([&] { other_handle.slice(0, 1); }),
        failure_of([&] { q.launch(kernels.kernel("scale"), 1, other_handle, y, 1.0f); }),
        failure_of([&] { q.copy(other_handle, y); }), failure_of([&] { q.release(buffer<float>(other_handle)); })}) {
    EXPECT_EQ(e.code(), error_code::buffer_released) << e.what();
    EXPECT_NE(e.message().find("262144 bytes"), std::string::npos) << e.what();
    EXPECT_NE(e.message().find("memory_test.cpp:"), std::string::npos) << "where it was made: " << e.what();
  }
  const buffer<float> part = y.slice(0, 4);
  EXPECT_EQ(failure_of([&] { q.release(buffer<float>(part)); }).code(), error_code::invalid_argument);
}

TEST_F(buffers, ReleasedMemoryOfADoneQueueIsFreeForAll) {
  const auto before = dev.memory().statistics();
  queue q(dev);
  for (int i = 0; i < 200; ++i) {
    buffer<float> x(dev, 1 << 18), y(dev, 1 << 18);
    q.launch(kernels.kernel("scale"), x.size(), x, y, 2.0f);
    q.release(std::move(x));
    q.release(std::move(y));
    if (i % 10 == 9) q.finish();
  }
  q.finish();
  dev.memory().trim();
  const auto after = dev.memory().statistics();
  EXPECT_EQ(after.live_blocks, before.live_blocks);
  EXPECT_EQ(after.pending_free_bytes, 0u);
  EXPECT_EQ(after.queue_ordered_frees, 400u);
  EXPECT_LE(after.reserved_peak_bytes, 256u << 20) << "pending memory is taken back as the queue goes on";
}

TEST_F(buffers, QueuesThatEndLeaveNothingBehind) {
  for (int i = 0; i < 50; ++i) {
    queue q(dev);
    buffer<float> x(dev, 1000), y(dev, 1000);
    q.launch(kernels.kernel("scale"), x.size(), x, y, 2.0f);
    q.release(std::move(x));
  }
  // The last commands run on after their queues' handles are gone.
  for (int i = 0; i < 1000 && dev.memory().statistics().live_blocks != 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  dev.memory().trim();
  const auto s = dev.memory().statistics();
  EXPECT_EQ(s.live_blocks, 0u);
  EXPECT_EQ(s.reserved_bytes, 0u);
}

TEST_F(buffers, DeviceFiguresComeFromTheMachine) {
  const buffer<int> b(dev, 1000);
  // A busy machine may wake the asking thread too late, so it is asked until it answers.
  memory_statistics s;
  for (int i = 0; i < 200; ++i)
    if (s = dev.memory().statistics_async().get(); s.device && !s.device->is_stale) break;
  ASSERT_TRUE(s.device);
  EXPECT_FALSE(s.device->is_stale);
  ASSERT_TRUE(s.device->total_bytes);
  EXPECT_EQ(s.device->total_bytes, dev.properties().global_memory_bytes);
  EXPECT_LE(*s.device->free_bytes, *s.device->total_bytes);
  ASSERT_TRUE(s.tags);
}

TEST_F(buffers, AShortageWaitsForTheQueue) {
  dev.memory().trim();
  dev.memory().set_budget(64 << 20);
  const std::size_t elements = 14 << 20; // 56 MiB of floats
  queue q(dev);
  for (int i = 0; i < 3; ++i) {
    buffer<float> x(dev, elements);
    q.fill(x, 3.0f);
    q.fill(x, 4.0f);
    q.release(std::move(x));
    // Only what the queue still works on could make room.
    const buffer<float> y(dev, elements);
    const auto content = y.map();
    ASSERT_TRUE(std::all_of(content.begin(), content.end(), [](float v) { return v == 0; }));
  }
  q.finish();
}

class small_budget : public runtime {
 protected:
  small_budget()
      : runtime([] {
          open_options o;
          o.memory_budget = 64 << 20;
          return o;
        }()) {}
};

TEST_F(small_budget, IsKeptAndSpilled) {
  std::vector<buffer<char>> cache;
  for (int i = 0; i < 6; ++i)
    cache.emplace_back(dev, 10 << 20);
  const error e = failure_of([&] { buffer<char>(dev, 10 << 20); });
  EXPECT_EQ(e.code(), error_code::out_of_device_memory);
  EXPECT_EQ(e.kind(), error_class::resource);
  try {
    buffer<char>(dev, 10 << 20);
  } catch (const allocation_error& failure) {
    EXPECT_EQ(failure.cause(), allocation_failure::budget);
  }
  const auto spilling = dev.memory().on_pressure(0, [&](std::uint64_t) -> std::uint64_t {
    cache.pop_back();
    return 10 << 20;
  });
  EXPECT_NO_THROW(buffer<char>(dev, 10 << 20));
  EXPECT_EQ(cache.size(), 5u);
  std::pmr::vector<int> numbers(1000, 7, dev.memory().resource());
  EXPECT_EQ(numbers[999], 7);
}

} // namespace
} // namespace dotcompute::test
