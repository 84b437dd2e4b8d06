// SPDX-License-Identifier: MIT
// After a fault the device is lost, at once and for ever, for everything that was made on it.
#include "cuda_fixture.hpp"

#include <gtest/gtest.h>

namespace dotcompute::cuda::test {
namespace {

[[maybe_unused]] const int library = ::setenv("DOTCOMPUTE_LIBCUDA", FAKE_CUDA, 1);

class cuda_loss_test : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    ::setenv("DOTCOMPUTE_CUDA_TIMELINE", GetParam(), 1);
    control("clear");
    device_ = open(0, {});
    stream_ = device_->create_stream({});
    other_ = device_->create_stream({});
    memory_ = device_->create_segment(buffer_kind::device_local, 1 << 20);
    program_ = device_->load(image());
  }
  void TearDown() override {
    const auto began = std::chrono::steady_clock::now();
    memory_.reset();
    program_.reset();
    stream_.reset();
    other_.reset();
    device_.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(15));
    control("clear");
    control("heal");
  }

  template <class Call>
  void expect_lost(Call&& call, const std::string& reason) {
    const auto calls = counts().calls;
    try {
      call();
      FAIL() << "no error";
    } catch (const error& e) {
      EXPECT_EQ(e.kind(), error_class::device_lost) << e.what();
      EXPECT_EQ(e.code(), error_code::device_lost);
      EXPECT_NE(std::string(e.what()).find(reason), std::string::npos) << e.what();
    }
    EXPECT_EQ(counts().calls, calls) << "the driver was asked again";
  }

  void expect_all_lost(const std::string& reason) {
    const auto arguments = block(memory_->address);
    drivers::copy_command copy{memory_->address, memory_->address + 4096, 16};
    expect_lost([&] { stream_->submit(90, launch(*program_, touch, arguments, 1)); }, reason);
    expect_lost([&] { other_->submit(90, launch(*program_, touch, arguments, 1)); }, reason);
    expect_lost([&] { other_->submit(91, copy); }, reason);
    expect_lost([&] { other_->submit(92, drivers::fill_command{memory_->address, 16, {}, 1}); }, reason);
    expect_lost([&] { other_->transfer(copy, never); }, reason);
    expect_lost([&] { other_->signal(92); }, reason);
    expect_lost([&] { other_->wait_for(*stream_, 1); }, reason);
    expect_lost([&] { other_->check(); }, reason);
    expect_lost([&] { device_->create_stream({}); }, reason);
    expect_lost([&] { device_->create_segment(buffer_kind::device_local, 4096); }, reason);
    expect_lost([&] { device_->load(image()); }, reason);
    expect_lost([&] { device_->memory_query()(); }, reason);
    other_->collect();
  }

  std::unique_ptr<drivers::driver> device_;
  std::unique_ptr<drivers::stream> stream_, other_;
  std::unique_ptr<drivers::segment> memory_;
  std::shared_ptr<const drivers::loaded_program> program_;
};

TEST_P(cuda_loss_test, AnIllegalAddressLosesTheDeviceForEver) {
  const auto arguments = block(std::uint64_t{1} << 46);
  stream_->submit(1, launch(*program_, touch, arguments, 1));
  try {
    stream_->signal(1);
    reach(*stream_, 1);
    FAIL() << "nothing happened";
  } catch (const error& e) {
    EXPECT_EQ(e.kind(), error_class::device_lost);
    EXPECT_NE(std::string(e.what()).find("700"), std::string::npos) << e.what();
  }
  expect_all_lost("CUDA_ERROR_ILLEGAL_ADDRESS (700)");
  control("heal"); // whatever the driver would answer now
  expect_all_lost("CUDA_ERROR_ILLEGAL_ADDRESS (700)");
  EXPECT_EQ(stream_->reached(), 0u);
}

TEST_P(cuda_loss_test, EveryFaultOfAKernelLosesIt) {
  const auto arguments = block(std::uint64_t{0});
  stream_->submit(1, launch(*program_, trap, arguments, 1));
  EXPECT_THROW(
      {
        stream_->signal(1);
        reach(*stream_, 1);
      },
      error);
  expect_all_lost("CUDA_ERROR_LAUNCH_FAILED (719)");
}

TEST_P(cuda_loss_test, ResultsThatNobodyKnowsLoseIt) {
  control("function=cuMemsetD8Async:nth=1:code=4711");
  try {
    stream_->submit(1, drivers::fill_command{memory_->address, 16, {}, 1});
    FAIL() << "no error";
  } catch (const error& e) {
    EXPECT_EQ(e.kind(), error_class::fatal);
    EXPECT_NE(std::string(e.what()).find("4711"), std::string::npos) << e.what();
  }
  expect_all_lost("4711");
}

TEST_P(cuda_loss_test, AResourceErrorDoesNotLoseIt) {
  control("function=cuMemCreate:nth=1:code=2");
  EXPECT_THROW(device_->create_segment(buffer_kind::device_local, 4096), error);
  EXPECT_TRUE(device_->create_segment(buffer_kind::device_local, 4096));
  stream_->signal(1);
  EXPECT_TRUE(reach(*stream_, 1));
}

TEST_P(cuda_loss_test, ClosingWhileAKernelNeverEndsReturns) {
  const auto arguments = block(memory_->address);
  stream_->submit(1, launch(*program_, endless, arguments, 1));
  const auto began = std::chrono::steady_clock::now();
  stream_.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(12));
  expect_lost([&] { other_->check(); }, "did not end within 10 s");
}

INSTANTIATE_TEST_SUITE_P(timelines, cuda_loss_test, testing::Values("memory", "events"),
                         [](const auto& kind) { return std::string(kind.param); });

} // namespace
} // namespace dotcompute::cuda::test
