// SPDX-License-Identifier: MIT
// The whole driver against the fake libcuda, with both kinds of timeline.
#include "cuda_fixture.hpp"

#include <fcntl.h>
#include <sys/mman.h>

#include <numeric>

namespace dotcompute::cuda::test {
namespace {

[[maybe_unused]] const int library = ::setenv("DOTCOMPUTE_LIBCUDA", FAKE_CUDA, 1);

class cuda_driver_test : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    ::setenv("DOTCOMPUTE_CUDA_TIMELINE", GetParam(), 1);
    control("clear");
    drivers::driver_options options;
    options.print = [this](std::string_view text) { printed_ += text; };
    device_ = open(0, options);
    stream_ = device_->create_stream({0, true});
    program_ = device_->load(image());
  }
  void TearDown() override {
    program_.reset();
    stream_.reset();
    device_.reset();
    expect_nothing_left();
  }
  std::unique_ptr<drivers::segment> segment(buffer_kind kind = buffer_kind::device_local) {
    return device_->create_segment(kind, 1 << 20);
  }

  std::string printed_;
  std::unique_ptr<drivers::driver> device_;
  std::unique_ptr<drivers::stream> stream_;
  std::shared_ptr<const drivers::loaded_program> program_;
};

TEST_P(cuda_driver_test, IsListedWithWhatTheDriverSays) {
  std::string why = "unchanged";
  const auto found = devices(why);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(why, "");
  EXPECT_EQ(found[0].id, "cuda:0");
  const capabilities& c = found[0].properties;
  EXPECT_EQ(c.backend, "cuda");
  EXPECT_EQ(c.target, known<std::string>("sm_90"));
  EXPECT_EQ(c.stable_id->rfind("GPU-", 0), 0u);
  EXPECT_EQ(c.stable_id->size(), 40u);
  EXPECT_EQ(c.simd_lanes, known<std::uint32_t>(32));
  EXPECT_TRUE(c.global_memory_bytes && c.compute_units && c.max_work_group_size && c.max_work_item_sizes);
  EXPECT_TRUE(c.pci_address);
  EXPECT_FALSE(c.cache_line_bytes); // the driver does not tell
  EXPECT_EQ(std::get<compiler::cuda_target>(device_->target()).architecture, 90u);
  EXPECT_EQ(device_->host(), nullptr);
}

TEST_P(cuda_driver_test, RunsFlatKernels) {
  const auto s = segment();
  const std::size_t n = 10'001;
  std::vector<float> x(n), y(n, 1);
  std::iota(x.begin(), x.end(), 0.0f);
  auto* const on_device = reinterpret_cast<float*>(s->address);
  copy(*stream_, 1, on_device, x.data(), 4 * n);
  copy(*stream_, 2, on_device + n, y.data(), 4 * n);
  const auto arguments = block(on_device + n, on_device, 2.0f);
  auto c = launch(*program_, axpy, arguments, n - 1);
  c.global_offset[0] = 1;
  stream_->submit(3, c);
  copy(*stream_, 4, y.data(), on_device + n, 4 * n);
  for (std::size_t i = 0; i < n; ++i)
    ASSERT_EQ(y[i], i == 0 ? 1.0f : 1.0f + 2 * static_cast<float>(i)) << i;
}

TEST_P(cuda_driver_test, ALaunchTakesTwoCallsOfTheDriver) {
  const auto s = segment();
  const auto plain = device_->create_stream({});
  const auto arguments = block(s->address);
  const auto c = launch(*program_, touch, arguments, 1);
  plain->submit(1, c);
  const std::uint64_t before = counts().calls;
  for (std::uint64_t number = 2; number <= 101; ++number)
    plain->submit(number, c);
  EXPECT_LE(counts().calls - before, 200u) << "the launch, and whether the context is current";
  plain->signal(101);
  EXPECT_TRUE(reach(*plain, 101));
}

