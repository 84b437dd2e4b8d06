// SPDX-License-Identifier: MIT
// A device of the fake libcuda, and kernels for it.
#pragma once

#include "control.hpp"
#include "drivers/cuda/cuda_devices.hpp"
#include "functions.hpp"

#include <dotcompute/error.hpp>

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace dotcompute::cuda::test {

// What compiler/targets/cuda/kernel_abi.hpp says, as generated code declares it.
inline constexpr const char* source = R"(
struct launch_state {
  unsigned long long global_size[3], global_offset[3];
  unsigned group_offset[3], group_count[3], work_dimensions, coarse_blocks;
  unsigned long long ring;
};
struct print_ring { unsigned long long consumed, lost, capacity, unused; };
__device__ unsigned long long taken;
__device__ unsigned long long id(const launch_state& s) {
  return (unsigned long long)(s.group_offset[0] + blockIdx.x) * blockDim.x + threadIdx.x;
}
extern "C" __global__ void axpy(float* y, const float* x, float a, launch_state s) {
  const unsigned long long i = id(s);
  if (i < s.global_size[0]) y[i + s.global_offset[0]] += a * x[i + s.global_offset[0]];
}
extern "C" __global__ void where(unsigned* out, launch_state s) {
  const unsigned long long x = id(s), y = (unsigned long long)(s.group_offset[1] + blockIdx.y) * blockDim.y + threadIdx.y,
                           z = (unsigned long long)(s.group_offset[2] + blockIdx.z) * blockDim.z + threadIdx.z;
  if (x >= s.global_size[0] || y >= s.global_size[1] || z >= s.global_size[2]) return;
  out[(z * s.global_size[1] + y) * s.global_size[0] + x] += (unsigned)(x + 1000 * y + 1000000 * z + s.work_dimensions);
}
extern "C" __global__ void reverse(unsigned* data, unsigned long long scratch, launch_state s) {
  extern __shared__ unsigned char bytes[];
  unsigned* const group = (unsigned*)(bytes + scratch);
  const unsigned i = threadIdx.x, n = blockDim.x;
  group[i] = data[blockIdx.x * n + i];
  __syncthreads();
  data[blockIdx.x * n + i] = group[n - 1 - i];
}
extern "C" __global__ void touch(unsigned* at, launch_state s) { *at = 1; }
extern "C" __global__ void trap(launch_state s) { __trap(); }
extern "C" __global__ void endless(volatile unsigned* at, launch_state s) { while (*at == 0) {} }
extern "C" __global__ void several(unsigned* out, launch_state s) {
  if (blockIdx.x < s.coarse_blocks) {
    for (unsigned n = 0; n < 3; ++n) ++out[(blockIdx.x * 3 + n) * blockDim.x + threadIdx.x];
    return;
  }
  const unsigned i = (blockIdx.x + 2 * s.coarse_blocks) * blockDim.x + threadIdx.x;
  if (i < s.global_size[0]) ++out[i];
}
extern "C" __global__ void tell(int value, launch_state s) {
  print_ring* const ring = (print_ring*)s.ring;
  const unsigned long long at = atomicAdd(&taken, 16ull);
  if (at + 16 > *(volatile unsigned long long*)&ring->consumed + ring->capacity) __trap();
  unsigned long long* const record = (unsigned long long*)((char*)(ring + 1) + at % ring->capacity);
  record[1] = (unsigned)(value + (int)id(s));
  __threadfence_system();
  *(volatile unsigned long long*)record = 16 | 1ull << 32;
}
)";

inline std::vector<std::byte> compile(const std::string& text) {
  void* program = nullptr;
  const char* const options[] = {"--gpu-architecture=sm_90"};
  std::size_t bytes = 0;
  std::vector<std::byte> binary;
  if (nvrtcCreateProgram(&program, text.c_str(), "kernels.cu", 0, nullptr, nullptr) != 0) return binary;
  if (nvrtcCompileProgram(program, 1, options) == 0) {
    nvrtcGetCUBINSize(program, &bytes);
    binary.resize(bytes);
    nvrtcGetCUBIN(program, reinterpret_cast<char*>(binary.data()));
  } else {
    nvrtcGetProgramLogSize(program, &bytes);
    std::string log(bytes, '\0');
    nvrtcGetProgramLog(program, log.data());
    ADD_FAILURE() << log;
  }
  nvrtcDestroyProgram(&program);
  return binary;
}

