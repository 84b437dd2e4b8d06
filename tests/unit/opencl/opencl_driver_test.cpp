// SPDX-License-Identifier: MIT
// The driver on PoCL, for each way in which a device may share memory.
#include "opencl_fixture.hpp"
#include "support/clock.hpp"

#include <algorithm>
#include <numeric>

namespace dotcompute::opencl::test {
namespace {

class opencl_driver_test : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    use_failing_loader();
    before_ = held();
    ::setenv("DOTCOMPUTE_OPENCL_MEMORY", GetParam(), 1);
    if (!has_device()) GTEST_SKIP() << "there is no OpenCL device";
    device_ = open(0, {});
    stream_ = device_->create_stream({0, true});
  }
  void TearDown() override {
    if (!device_) return;
    program_.reset();
    stream_.reset();
    device_.reset();
    if (is_lost_) return;
    EXPECT_EQ(held(), before_);
  }

  static std::uint64_t held() {
    const failingOpenCLCount c = failingOpenCLCounts();
    return c.contexts + c.queues + c.programs + c.kernels + c.events + c.memory;
  }

  void load() { program_ = device_->load(text_.image); }
  bool has_objects() const { return std::string(GetParam()) == "objects"; }
  bool is_unified() const { return std::string(GetParam()) != "coarse" && !has_objects(); }
  /// What fills the device's memory.
  const char* fill_function() const { return has_objects() ? "clEnqueueFillBuffer" : "clEnqueueSVMMemFill"; }

  const own_cache cache_;
  const compiled text_;
  std::unique_ptr<drivers::driver> device_;
  std::unique_ptr<drivers::stream> stream_;
  std::shared_ptr<const drivers::loaded_program> program_;
  bool is_lost_ = false; ///< what it held stays with it
  std::uint64_t before_ = 0;
};

TEST_P(opencl_driver_test, SaysWhatItIs) {
  const capabilities& c = device_->properties();
  EXPECT_EQ(c.backend, "opencl");
  EXPECT_TRUE(c.name && c.vendor && c.compute_units && c.global_memory_bytes);
  ASSERT_TRUE(c.driver);
  EXPECT_NE(c.driver->find("OpenCL"), std::string::npos) << *c.driver;
  ASSERT_TRUE(c.max_work_item_sizes);
  EXPECT_GT((*c.max_work_item_sizes)[0], 1u);
  EXPECT_EQ(c.max_work_item_dimensions, 3u);
  EXPECT_EQ(c.unified_memory, is_unified());
  EXPECT_TRUE(std::holds_alternative<compiler::opencl_target>(device_->target()));
}

TEST_P(opencl_driver_test, SegmentsAreZeroedAndAligned) {
  std::uint64_t number = 0;
  for (const buffer_kind kind : {buffer_kind::device_local, buffer_kind::host_shared}) {
    const auto s = device_->create_segment(kind, 3 << 20);
    ASSERT_GE(s->bytes, 3u << 20);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(s->address) % device_->segment_granularity(), 0u);
    std::vector<std::byte> content(s->bytes, std::byte{1});
    ASSERT_TRUE(stream_->submit(++number, drivers::copy_command{content.data(), s->address, s->bytes}));
    ASSERT_TRUE(reach(*stream_, number));
    EXPECT_TRUE(std::all_of(content.begin(), content.end(), [](std::byte b) { return b == std::byte{0}; }));
  }
}

TEST_P(opencl_driver_test, RunsKernelsInOrderAtAnyOffset) {
  load();
  const auto s = device_->create_segment(buffer_kind::device_local, 1 << 20);
  std::vector<float> x(1000), y(1000, 1), result(1000);
  std::iota(x.begin(), x.end(), 0.0f);
  // No multiple of anything but the element, where kernels get addresses.
  std::byte* const at = s->address + (has_objects() ? device_->block_alignment() : 4);
  stream_->submit(1, drivers::copy_command{at, x.data(), 4000});
  stream_->submit(2, drivers::copy_command{at + 8192, y.data(), 4000});
  const auto arguments = block(at + 8192, at, 0.5f);
  stream_->submit(3, launch(*program_, axpy, arguments, 1000));
  stream_->submit(4, launch(*program_, axpy, arguments, 1000));
  stream_->submit(5, drivers::copy_command{result.data(), at + 8192, 4000});
  ASSERT_TRUE(reach(*stream_, 5));
  for (std::size_t i = 0; i < result.size(); ++i)
    ASSERT_EQ(result[i], static_cast<float>(i) + 1) << i;
}

