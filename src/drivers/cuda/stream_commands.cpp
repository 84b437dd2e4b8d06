// SPDX-License-Identifier: MIT
// How a stream gives kernels and fills to the driver.
#include "drivers/cuda/cuda_stream.hpp"
#include "drivers/cuda/launch_grid.hpp"
#include "drivers/fill_pattern.hpp"

#include <algorithm>
#include <cstring>
#include <string>

namespace dotcompute::cuda {
namespace {

/// An offset and a size that add up to no more fit 32-bit ids, and one slice along x.
constexpr std::uint64_t narrow_ids = 0x7fffffff;

template <class T>
std::string show(const std::array<T, 3>& a) {
  return std::to_string(a[0]) + " x " + std::to_string(a[1]) + " x " + std::to_string(a[2]);
}

} // namespace

void cuda_stream::launch(const cuda_program& program, const cuda_kernel& kernel, const drivers::launch_command& c) {
  cuda_context& context = *origin_.context;
  const auto refuse = [&](const std::string& message, const char* remedy) {
    throw error(error_code::limit_exceeded, message, {context.id(), 1, "launch kernel '" + kernel.name + "'", remedy});
  };
  std::array<std::uint32_t, 3> block;
  if (kernel.is_flat) {
    extent guarded{1, 1, 1};
    std::copy_n(c.global_size.begin(), kernel.guarded_dimensions, guarded.begin());
    block = block_shape(guarded, std::min({flat_block_threads, kernel.most_threads, origin_.multiprocessor_threads}),
                        origin_.warp);
  } else {
    std::uint64_t threads = 1;
    for (unsigned d = 0; d < 3; ++d) {
      block[d] = static_cast<std::uint32_t>(c.local_size[d]);
      threads *= std::min<std::uint64_t>(c.local_size[d], 1 << 16); // more than any limit, and without overflow
    }
    if (threads > kernel.most_threads) [[unlikely]]
      refuse("work-groups of " + show(c.local_size) + " work-items; the registers that the kernel takes allow " +
                 std::to_string(kernel.most_threads),
             "Use smaller work-groups.");
  }

  launch_state state{};
  extent groups;
  bool is_wide = false;
  for (unsigned d = 0; d < 3; ++d) {
    groups[d] = c.global_size[d] == 1 ? 1 : (c.global_size[d] + block[d] - 1) / block[d]; // divisions are slow
    if (groups[d] > 0xffffffff) [[unlikely]]
      refuse(std::to_string(groups[d]) + " work-groups in dimension " + std::to_string(d) + "; at most 4294967295",
             "Launch several smaller ND-ranges.");
    state.global_size[d] = c.global_size[d];
    state.global_offset[d] = c.global_offset[d];
    is_wide |= c.global_size[d] > narrow_ids || c.global_offset[d] > narrow_ids - c.global_size[d];
    state.group_count[d] = static_cast<std::uint32_t>(groups[d]);
  }
  const function_handle function = is_wide && kernel.wide ? kernel.wide : kernel.function;
  if (kernel.items > 1 && !is_wide) {
    const std::uint64_t whole = groups[0] - (groups[0] * block[0] > c.global_size[0] ? 1 : 0);
    const double threads = double(block[0]) * block[1] * block[2] * double(groups[1]) * double(groups[2]);
    state.coarse_blocks = coarse_blocks(whole, kernel.items, threads,
                                        std::uint64_t{origin_.multiprocessors} * origin_.multiprocessor_threads);
    groups[0] -= std::uint64_t{state.coarse_blocks} * (kernel.items - 1);
  }
  state.work_dimensions = c.dimensions;
  state.print_ring = kernel.prints ? program.ring() : 0;
  if (c.local_bytes > kernel.shared_limit.load(std::memory_order_relaxed)) [[unlikely]]
    program.raise_shared_limit(kernel, c.local_bytes);

  const std::size_t arguments = kernel.arguments.size();
  if (parameters_.size() < program.most_arguments() + 1) [[unlikely]]
    parameters_.resize(program.most_arguments() + 1);
  // The driver reads what these point to before the call returns, and writes nothing.
  for (std::size_t i = 0; i < arguments; ++i)
    parameters_[i] = const_cast<std::byte*>(c.arguments + kernel.arguments[i].offset);
  parameters_[arguments] = &state;
  for (grid_slices slices(groups); !slices.is_done(); slices.advance()) {
    const grid_slice& s = slices.current();
    std::copy(s.offset.begin(), s.offset.end(), state.group_offset);
    const result r = api().cuLaunchKernel(function, s.groups[0], s.groups[1], s.groups[2], block[0], block[1], block[2],
                                          static_cast<unsigned>(c.local_bytes), stream_, parameters_.data(), nullptr);
    if (r != result::success) [[unlikely]]
      context.fail(r, "cuLaunchKernel",
                   "launch kernel '" + kernel.name + "' with " + show(s.groups) + " work-groups of " + show(block) +
                       " work-items and " + std::to_string(c.local_bytes) + " bytes of local memory");
  }
}

void cuda_stream::memset(device_address to, const std::byte* pattern, unsigned width, std::uint64_t bytes) {
  cuda_context& context = *origin_.context;
  if (width == 4) {
    unsigned value = 0;
    std::memcpy(&value, pattern, 4);
    context.check(api().cuMemsetD32Async(to, value, bytes / 4, stream_), "cuMemsetD32Async", "fill");
  } else if (width == 2) {
    unsigned short value = 0;
    std::memcpy(&value, pattern, 2);
    context.check(api().cuMemsetD16Async(to, value, bytes / 2, stream_), "cuMemsetD16Async", "fill");
  } else {
    context.check(api().cuMemsetD8Async(to, static_cast<unsigned char>(*pattern), bytes, stream_), "cuMemsetD8Async",
                  "fill");
  }
}

void cuda_stream::fill(const drivers::fill_command& c) {
  drivers::fill_by(
      c, 4,
      [this](std::byte* to, const std::byte* pattern, std::uint32_t width, std::uint64_t bytes) {
        memset(reinterpret_cast<std::uintptr_t>(to), pattern, width, bytes);
      },
      [this](std::byte* to, const std::byte* from, std::uint64_t bytes) {
        origin_.context->check(api().cuMemcpyAsync(reinterpret_cast<std::uintptr_t>(to),
                                                   reinterpret_cast<std::uintptr_t>(from), bytes, stream_),
                               "cuMemcpyAsync", "fill");
      });
}

} // namespace dotcompute::cuda
