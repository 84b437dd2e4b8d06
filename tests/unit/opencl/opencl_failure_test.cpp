// SPDX-License-Identifier: MIT
// Every call of the loader fails in turn: always a typed error, never a leak, a hang or a wrong answer.
#include "drivers/opencl/driver_error.hpp"
#include "opencl_fixture.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <stdexcept>
#include <utility>

namespace dotcompute::opencl::test {
namespace {

constexpr unsigned patience = 60; // seconds for one run

void require(bool condition, const char* what) {
  if (!condition) throw std::logic_error(what);
}

/// A bit of everything. Throws error where the driver fails, and std::logic_error for wrong answers.
void everything(const std::string& part) {
  // Outlive the streams, which wait for what is under way when a call failed.
  const std::size_t n = 1 << 10;
  std::vector<float> x(n, 3), y(n, 0);
  const compiled program_text;
  const auto device = open(0, {}, part);
  const auto memory = device->create_segment(buffer_kind::device_local, 1 << 20);
  const auto shared = device->create_segment(buffer_kind::host_shared, 1 << 20);
  // Twice: once from its text, once from what the driver made of it before.
  device->load(program_text.image);
  const auto program = device->load(program_text.image);
  const auto stream = device->create_stream({0, true}), other = device->create_stream({});
  require(stream->submit(1, drivers::copy_command{memory->address, x.data(), 4 * n}), "not taken");
  stream->submit(2, drivers::fill_command{memory->address + 4 * n, 4 * n, {}, 4});
  const auto arguments = block(memory->address + 4 * n, memory->address, 2.0f);
  stream->submit(3, launch(*program, axpy, arguments, n));
  stream->signal(3);
  require(other->wait_for(*stream, 3), "the device cannot wait");
  require(other->submit(2, drivers::copy_command{y.data(), memory->address + 4 * n, 4 * n}), "not taken");
  require(reach(*other, 2), "not reached");
  if (const auto refused = other->take_refusal(2)) throw *refused;
  require(y == std::vector<float>(n, 6), "the result is wrong");
  other->submit(3, drivers::fill_command{shared->address, 4 * n, {std::byte{7}}, 1});
  other->submit(4, drivers::copy_command{memory->address + 8 * n, shared->address, 4 * n});
  other->submit(5, drivers::copy_command{memory->address + 12 * n, memory->address + 8 * n, 4 * n});
  other->submit(6, drivers::copy_command{y.data(), memory->address + 12 * n, 4 * n});
  require(reach(*other, 6), "not reached");
  for (std::uint64_t number = 3; number <= 6; ++number)
    if (const auto refused = other->take_refusal(number)) throw *refused;
  require(std::memcmp(y.data(), shared->address, 4 * n) == 0, "what was filled is wrong");
  const auto local = block(memory->address, std::uint64_t{0}, std::uint64_t{256});
  auto turned = launch(*program, reverse, local, 256, 64);
  turned.local_bytes = 512;
  stream->submit(4, turned);
  require(reach(*stream, 4), "not reached");
  for (std::uint64_t number = 1; number <= 4; ++number)
    if (const auto refused = stream->take_refusal(number)) throw *refused;
  (void)stream->times(4); // unknown when it cannot be told
  (void)device->memory_query()();
}

constexpr int no_failure_took_place = 10, threw = 11, wrong = 12;

/// One run with one failure, in a process of its own: what a lost device held goes with it.
int run_alone(const std::string& part, const char* function, unsigned nth, std::int32_t code, bool forever) {
  const bool may_be_lost = meaning_of(static_cast<result>(code)).kind == error_class::fatal;
  const own_cache cache;
  failingOpenCLScript(function, nth, code, forever);
  bool has_thrown = false;
  try {
    everything(part);
  } catch (const error& e) {
    has_thrown = true;
    const bool is_lost = e.kind() == error_class::device_lost || e.kind() == error_class::fatal;
    if (forever && !is_lost && e.code() != error_code::device_not_found && e.code() != error_code::unsupported) {
      std::fprintf(stderr, "%s %u: %s\n", function, nth, e.what());
      return wrong;
    }
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s %u: %s\n", function, nth, e.what());
    return wrong;
  }
  const failingOpenCLCount c = failingOpenCLCounts();
  if (!forever && !may_be_lost && c.contexts + c.queues + c.programs + c.kernels + c.events + c.memory + c.parts != 0) {
    std::fprintf(stderr,
                 "%s %u: left are %lu contexts, %lu queues, %lu programs, %lu kernels, %lu events, %lu memory, %lu "
                 "parts\n",
                 function, nth, c.contexts, c.queues, c.programs, c.kernels, c.events, c.memory, c.parts);
    return wrong;
  }
  return c.failed == 0 ? no_failure_took_place : has_thrown ? threw : 0;
}

int run(const std::string& part, const char* function, unsigned nth, std::int32_t code, bool forever) {
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(patience);
    // PoCL's own threads may wait for one another when a process that they run in ends in the ordinary way.
    ::_exit(run_alone(part, function, nth, code, forever));
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child) return wrong;
  if (!WIFEXITED(status)) {
    std::fprintf(stderr, "%s %u: ended by signal %d\n", function, nth, WTERMSIG(status));
    return wrong;
  }
  return WEXITSTATUS(status);
}

/// Every function that the driver uses; of those that are asked again and again only the first calls.
constexpr std::pair<const char*, unsigned> functions[] = {
    {"clGetPlatformIDs", 99},
    {"clGetPlatformInfo", 4},
    {"clGetDeviceIDs", 99},
    {"clGetDeviceInfo", 30},
    {"clCreateSubDevices", 99},
    {"clReleaseDevice", 99},
    {"clCreateContext", 99},
    {"clReleaseContext", 99},
    {"clCreateCommandQueue", 99},
    {"clReleaseCommandQueue", 99},
    {"clFlush", 10},
    {"clCreateProgramWithSource", 99},
    {"clCreateProgramWithBinary", 99},
    {"clGetProgramInfo", 99},
    {"clBuildProgram", 99},
    {"clGetProgramBuildInfo", 99},
    {"clReleaseProgram", 99},
    {"clCreateKernel", 99},
    {"clReleaseKernel", 99},
    {"clSetKernelArg", 99},
    {"clGetKernelWorkGroupInfo", 99},
    {"clEnqueueNDRangeKernel", 99},
    {"clEnqueueBarrierWithWaitList", 99},
    {"clGetEventInfo", 10},
    {"clGetEventProfilingInfo", 99},
    {"clReleaseEvent", 99},
    {"clSVMAlloc", 99},
    {"clSetKernelArgSVMPointer", 99},
    {"clEnqueueSVMMemcpy", 99},
    {"clEnqueueSVMMemFill", 99},
    {"clCreateBuffer", 99},
    {"clCreateSubBuffer", 99},
    {"clReleaseMemObject", 99},
    {"clEnqueueReadBuffer", 99},
    {"clEnqueueWriteBuffer", 99},
    {"clEnqueueCopyBuffer", 99},
    {"clEnqueueFillBuffer", 99},
};

struct kind_of_failure {
  const char* name;
  std::int32_t code;
  bool forever;
  const char* memory;
  const char* part = "";
};

class opencl_failure_test : public testing::TestWithParam<kind_of_failure> {};

// Only children use PoCL: a process that forks has none of its threads.
TEST_P(opencl_failure_test, AnyCall) {
  const kind_of_failure& kind = GetParam();
  use_failing_loader();
  ::setenv("DOTCOMPUTE_LOG", "off", 1);
  ::setenv("DOTCOMPUTE_OPENCL_MEMORY", kind.memory, 1);
  if (run(kind.part, "none", 0, 0, false) == threw) GTEST_SKIP() << "there is no OpenCL device";
  ASSERT_EQ(run(kind.part, "none", 0, 0, false), no_failure_took_place);
  unsigned failed = 0, thrown = 0;
  for (const auto& [function, most] : functions)
    for (unsigned k = 1; k <= most; ++k) {
      const int outcome = run(kind.part, function, k, kind.code, kind.forever);
      ASSERT_TRUE(outcome == 0 || outcome == threw || outcome == no_failure_took_place) << function << " " << k;
      if (outcome == no_failure_took_place) break;
      ++failed;
      thrown += outcome == threw;
    }
  EXPECT_GT(failed, 60u);
  EXPECT_GT(thrown, failed / 4); // the others are of destructors and questions, whose answer is not needed
}

INSTANTIATE_TEST_SUITE_P(codes, opencl_failure_test,
                         testing::Values(kind_of_failure{"out_of_memory", -4, false, "coarse"},
                                         kind_of_failure{"out_of_resources", -5, false, "host"},
                                         kind_of_failure{"context_gone", -34, true, "fine"},
                                         kind_of_failure{"unheard_of", -9999, false, "coarse"},
                                         kind_of_failure{"without_shared_memory", -5, false, "objects"},
                                         kind_of_failure{"of_a_part", -4, false, "host", "equally:1/1"}),
                         [](const auto& kind) { return std::string(kind.param.name); });

} // namespace
} // namespace dotcompute::opencl::test