TEST_P(opencl_driver_test, LocalMemoryIsAsLargeAsItWasAskedFor) {
  load();
  const auto s = device_->create_segment(buffer_kind::device_local, 1 << 20);
  std::vector<std::uint32_t> data(512), result(512);
  std::iota(data.begin(), data.end(), 0u);
  stream_->submit(1, drivers::copy_command{s->address, data.data(), 2048});
  const auto arguments = block(s->address, std::uint64_t{0}, std::uint64_t{512});
  auto c = launch(*program_, reverse, arguments, 512, 128);
  c.local_bytes = 1024;
  stream_->submit(2, c);
  stream_->submit(3, drivers::copy_command{result.data(), s->address, 2048});
  ASSERT_TRUE(reach(*stream_, 3));
  for (std::size_t i = 0; i < result.size(); ++i)
    ASSERT_EQ(result[i], i / 128 * 128 + 127 - i % 128) << i;
}

TEST_P(opencl_driver_test, FillsOfEveryPattern) {
  const auto s = device_->create_segment(buffer_kind::device_local, 1 << 20);
  std::uint64_t number = 0;
  for (const std::uint32_t size : {1u, 2u, 3u, 4u, 12u, 16u, 128u})
    for (const std::uint32_t start : {0u, 1u, 4u, 12u}) {
      drivers::fill_command c{s->address + start, 60 * size, {}, size};
      for (std::uint32_t i = 0; i < size; ++i)
        c.pattern[i] = static_cast<std::byte>(3 * i + size);
      stream_->submit(++number, c);
      std::vector<std::byte> result(c.bytes);
      stream_->submit(++number, drivers::copy_command{result.data(), c.to, c.bytes});
      ASSERT_TRUE(reach(*stream_, number));
      for (std::size_t i = 0; i < result.size(); ++i)
        ASSERT_EQ(result[i], c.pattern[i % size]) << size << " at " << start << ", byte " << i;
    }
}

TEST_P(opencl_driver_test, HostMemoryIsFilledAndCopiedInOrder) {
  constexpr std::uint64_t bytes = 5 << 20; // more than goes through the device at once
  const auto shared = device_->create_segment(buffer_kind::host_shared, bytes);
  const auto local = device_->create_segment(buffer_kind::device_local, bytes);
  std::vector<std::byte> here(bytes), there(bytes), far(bytes);
  stream_->submit(1, drivers::fill_command{shared->address, bytes - 3, {std::byte{1}, std::byte{2}, std::byte{3}}, 1});
  stream_->submit(2, drivers::copy_command{here.data(), shared->address, bytes});
  stream_->submit(3, drivers::fill_command{shared->address, 12, {std::byte{1}, std::byte{2}, std::byte{3}}, 3});
  stream_->submit(4, drivers::copy_command{there.data(), shared->address, bytes});
  stream_->submit(5, drivers::copy_command{local->address, there.data(), bytes / 2});
  stream_->submit(6, drivers::copy_command{local->address + bytes / 2, local->address, bytes / 2});
  stream_->submit(7, drivers::copy_command{far.data(), local->address, bytes});
  ASSERT_TRUE(reach(*stream_, 7));
  for (std::uint64_t i = 0; i < bytes; ++i) {
    const auto first = static_cast<std::byte>(i < bytes - 3);
    const auto second = i < 12 ? static_cast<std::byte>(i % 3 + 1) : first;
    ASSERT_EQ(here[i], first) << i;
    ASSERT_EQ(there[i], second) << i;
  }
  EXPECT_TRUE(std::equal(far.begin(), far.begin() + bytes / 2, there.begin()));
  EXPECT_TRUE(std::equal(far.begin() + bytes / 2, far.end(), there.begin()));
}

