// SPDX-License-Identifier: MIT
// Every call of the driver library fails in turn: always a typed error, never a leak, a hang or a wrong answer.
#include "cuda_fixture.hpp"

#include <gtest/gtest.h>

namespace dotcompute::cuda::test {
namespace {

[[maybe_unused]] const int library = ::setenv("DOTCOMPUTE_LIBCUDA", FAKE_CUDA, 1);

constexpr auto patience = std::chrono::seconds(20);

void require(bool condition, const char* what) {
  if (!condition) throw std::logic_error(what);
}

void finish(drivers::stream& s, std::uint64_t number) {
  s.signal(number);
  require(reach(s, number), "the number was not reached");
}

void move(drivers::stream& s, std::uint64_t number, void* to, const void* from, std::uint64_t bytes) {
  const drivers::copy_command c{to, from, bytes};
  if (!s.submit(number, c)) require(s.transfer(c, never), "the copy was abandoned");
  finish(s, number);
}

/// A bit of everything. Throws error where the driver fails, and std::logic_error for wrong answers.
void everything() {
  std::string printed;
  drivers::driver_options options;
  options.print = [&](std::string_view text) { printed += text; };
  const auto device = open(0, options);
  const auto memory = device->create_segment(buffer_kind::device_local, 1 << 20);
  const auto pinned = device->create_segment(buffer_kind::host_shared, 1 << 20);
  const auto program = device->load(image());
  const auto stream = device->create_stream({0, true}), other = device->create_stream({});
  const std::size_t n = 1 << 17;
  std::vector<float> x(n, 3), y(n, 0);
  move(*stream, 1, memory->address, x.data(), 4 * n);
  stream->submit(2, drivers::fill_command{memory->address + 4 * n, 4 * n, {}, 4});
  const auto arguments = block(memory->address + 4 * n, memory->address, 2.0f);
  stream->submit(3, launch(*program, axpy, arguments, n));
  stream->signal(3);
  require(other->wait_for(*stream, 3), "the device cannot wait");
  require(other->submit(1, drivers::copy_command{pinned->address, memory->address + 4 * n, 4 * n}), "not reached");
  finish(*other, 1);
  move(*stream, 4, y.data(), memory->address + 4 * n, 4 * n);
  require(y == std::vector<float>(n, 6), "the result is wrong");
  require(std::memcmp(pinned->address, y.data(), 4 * n) == 0, "the copy is wrong");
  drivers::fill_command odd{memory->address, 1200, {std::byte{1}, std::byte{2}, std::byte{3}}, 12};
  stream->submit(5, odd);
  const auto number = block(41);
  stream->submit(6, launch(*program, tell, number, 1));
  const auto local = block(memory->address, std::uint64_t{60'000});
  auto large = launch(*program, reverse, local, 256, 256);
  large.local_bytes = 61'024;
  stream->submit(7, large);
  finish(*stream, 7);
  stream->collect();
  require(printed == "41\n", "the text is wrong");
  (void)stream->times(7); // unknown when it cannot be told
  require(device->memory_query()().total_bytes.has_value(), "no memory");
}

class cuda_failure_test : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    ::setenv("DOTCOMPUTE_LOG", "off", 1);
    use("memory");
  }
  void TearDown() override {
    control("clear");
    control("heal");
  }

  static void use(const char* timeline) { ::setenv("DOTCOMPUTE_CUDA_TIMELINE", timeline, 1); }

  int code() const { return GetParam(); }
  bool is_loss() const { return code() == 700; }

  /// One run with one failure.
  void run(const std::string& failure) {
    SCOPED_TRACE(failure);
    control("clear");
    control("heal");
    control(failure + ":code=" + std::to_string(code()) + (is_loss() ? ":sticky" : ""));
    const auto began = std::chrono::steady_clock::now();
    try {
      everything();
    } catch (const error& e) {
      ++thrown_;
      if (is_loss()) {
        EXPECT_TRUE(e.kind() == error_class::device_lost || e.code() == error_code::device_not_found) << e.what();
      }
    } catch (const std::exception& e) {
      ADD_FAILURE() << e.what();
    }
    EXPECT_LT(std::chrono::steady_clock::now() - began, patience);
    failed_ += counts().failed;
    if (!is_loss()) expect_nothing_left(); // what a lost device held goes when the process ends
  }

  std::uint64_t failed_ = 0, thrown_ = 0;
};

TEST_P(cuda_failure_test, AnyCall) {
  everything();
  expect_nothing_left();
  control("clear");
  everything();
  const std::uint64_t calls = counts().calls;
  ASSERT_GT(calls, 100u);
  for (std::uint64_t k = 1; k <= calls + 8 && !HasFailure(); ++k)
    run("call=" + std::to_string(k));
  EXPECT_GT(failed_, calls / 2);
  EXPECT_GT(thrown_, calls / 4); // the others are of destructors, or their answer is not needed
}

TEST_P(cuda_failure_test, CallsOfTimelinesThatAreEvents) {
  use("events");
  everything();
  expect_nothing_left();
  for (const std::string function : {"cuEventCreate", "cuEventRecord", "cuEventQuery", "cuStreamWaitEvent"})
    for (int k = 1; k <= 16 && !HasFailure(); ++k)
      run("function=" + function + ":nth=" + std::to_string(k));
  EXPECT_GT(thrown_, 20u);
}

INSTANTIATE_TEST_SUITE_P(codes, cuda_failure_test, testing::Values(1, 2, 700),
                         [](const auto& kind) { return "code" + std::to_string(kind.param); });

} // namespace
} // namespace dotcompute::cuda::test