TEST_P(cuda_driver_test, RunsEveryWorkItemOfThreeDimensionsOnce) {
  const auto s = segment();
  for (const std::array<std::uint64_t, 3> size :
       {std::array<std::uint64_t, 3>{7, 1, 1}, {33, 5, 1}, {3, 65, 2}, {1, 1, 100}, {40, 9, 5}}) {
    stream_->submit(stream_->reached() + 1, drivers::fill_command{s->address, 1 << 20, {}, 1});
    const auto arguments = block(s->address);
    auto c = launch(*program_, where, arguments, 1);
    c.global_size = size;
    c.dimensions = 3;
    stream_->submit(stream_->reached() + 2, c);
    std::vector<unsigned> out(size[0] * size[1] * size[2]);
    copy(*stream_, stream_->reached() + 3, out.data(), s->address, 4 * out.size());
    for (std::size_t z = 0, i = 0; z < size[2]; ++z)
      for (std::size_t y = 0; y < size[1]; ++y)
        for (std::size_t x = 0; x < size[0]; ++x, ++i)
          ASSERT_EQ(out[i], x + 1000 * y + 1000000 * z + 3);
  }
}

// What a stream knows of its last launch says nothing of another kernel, range, or program at the same place.
TEST_P(cuda_driver_test, LaunchesOfManyKindsTakeTurns) {
  const auto s = segment();
  constexpr std::size_t most = 2000;
  const std::vector<float> ones(most, 1.0f);
  auto* const x = reinterpret_cast<float*>(s->address);
  float* const y = x + most;
  copy(*stream_, 1, x, ones.data(), 4 * most);
  std::uint64_t number = 1;
  for (int turn = 0; turn < 3; ++turn) {
    for (const std::uint64_t n : {64u, 65u, 64u, 1000u})
      for (const std::uint64_t offset : {0u, 7u, 7u}) {
        stream_->submit(++number, drivers::fill_command{reinterpret_cast<std::byte*>(y), 8 * most, {}, 1});
        const auto adding = block(y, x, 3.0f), writing = block(y + most);
        auto add = launch(*program_, axpy, adding, n);
        add.global_offset[0] = offset;
        stream_->submit(++number, add);
        stream_->submit(++number, launch(*program_, where, writing, n));
        std::vector<float> sums(most);
        std::vector<unsigned> ids(most);
        copy(*stream_, ++number, sums.data(), y, 4 * most);
        copy(*stream_, ++number, ids.data(), y + most, 4 * most);
        for (std::uint64_t i = 0; i < most; ++i) {
          ASSERT_EQ(sums[i], i >= offset && i < offset + n ? 3.0f : 0.0f) << i << " of " << n << " from " << offset;
          ASSERT_EQ(ids[i], i < n ? i + 1 : 0u) << i << " of " << n;
        }
      }
    program_ = device_->load(image());
  }
}

TEST_P(cuda_driver_test, GivesThreadsSeveralWorkItemsWhereEnoughThreadsAreLeft) {
  const auto s = device_->create_segment(buffer_kind::device_local, 4 << 20);
  const std::uint64_t resident = 4 * 2048; // threads that the fake GPU has at a time
  for (const std::uint64_t groups :
       {std::uint64_t{1}, std::uint64_t{3}, std::uint64_t{190}, 3 * 2 * resident / 256, std::uint64_t{2000}}) {
    const std::uint64_t n = groups * 256 + 17, coarse = groups / 3 * 256 >= 2 * resident ? groups / 3 : 0;
    const std::uint64_t before = counts().blocks;
    stream_->submit(stream_->reached() + 1, drivers::fill_command{s->address, 4 << 20, {}, 1});
    const auto arguments = block(s->address);
    stream_->submit(stream_->reached() + 2, launch(*program_, several, arguments, n));
    std::vector<unsigned> out(n + 1);
    copy(*stream_, stream_->reached() + 3, out.data(), s->address, 4 * out.size());
    for (std::uint64_t i = 0; i < n; ++i)
      ASSERT_EQ(out[i], 1u) << i << " of " << n;
    EXPECT_EQ(out[n], 0u);
    EXPECT_EQ(counts().blocks - before, coarse + (groups - 3 * coarse) + 1) << n;
  }
}