inline const std::vector<std::byte>& binary() {
  static const std::vector<std::byte> one = compile(source);
  return one;
}

enum kernel : std::uint32_t { axpy, where, reverse, touch, trap, endless, tell, several };

inline drivers::program_image image() {
  drivers::program_image p{"kernels.cl", binary(), {}, {"%d\n"}};
  const auto add = [&](const char* name, const std::vector<std::uint32_t>& offsets, bool is_flat, bool prints = false) {
    drivers::kernel_code k;
    k.kernel = k.symbol = name;
    for (const std::uint32_t offset : offsets)
      k.arguments.push_back({offset, 8, argument_space::value});
    k.is_flat = is_flat;
    k.prints = prints;
    p.kernels.push_back(k);
  };
  add("axpy", {0, 8, 16}, true);
  add("where", {0}, true);
  add("reverse", {0, 8}, false);
  add("touch", {0}, true);
  add("trap", {}, true);
  add("endless", {0}, true);
  add("tell", {0}, false, true);
  add("several", {0}, true);
  p.kernels.back().items = 3;
  return p;
}

inline fakeCudaCount counts() {
  fakeCudaCount c{};
  fakeCudaCounts(&c);
  return c;
}

inline void control(const std::string& words) {
  ASSERT_EQ(fakeCudaControl(words.c_str()), 0) << words;
}

inline void expect_nothing_left() {
  const fakeCudaCount c = counts();
  EXPECT_EQ(c.contexts, 0u);
  EXPECT_EQ(c.modules, 0u);
  EXPECT_EQ(c.streams, 0u);
  EXPECT_EQ(c.events, 0u);
  EXPECT_EQ(c.allocations, 0u);
  EXPECT_EQ(c.allocation_handles, 0u);
  EXPECT_EQ(c.reservations, 0u);
  EXPECT_EQ(c.mappings, 0u);
  EXPECT_EQ(c.host_registrations, 0u);
  EXPECT_EQ(c.host_allocations, 0u);
}

/// Arguments as they lie in the argument block.
template <class... T>
std::array<std::byte, 64> block(T... values) {
  std::array<std::byte, 64> bytes{};
  std::size_t at = 0;
  (
      [&] {
        at = (at + sizeof values - 1) / sizeof values * sizeof values;
        std::memcpy(bytes.data() + at, &values, sizeof values);
        at += sizeof values;
      }(),
      ...);
  return bytes;
}

inline drivers::launch_command launch(const drivers::loaded_program& p, kernel k,
                                      const std::array<std::byte, 64>& arguments, std::uint64_t global,
                                      std::uint64_t local = 1) {
  drivers::launch_command c;
  c.program = &p;
  c.kernel = k;
  c.global_size[0] = global;
  c.local_size[0] = local;
  c.arguments = arguments.data();
  return c;
}

/// Whether the number is reached within some seconds; throws what the device throws.
inline bool reach(drivers::stream& s, std::uint64_t number, std::chrono::milliseconds time = std::chrono::seconds(10)) {
  const auto deadline = std::chrono::steady_clock::now() + time;
  while (s.reached() < number) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    s.check();
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
  return true;
}

inline bool never() {
  return false;
}

/// Bytes between the host and the device by any way that works.
inline void copy(drivers::stream& s, std::uint64_t number, void* to, const void* from, std::uint64_t bytes) {
  const drivers::copy_command c{to, from, bytes};
  if (!s.submit(number, c)) {
    ASSERT_TRUE(s.transfer(c, never));
  }
  s.signal(number);
  ASSERT_TRUE(reach(s, number));
}

} // namespace dotcompute::cuda::test
