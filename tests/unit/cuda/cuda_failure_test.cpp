// SPDX-License-Identifier: MIT
// Every call of the driver library fails in turn: always a typed error, never a leak, a hang or a wrong answer.
#include "cuda_fixture.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <stdexcept>
#include <utility>

namespace dotcompute::cuda::test {
namespace {

[[maybe_unused]] const int library = ::setenv("DOTCOMPUTE_LIBCUDA", FAKE_CUDA, 1);

constexpr unsigned patience = 40; // seconds for one run

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

constexpr int no_failure_took_place = 10, threw = 11, wrong = 12;

/// One run with one failure, in a process of its own: what a lost device held goes with it.
int run_alone(const std::string& failure, bool is_loss) {
  control(failure);
  bool has_thrown = false;
  try {
    everything();
  } catch (const error& e) {
    has_thrown = true;
    if (is_loss && e.kind() != error_class::device_lost && e.code() != error_code::device_not_found) {
      std::fprintf(stderr, "%s: %s\n", failure.c_str(), e.what());
      return wrong;
    }
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s: %s\n", failure.c_str(), e.what());
    return wrong;
  }
  const fakeCudaCount c = counts();
  if (!is_loss && c.contexts + c.modules + c.streams + c.events + c.allocations + c.allocation_handles +
                          c.reservations + c.mappings + c.host_registrations + c.host_allocations !=
                      0) {
    std::fprintf(stderr, "%s: something is left\n", failure.c_str());
    control("log");
    return wrong;
  }
  return c.failed == 0 ? no_failure_took_place : has_thrown ? threw : 0;
}

int run(const std::string& failure, bool is_loss) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(patience);
    ::_exit(run_alone(failure, is_loss));
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child) return wrong;
  if (!WIFEXITED(status)) {
    std::fprintf(stderr, "%s: ended by signal %d\n", failure.c_str(), WTERMSIG(status));
    return wrong;
  }
  return WEXITSTATUS(status);
}

/// Every function that the driver uses; of those that are asked again and again only the first calls.
constexpr std::pair<const char*, int> functions[] = {
    {"cuInit", 99},
    {"cuDriverGetVersion", 99},
    {"cuDeviceGetCount", 99},
    {"cuDeviceGet", 99},
    {"cuDeviceGetName", 99},
    {"cuDeviceGetUuid", 99},
    {"cuDeviceTotalMem", 99},
    {"cuDeviceGetAttribute", 99},
    {"cuDeviceGetPCIBusId", 99},
    {"cuDevicePrimaryCtxRetain", 99},
    {"cuDevicePrimaryCtxRelease", 99},
    {"cuCtxSetCurrent", 99},
    {"cuCtxGetCurrent", 60},
    {"cuCtxGetStreamPriorityRange", 99},
    {"cuModuleLoadData", 99},
    {"cuModuleUnload", 99},
    {"cuModuleGetFunction", 99},
    {"cuFuncGetAttribute", 99},
    {"cuFuncSetAttribute", 99},
    {"cuOccupancyMaxPotentialBlockSize", 99},
    {"cuStreamCreateWithPriority", 99},
    {"cuStreamDestroy", 99},
    {"cuStreamQuery", 20},
    {"cuStreamWaitEvent", 99},
    {"cuStreamWriteValue64", 99},
    {"cuStreamWaitValue64", 99},
    {"cuEventCreate", 99},
    {"cuEventRecord", 99},
    {"cuEventQuery", 20},
    {"cuEventElapsedTime", 99},
    {"cuEventDestroy", 99},
    {"cuLaunchKernel", 99},
    {"cuMemcpyAsync", 99},
    {"cuMemsetD8Async", 99},
    {"cuMemsetD16Async", 99},
    {"cuMemsetD32Async", 99},
    {"cuMemGetAllocationGranularity", 99},
    {"cuMemCreate", 99},
    {"cuMemRelease", 99},
    {"cuMemExportToShareableHandle", 99},
    {"cuMemAddressReserve", 99},
    {"cuMemAddressFree", 99},
    {"cuMemMap", 99},
    {"cuMemUnmap", 99},
    {"cuMemSetAccess", 99},
    {"cuMemHostRegister", 99},
    {"cuMemHostUnregister", 99},
    {"cuMemHostGetDevicePointer", 99},
    {"cuMemHostAlloc", 99},
    {"cuMemFreeHost", 99},
    {"cuMemGetInfo", 99},
};

class cuda_failure_test : public testing::TestWithParam<std::tuple<const char*, int>> {};

TEST_P(cuda_failure_test, AnyCall) {
  const auto& [timeline, code] = GetParam();
  const bool is_loss = code == 700;
  ::setenv("DOTCOMPUTE_CUDA_TIMELINE", timeline, 1);
  ::setenv("DOTCOMPUTE_LOG", "off", 1);
  ASSERT_FALSE(binary().empty()); // compiled once; children have it too
  ASSERT_EQ(run("call=1000000:code=2", false), no_failure_took_place);
  int failed = 0, thrown = 0;
  for (const auto& [function, most] : functions)
    for (int k = 1; k <= most; ++k) {
      const std::string failure = "function=" + std::string(function) + ":nth=" + std::to_string(k) +
                                  ":code=" + std::to_string(code) + (is_loss ? ":sticky" : "");
      const int outcome = run(failure, is_loss);
      ASSERT_TRUE(outcome == 0 || outcome == threw || outcome == no_failure_took_place) << failure;
      if (outcome == no_failure_took_place) break;
      ++failed;
      thrown += outcome == threw;
    }
  EXPECT_GT(failed, 200);
  EXPECT_GT(thrown, failed / 2); // the others are of destructors, or their answer is not needed
}

INSTANTIATE_TEST_SUITE_P(codes, cuda_failure_test,
                         testing::Combine(testing::Values("memory", "events"), testing::Values(1, 2, 700)),
                         [](const auto& kind) {
                           return std::string(std::get<0>(kind.param)) + std::to_string(std::get<1>(kind.param));
                         });

} // namespace
} // namespace dotcompute::cuda::test