TEST_P(cuda_driver_test, GivesWorkGroupsTheLocalMemoryThatTheyAskFor) {
  const auto s = segment();
  std::vector<unsigned> data(1024), expected;
  std::iota(data.begin(), data.end(), 0u);
  const std::uint64_t far = 150'000; // beyond what blocks have unless they ask
  copy(*stream_, 1, s->address, data.data(), 4096);
  const auto arguments = block(s->address, far);
  auto c = launch(*program_, reverse, arguments, 1024, 256);
  c.local_bytes = far + 1024;
  stream_->submit(2, c);
  copy(*stream_, 3, data.data(), s->address, 4096);
  for (unsigned i = 0; i < 1024; ++i)
    ASSERT_EQ(data[i], i / 256 * 256 + 255 - i % 256);
  c.local_bytes = *device_->properties().local_memory_bytes + 1;
  try {
    stream_->submit(4, c);
    FAIL() << "launched";
  } catch (const error& e) {
    EXPECT_EQ(e.code(), error_code::limit_exceeded);
    EXPECT_NE(std::string(e.what()).find("reverse"), std::string::npos) << e.what();
  }
  c.local_bytes = 1024;
  c.local_size[0] = 2048;
  EXPECT_THROW(stream_->submit(5, c), error);
  stream_->signal(6);
  EXPECT_TRUE(reach(*stream_, 6)); // refused commands leave the stream as it was
}

TEST_P(cuda_driver_test, CopiesBetweenAllKindsOfMemory) {
  const std::size_t bytes = (9 << 20) + 13; // several pieces of what is staged
  const auto a = device_->create_segment(buffer_kind::device_local, bytes),
             b = device_->create_segment(buffer_kind::scratch, bytes),
             pinned = device_->create_segment(buffer_kind::host_shared, bytes);
  std::vector<unsigned char> from(bytes), to(bytes);
  for (std::size_t i = 0; i < bytes; ++i)
    from[i] = static_cast<unsigned char>(i * 7 + i / 253);
  std::uint64_t n = 0;
  copy(*stream_, ++n, a->address, from.data(), bytes);     // staged
  copy(*stream_, ++n, b->address, a->address, bytes);      // on the device
  copy(*stream_, ++n, pinned->address, b->address, bytes); // to pinned memory
  ASSERT_EQ(std::memcmp(pinned->address, from.data(), bytes), 0);
  std::memset(pinned->address, 1, 1000);
  copy(*stream_, ++n, a->address, pinned->address, bytes);   // from pinned memory
  copy(*stream_, ++n, to.data(), a->address + 3, bytes - 3); // staged
  std::memset(from.data(), 1, 1000);
  ASSERT_EQ(std::memcmp(to.data(), from.data() + 3, bytes - 3), 0);
  copy(*stream_, ++n, to.data(), pinned->address, bytes); // on the host alone
  ASSERT_EQ(to, from);
}