TEST_P(opencl_driver_test, WhereNoObjectCanBeginIsNoArgument) {
  if (!has_objects()) GTEST_SKIP() << "kernels get addresses";
  failingOpenCLDeviceWord(0x1019, 8 * 1024); // CL_DEVICE_MEM_BASE_ADDR_ALIGN, in bits
  const auto strict = open(0, {});
  failingOpenCLDeviceWord(0, 0);
  EXPECT_EQ(strict->block_alignment(), 1024u);
  const auto s = strict->create_segment(buffer_kind::device_local, 1 << 20);
  const auto program = strict->load(text_.image);
  const auto stream = strict->create_stream({});
  std::byte pageable[64]{};
  for (std::byte* const wrong : {s->address + 512, s->address - 1, s->address + s->bytes, pageable})
    try {
      stream->submit(1, launch(*program, axpy, block(s->address, wrong, 1.0f), 16));
      ADD_FAILURE() << "it was launched";
    } catch (const error& e) {
      EXPECT_EQ(e.code(), error_code::unsupported) << e.what();
      EXPECT_NE(e.message().find("argument 1"), std::string::npos) << e.what();
    }
  stream->submit(1, launch(*program, axpy, block(s->address, s->address + 1024, 1.0f), 16));
  EXPECT_TRUE(reach(*stream, 1));
}

TEST_P(opencl_driver_test, AFillInPartsIsDoneWithItsLastPart) {
  constexpr std::uint64_t bytes = 60'000'000;
  const auto s = device_->create_segment(buffer_kind::device_local, bytes);
  // Other queues do not wait, so what they read behind the number shows whether it was reached too early.
  const auto other = device_->create_stream({});
  stream_->submit(1, drivers::fill_command{s->address, bytes, {std::byte{1}, std::byte{2}, std::byte{3}}, 3});
  ASSERT_TRUE(reach(*stream_, 1));
  std::byte last{};
  ASSERT_TRUE(other->submit(1, drivers::copy_command{&last, s->address + bytes - 1, 1}));
  ASSERT_TRUE(reach(*other, 1));
  EXPECT_EQ(last, std::byte{3});
}

TEST_P(opencl_driver_test, OneQueueWaitsForAnother) {
  load();
  const auto s = device_->create_segment(buffer_kind::device_local, 64 << 20);
  const auto other = device_->create_stream({});
  const std::uint64_t n = 4 << 20;
  std::vector<float> result(1);
  stream_->submit(
      1, drivers::fill_command{s->address, 4 * n, {std::byte{0}, std::byte{0}, std::byte{0x80}, std::byte{0x3f}}, 4});
  const auto arguments = block(s->address + 4 * n, s->address, 1.0f);
  for (std::uint64_t number = 2; number < 12; ++number)
    stream_->submit(number, launch(*program_, axpy, arguments, n));
  stream_->signal(11);
  ASSERT_TRUE(other->wait_for(*stream_, 11));
  other->submit(2, drivers::copy_command{result.data(), s->address + 8 * n - 4, 4});
  ASSERT_TRUE(reach(*other, 2));
  EXPECT_EQ(result[0], 10.0f);
}

TEST_P(opencl_driver_test, TimesAreOnTheHostsClock) {
  load();
  const auto s = device_->create_segment(buffer_kind::device_local, 64 << 20);
  const auto arguments = block(s->address + (32 << 20), s->address, 1.0f);
  const std::int64_t before = now_nanoseconds();
  stream_->submit(1, launch(*program_, axpy, arguments, 1 << 20));
  ASSERT_TRUE(reach(*stream_, 1));
  const std::int64_t after = now_nanoseconds();
  const auto t = stream_->times(1);
  ASSERT_TRUE(t);
  EXPECT_GE(t->started, before);
  EXPECT_GT(t->finished, t->started);
  EXPECT_LE(t->finished, after);
  EXPECT_FALSE(stream_->times(2));
}

