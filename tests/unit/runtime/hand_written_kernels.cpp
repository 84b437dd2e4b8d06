// SPDX-License-Identifier: MIT
// Kernels as the compiler would export them, written by hand, so that the runtime is tested without the compiler.
#include "compiler/targets/cpu/kernel_abi.hpp"

#include <atomic>
#include <chrono>
#include <cstring>
#include <thread>

using dotcompute::cpu::launch_range;
using dotcompute::cpu::launch_state;
using dotcompute::cpu::thread_state;

namespace {

template <class T>
T argument(const launch_state* s, std::size_t offset) {
  T value;
  std::memcpy(&value, static_cast<const std::byte*>(s->arguments) + offset, sizeof value);
  return value;
}

template <class Body>
void each(const launch_range* r, Body&& body) {
  for (std::uint64_t z = r->begin[2]; z < r->end[2]; ++z)
    for (std::uint64_t y = r->begin[1]; y < r->end[1]; ++y)
      for (std::uint64_t x = r->begin[0]; x < r->end[0]; ++x)
        body(x, y, z);
}

} // namespace

extern "C" {

// kernel void empty()
void kernel_empty(const launch_state*, const thread_state*, const launch_range*) {}

// kernel void scale(global const float* x, global float* y, float factor); flat, one dimension
void kernel_scale(const launch_state* s, const thread_state*, const launch_range* r) {
  const auto* x = argument<const float*>(s, 0);
  auto* y = argument<float*>(s, 8);
  const auto factor = argument<float>(s, 16);
  for (std::uint64_t i = r->begin[0]; i < r->end[0]; ++i)
    y[i + s->global_offset[0]] = factor * x[i + s->global_offset[0]];
}

// kernel void triad(global float* a, global const float* b, global const float* c, float k); flat
void kernel_triad(const launch_state* s, const thread_state*, const launch_range* r) {
  auto* __restrict a = argument<float*>(s, 0);
  const auto* __restrict b = argument<const float*>(s, 8);
  const auto* __restrict c = argument<const float*>(s, 16);
  const auto k = argument<float>(s, 24);
  for (std::uint64_t i = r->begin[0]; i < r->end[0]; ++i)
    a[i] = b[i] + k * c[i];
}

// kernel void count(global uint* counters, uint work): each work-group adds one to its counter after work * id steps
void kernel_count(const launch_state* s, const thread_state*, const launch_range* r) {
  auto* counters = argument<unsigned*>(s, 0);
  const auto work = argument<unsigned>(s, 8);
  each(r, [&](std::uint64_t x, std::uint64_t y, std::uint64_t z) {
    const std::uint64_t id = (z * s->group_count[1] + y) * s->group_count[0] + x;
    volatile unsigned sink = 0;
    for (std::uint64_t i = 0; i < work * id; ++i)
      sink = sink + 1;
    __atomic_fetch_add(&counters[id], 1u, __ATOMIC_RELAXED);
  });
}

// kernel void shape(global ulong* out): the launch's dimensions, sizes, offsets, local sizes and group counts
void kernel_shape(const launch_state* s, const thread_state*, const launch_range* r) {
  auto* out = argument<std::uint64_t*>(s, 0);
  if (r->begin[0] != 0 || r->begin[1] != 0 || r->begin[2] != 0) return;
  out[0] = s->work_dimensions;
  for (int d = 0; d < 3; ++d) {
    out[1 + d] = s->global_size[d];
    out[4 + d] = s->global_offset[d];
    out[7 + d] = s->local_size[d];
    out[10 + d] = s->group_count[d];
  }
}

// kernel void locals(local float* a, local float* b, global ulong* out): where a work-group's local blocks lie
void kernel_locals(const launch_state* s, const thread_state* t, const launch_range* r) {
  const auto a = argument<std::uint64_t>(s, 0), b = argument<std::uint64_t>(s, 8);
  auto* out = argument<std::uint64_t*>(s, 16);
  std::memset(t->local_memory + a, 1, 100);
  std::memset(t->local_memory + b, 2, 200);
  std::memset(t->scratch, 3, 1000);
  if (r->begin[0] == 0) {
    out[0] = a;
    out[1] = b;
    out[2] = reinterpret_cast<std::uint64_t>(t->local_memory) % 128 + reinterpret_cast<std::uint64_t>(t->scratch) % 128;
  }
}

// kernel void gate(global int* flags): sets flags[1], then waits until flags[0] is set, ten seconds at most
void kernel_gate(const launch_state* s, const thread_state*, const launch_range*) {
  auto* flags = argument<int*>(s, 0);
  __atomic_store_n(&flags[1], 1, __ATOMIC_RELEASE);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (__atomic_load_n(&flags[0], __ATOMIC_ACQUIRE) == 0 && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
}

// kernel void append(global int* list, int value): list[0] counts, values follow
void kernel_append(const launch_state* s, const thread_state*, const launch_range*) {
  auto* list = argument<int*>(s, 0);
  list[++list[0]] = argument<int>(s, 8);
}

// kernel void announce(int value): printf("value %d of %s\n", value, "kernel")
void kernel_announce(const launch_state* s, const thread_state*, const launch_range*) {
  struct {
    std::int32_t value;
    std::int32_t padding;
    const char* text;
  } values{argument<int>(s, 0), 0, "kernel"};
  s->print(s->print_context, 0, &values, sizeof values);
}

} // extern "C"