TEST_P(cuda_driver_test, SmallWritesGoWithoutWaiting) {
  const auto s = segment();
  std::vector<unsigned> expected(20'000);
  for (unsigned i = 0; i < 20'000; ++i) {
    unsigned value = expected[i] = i * 3;
    const drivers::copy_command c{s->address + 4 * i, &value, 4};
    if (!stream_->submit(i + 1, c)) {
      stream_->signal(i);
      ASSERT_TRUE(stream_->transfer(c, never));
    }
    value = 0; // it was taken already
    stream_->signal(i + 1);
  }
  std::vector<unsigned> out(20'000);
  copy(*stream_, 20'001, out.data(), s->address, 80'000);
  EXPECT_EQ(out, expected);
}

TEST_P(cuda_driver_test, FillsWithPatternsOfAnySize) {
  const auto s = segment();
  std::uint64_t number = 0;
  for (const std::uint32_t size : {1u, 2u, 3u, 4u, 6u, 8u, 12u, 16u, 31u, 64u, 128u})
    for (const std::uint64_t count : {1ull, 2ull, 5ull, 4099ull})
      for (const std::uint64_t offset : {0ull, 1ull, 2ull}) {
        drivers::fill_command c{s->address + 64 + offset, count * size, {}, size};
        for (std::uint32_t i = 0; i < size; ++i)
          c.pattern[i] = static_cast<std::byte>(i + 1);
        stream_->submit(++number, drivers::fill_command{s->address, 1 << 20, {}, 1});
        stream_->submit(++number, c);
        std::vector<unsigned char> out(c.bytes + 128);
        copy(*stream_, ++number, out.data(), s->address + offset, out.size());
        for (std::size_t i = 0; i < out.size(); ++i)
          ASSERT_EQ(out[i], i < 64 || i >= 64 + c.bytes ? 0 : (i - 64) % size + 1) << size << " " << count << " " << i;
      }
  drivers::fill_command same{s->address, 4096, {}, 16}; // a period shorter than the pattern
  same.pattern.fill(std::byte{9});
  const auto before = counts().calls;
  stream_->submit(++number, same);
  EXPECT_LE(counts().calls - before, 8u);
  stream_->signal(number);
  EXPECT_TRUE(reach(*stream_, number));
}

TEST_P(cuda_driver_test, SegmentsAreZeroedFilesThatOutliveTheDriver) {
  auto s = device_->create_segment(buffer_kind::device_local, 3 << 20);
  EXPECT_EQ(s->bytes % device_->segment_granularity(), 0u);
  EXPECT_GE(s->bytes, 3u << 20);
  EXPECT_GE(s->file, 0);
  EXPECT_NE(::fcntl(s->file, F_GETFD) & FD_CLOEXEC, 0);
  std::vector<unsigned char> out(3 << 20, 1);
  copy(*stream_, 1, out.data(), s->address, out.size());
  EXPECT_EQ(std::count(out.begin(), out.end(), 0), static_cast<std::ptrdiff_t>(out.size()));
  auto pinned = segment(buffer_kind::host_shared);
  pinned->address[0] = std::byte{1};
  const auto query = device_->memory_query();
  program_.reset();
  stream_.reset();
  device_.reset();
  const auto usage = query();
  EXPECT_TRUE(usage.total_bytes && usage.free_bytes && *usage.free_bytes < *usage.total_bytes);
  s.reset();
  pinned.reset();
  // TearDown would find the context, which the query still holds.
}

TEST_P(cuda_driver_test, MoreMemoryThanThereIsIsAResourceError) {
  const std::uint64_t total = *device_->properties().global_memory_bytes;
  try {
    device_->create_segment(buffer_kind::device_local, 2 * total);
    FAIL() << "allocated";
  } catch (const error& e) {
    EXPECT_EQ(e.code(), error_code::out_of_device_memory);
    EXPECT_EQ(e.kind(), error_class::resource);
  }
  const auto usage = device_->memory_query()();
  EXPECT_EQ(usage.total_bytes, known<std::uint64_t>(total));
  EXPECT_TRUE(segment());
}

TEST_P(cuda_driver_test, StreamsWaitForOneAnotherOnTheDevice) {
  const auto s = segment(), flag = segment();
  const auto other = device_->create_stream({-1000, false});
  const auto third = device_->create_stream({1000, false});
  const auto arguments = block(flag->address);
  stream_->submit(1, launch(*program_, endless, arguments, 1));
  stream_->signal(1);
  ASSERT_TRUE(other->wait_for(*stream_, 1));
  const drivers::fill_command fill{s->address, 4096, {std::byte{5}}, 1};
  other->submit(1, fill);
  other->signal(1);
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  EXPECT_EQ(stream_->reached(), 0u);
  EXPECT_EQ(other->reached(), 0u);
  third->submit(1, drivers::fill_command{flag->address, 4, {std::byte{1}}, 1});
  third->signal(1);
  ASSERT_TRUE(reach(*third, 1));
  ASSERT_TRUE(reach(*other, 1));
  EXPECT_EQ(stream_->reached(), 1u);
  EXPECT_TRUE(third->wait_for(*stream_, 1)); // reached long ago
}

TEST_P(cuda_driver_test, ATransferThatIsAbandonedReturns) {
  const auto s = segment(), flag = segment();
  const auto arguments = block(flag->address);
  stream_->submit(1, launch(*program_, endless, arguments, 1));
  std::vector<std::byte> out(1 << 20);
  const auto began = std::chrono::steady_clock::now();
  EXPECT_FALSE(stream_->transfer({out.data(), s->address, out.size()}, [&] {
    return std::chrono::steady_clock::now() - began > std::chrono::milliseconds(20);
  }));
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(2));
  const auto other = device_->create_stream({});
  other->submit(1, drivers::fill_command{flag->address, 4, {std::byte{1}}, 1});
  EXPECT_TRUE(stream_->transfer({out.data(), s->address, out.size()}, never));
}

TEST_P(cuda_driver_test, TimesAreThoseOfTheHostsClock) {
  const auto s = segment();
  const std::int64_t slack = 3'000'000; // nanoseconds; as wide as the clocks' comparison may be
  std::uint64_t number = 0;
  known<event_times> last, earlier;
  // On a machine whose threads do not get to run, the clocks cannot be compared, and times stay unknown.
  for (const auto deadline = deadline_after(std::chrono::seconds(20));
       !(last && earlier) && std::chrono::steady_clock::now() < deadline;) {
    const std::int64_t before = now_nanoseconds();
    for (unsigned i = 0; i < 1100; ++i)
      stream_->submit(++number, drivers::fill_command{s->address, 4096, {}, 1});
    stream_->signal(number);
    ASSERT_TRUE(reach(*stream_, number));
    const std::int64_t after = now_nanoseconds();
    last = stream_->times(number);
    earlier = stream_->times(number - 1);
    if (!last || !earlier) continue;
    EXPECT_GE(last->started, before - slack);
    EXPECT_LE(last->finished, after + slack);
    EXPECT_LE(last->started, last->finished);
    EXPECT_LE(earlier->started, last->finished);
  }
  EXPECT_TRUE(last && earlier);
  EXPECT_FALSE(stream_->times(1)); // its place was taken
  EXPECT_FALSE(stream_->times(number + 5000));
  EXPECT_FALSE(device_->create_stream({})->times(1));
}

TEST_P(cuda_driver_test, PrintsInTheOrderOfTheLaunches) {
  std::string expected;
  for (int i = 0; i < 50; ++i) {
    const auto arguments = block(10 * i);
    stream_->submit(static_cast<std::uint64_t>(i) + 1, launch(*program_, tell, arguments, 1));
    expected += std::to_string(10 * i) + "\n";
  }
  stream_->signal(50);
  ASSERT_TRUE(reach(*stream_, 50));
  stream_->collect();
  EXPECT_EQ(printed_, expected);
  const auto arguments = block(5);
  stream_->submit(51, launch(*program_, tell, arguments, 1));
  stream_.reset(); // what was not collected is handed on now
  EXPECT_EQ(printed_, expected + "5\n");
}

TEST_P(cuda_driver_test, RefusesProgramsThatAreNone) {
  auto damaged = image();
  std::vector<std::byte> nonsense(4096, std::byte{1});
  damaged.binary = nonsense;
  try {
    device_->load(damaged);
    FAIL() << "loaded";
  } catch (const error& e) {
    EXPECT_EQ(e.code(), error_code::invalid_binary);
    EXPECT_NE(std::string(e.what()).find("kernels.cl"), std::string::npos) << e.what();
  }
  auto missing = image();
  missing.kernels[0].symbol = "nowhere";
  EXPECT_THROW(device_->load(missing), error);
  EXPECT_EQ(counts().modules, 1u);
  drivers::program_image empty{"empty.cl", {}, {}, {}};
  EXPECT_TRUE(device_->load(empty));
  const std::uint32_t preferred = device_->preferred_work_group_size(*program_, reverse);
  EXPECT_GE(preferred, 32u);
  EXPECT_LE(preferred, 256u);
}

TEST_P(cuda_driver_test, LeavesOtherContextsCurrent) {
  fake_cuda::handle own = 0, seen = 0;
  ASSERT_EQ(cuDevicePrimaryCtxRetain(&own, 0), 0);
  ASSERT_EQ(cuCtxSetCurrent(0), 0);
  stream_->check();
  ASSERT_EQ(cuDevicePrimaryCtxRelease_v2(0), 0);
  (void)seen;
  std::thread([this] {
    const auto s = segment(); // a thread that never had a context
    copy(*stream_, 1, s->address, "abc", 4);
  }).join();
}

INSTANTIATE_TEST_SUITE_P(timelines, cuda_driver_test, testing::Values("memory", "events"),
                         [](const auto& kind) { return std::string(kind.param); });

} // namespace
} // namespace dotcompute::cuda::test