TEST_P(opencl_driver_test, ASourceThatTheDriverRefusesShowsItsLog) {
  const compiled broken("kernel void axpy(global float* y) { y[0] = no_such_function(1); }");
  try {
    device_->load(broken.image);
    FAIL() << "it was compiled";
  } catch (const error& e) {
    EXPECT_EQ(e.code(), error_code::compile_failed);
    EXPECT_NE(e.message().find("no_such_function"), std::string::npos) << e.what();
  }
}

TEST_P(opencl_driver_test, AProgramOfAnotherTargetIsRefused) {
  compiled damaged;
  damaged.image.binary = {};
  try {
    device_->load(damaged.image);
    FAIL() << "it was loaded";
  } catch (const error& e) {
    EXPECT_EQ(e.code(), error_code::invalid_binary);
  }
}

TEST_P(opencl_driver_test, GroupsThatTheKernelCannotHaveNameTheLimit) {
  load();
  const auto s = device_->create_segment(buffer_kind::device_local, 1 << 20);
  const auto arguments = block(s->address, std::uint64_t{0}, std::uint64_t{512});
  try {
    stream_->submit(1, launch(*program_, reverse, arguments, 1 << 20, 1 << 20));
    FAIL() << "it was launched";
  } catch (const error& e) {
    EXPECT_EQ(e.code(), error_code::limit_exceeded);
    EXPECT_NE(e.message().find(std::to_string(*device_->properties().max_work_group_size)), std::string::npos)
        << e.what();
  }
}

TEST_P(opencl_driver_test, IdsThatADriverComputesWronglyAreRefused) {
  if (has_objects()) GTEST_SKIP() << "the kernel needs addresses outside of its buffers";
  load();
  const auto s = device_->create_segment(buffer_kind::device_local, 1 << 20);
  constexpr std::uint64_t far = std::uint64_t{1} << 32;
  const auto arguments = block(s->address - 4 * (far - 100), s->address - 4 * (far - 200), 1.0f);
  const auto beyond = [&](std::uint64_t offset) {
    auto c = launch(*program_, axpy, arguments, 100);
    c.global_offset[0] = offset;
    return c;
  };
  constexpr std::uint32_t name = 0x0902;
  failingOpenCLText(name, "NVIDIA CUDA");
  const auto limited = device_->create_stream({});
  limited->submit(1, beyond(far - 100)); // the last id is the largest of 32 bits
  EXPECT_TRUE(reach(*limited, 1));
  for (const std::uint64_t offset : {far - 99, far, ~std::uint64_t{0}})
    try {
      limited->submit(2, beyond(offset));
      ADD_FAILURE() << "it was launched";
    } catch (const error& e) {
      EXPECT_EQ(e.code(), error_code::limit_exceeded) << e.what();
      EXPECT_NE(e.message().find("4294967295"), std::string::npos) << e.what();
    }
  failingOpenCLText(name, nullptr);
  stream_->submit(1, beyond(far - 99));
  EXPECT_TRUE(reach(*stream_, 1));
}

TEST_P(opencl_driver_test, ALaunchWithoutResourcesNamesWhatItTakes) {
  load();
  const auto s = device_->create_segment(buffer_kind::device_local, 1 << 20);
  const auto arguments = block(s->address, std::uint64_t{0}, std::uint64_t{512});
  auto c = launch(*program_, reverse, arguments, 128, 128);
  c.local_bytes = 1024;
  failingOpenCLScript("clEnqueueNDRangeKernel", 1, -5, false);
  try {
    stream_->submit(1, c);
    FAIL() << "it was launched";
  } catch (const error& e) {
    EXPECT_EQ(e.code(), error_code::limit_exceeded) << e.what();
    for (const char* part : {"CL_OUT_OF_RESOURCES", "128 work-items", "1024 bytes of local memory"})
      EXPECT_NE(e.message().find(part), std::string::npos) << e.what();
  }
  stream_->submit(2, c); // the device still works
  EXPECT_TRUE(reach(*stream_, 2));
}

TEST_P(opencl_driver_test, HostSharedMemoryIsReachedOrRefused) {
  load();
  const auto shared = device_->create_segment(buffer_kind::host_shared, 1 << 20);
  auto* const values = reinterpret_cast<float*>(shared->address);
  std::fill_n(values, 200, 2.0f);
  const auto arguments = block(shared->address, shared->address + 400, 2.0f);
  if (!is_unified()) {
    try {
      stream_->submit(1, launch(*program_, axpy, arguments, 100));
      FAIL() << "it was launched";
    } catch (const error& e) {
      EXPECT_EQ(e.code(), error_code::unsupported);
    }
    return;
  }
  stream_->submit(1, launch(*program_, axpy, arguments, 100));
  ASSERT_TRUE(reach(*stream_, 1));
  EXPECT_EQ(values[0], 6.0f);
  EXPECT_EQ(values[99], 6.0f);
  EXPECT_EQ(values[100], 2.0f);
}

TEST_P(opencl_driver_test, ACommandThatFailedIsNamedAndOthersAreNot) {
  const auto s = device_->create_segment(buffer_kind::device_local, 1 << 20);
  stream_->submit(1, drivers::fill_command{s->address, 64, {}, 4});
  failingOpenCLStatus(1, -4);
  stream_->submit(2, drivers::fill_command{s->address, 64, {}, 4});
  stream_->submit(3, drivers::fill_command{s->address, 64, {}, 4});
  ASSERT_TRUE(reach(*stream_, 3));
  EXPECT_FALSE(stream_->take_refusal(1));
  const auto refused = stream_->take_refusal(2);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->kind(), error_class::resource);
  EXPECT_FALSE(stream_->take_refusal(3));
}

TEST_P(opencl_driver_test, ACommandThatRanOutOfResourcesLosesTheDevice) {
  const auto s = device_->create_segment(buffer_kind::device_local, 1 << 20);
  stream_->submit(1, drivers::fill_command{s->address, 64, {}, 4});
  ASSERT_TRUE(reach(*stream_, 1));
  failingOpenCLStatus(1, -5);
  stream_->submit(2, drivers::fill_command{s->address, 64, {}, 4});
  is_lost_ = true;
  try {
    reach(*stream_, 2);
    FAIL() << "it was reached";
  } catch (const error& e) {
    EXPECT_EQ(e.code(), error_code::device_lost);
    EXPECT_NE(e.message().find("CL_OUT_OF_RESOURCES"), std::string::npos) << e.what();
  }
  EXPECT_EQ(stream_->reached(), 1u);
  EXPECT_THROW(device_->create_stream({}), error);
  EXPECT_THROW(stream_->submit(3, drivers::fill_command{s->address, 64, {}, 4}), error);
}

TEST_P(opencl_driver_test, OutOfResourcesOfAContextThatWorksIsOneError) {
  const auto s = device_->create_segment(buffer_kind::device_local, 1 << 20);
  failingOpenCLScript(fill_function(), 1, -5, false);
  try {
    stream_->submit(1, drivers::fill_command{s->address, 64, {}, 4});
    FAIL() << "it was taken";
  } catch (const error& e) {
    EXPECT_EQ(e.kind(), error_class::resource);
  }
  stream_->submit(2, drivers::fill_command{s->address, 64, {}, 4});
  EXPECT_TRUE(reach(*stream_, 2));
}

TEST_P(opencl_driver_test, OutOfResourcesOfAContextThatDoesNothingMoreIsTheEndOfIt) {
  const auto s = device_->create_segment(buffer_kind::device_local, 1 << 20);
  failingOpenCLScript(fill_function(), 1, -5, true);
  is_lost_ = true;
  try {
    stream_->submit(1, drivers::fill_command{s->address, 64, {}, 4});
    FAIL() << "it was taken";
  } catch (const error& e) {
    EXPECT_EQ(e.code(), error_code::device_lost) << e.what();
  }
  failingOpenCLScript("none", 0, 0, false);
  EXPECT_THROW(stream_->submit(2, drivers::fill_command{s->address, 64, {}, 4}), error); // and stays so
}

INSTANTIATE_TEST_SUITE_P(memory, opencl_driver_test, testing::Values("host", "fine", "coarse", "objects"),
                         [](const auto& kind) { return std::string(kind.param); });

} // namespace
} // namespace dotcompute::opencl::test
