// SPDX-License-Identifier: MIT
// How a stream gives kernels and fills to the driver.
#include "drivers/cuda/cuda_stream.hpp"
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

bool cuda_stream::launch_plan::is_of(const cuda_kernel& k, const drivers::launch_command& c) const noexcept {
  using drivers::are_same;
  return kernel == k.serial && state.work_dimensions == c.dimensions &&
         are_same(local_size.data(), c.local_size.data()) && are_same(state.global_size, c.global_size.data()) &&
         are_same(state.global_offset, c.global_offset.data());
}

cuda_stream::launch_plan cuda_stream::plan(const cuda_program& program, const cuda_kernel& kernel,
                                           const drivers::launch_command& c) const {
  const auto refuse = [&](const std::string& message, const char* remedy) {
    throw error(error_code::limit_exceeded, message,
                {origin_.context->id(), 1, "launch kernel '" + kernel.name + "'", remedy});
  };
  launch_plan p;
  p.kernel = kernel.serial;
  p.local_size = c.local_size;
  if (kernel.is_flat) {
    extent guarded{1, 1, 1};
    std::copy_n(c.global_size.begin(), kernel.guarded_dimensions, guarded.begin());
    p.block = block_shape(guarded, std::min({flat_block_threads, kernel.most_threads, origin_.multiprocessor_threads}),
                          origin_.warp);
  } else {
    for (unsigned d = 0; d < 3; ++d)
      p.block[d] = static_cast<std::uint32_t>(c.local_size[d]);
    if (c.group_items() > kernel.most_threads)
      refuse("work-groups of " + show(c.local_size) + " work-items; the registers that the kernel takes allow " +
                 std::to_string(kernel.most_threads),
             "Use smaller work-groups.");
  }

  bool is_wide = false;
  for (unsigned d = 0; d < 3; ++d) {
    p.groups[d] = (c.global_size[d] + p.block[d] - 1) / p.block[d];
    if (p.groups[d] > 0xffffffff)
      refuse(std::to_string(p.groups[d]) + " work-groups in dimension " + std::to_string(d) + "; at most 4294967295",
             "Launch several smaller ND-ranges.");
    p.state.global_size[d] = c.global_size[d];
    p.state.global_offset[d] = c.global_offset[d];
    is_wide |= c.global_size[d] > narrow_ids || c.global_offset[d] > narrow_ids - c.global_size[d];
    p.state.group_count[d] = static_cast<std::uint32_t>(p.groups[d]);
  }
  p.function = is_wide && kernel.wide ? kernel.wide : kernel.function;
  if (kernel.items > 1 && !is_wide) {
    const std::uint64_t whole = p.groups[0] - (p.groups[0] * p.block[0] > c.global_size[0] ? 1 : 0);
    const double threads = double(p.block[0]) * p.block[1] * p.block[2] * double(p.groups[1]) * double(p.groups[2]);
    p.state.coarse_blocks = coarse_blocks(whole, kernel.items, threads,
                                          std::uint64_t{origin_.multiprocessors} * origin_.multiprocessor_threads);
    p.groups[0] -= std::uint64_t{p.state.coarse_blocks} * (kernel.items - 1);
  }
  p.state.work_dimensions = c.dimensions;
  p.state.print_ring = kernel.prints ? program.ring() : 0;
  return p;
}

void cuda_stream::launch(const cuda_program& program, const cuda_kernel& kernel, const drivers::launch_command& c) {
  cuda_context& context = *origin_.context;
  if (!plan_.is_of(kernel, c)) plan_ = plan(program, kernel, c);
  if (c.local_bytes > kernel.shared_limit.load(std::memory_order_relaxed)) [[unlikely]]
    program.raise_shared_limit(kernel, c.local_bytes);

  const std::size_t arguments = kernel.arguments.size();
  if (parameters_.size() < program.most_arguments() + 1) [[unlikely]]
    parameters_.resize(program.most_arguments() + 1);
  // The driver reads what these point to before the call returns, and writes nothing.
  for (std::size_t i = 0; i < arguments; ++i)
    parameters_[i] = const_cast<std::byte*>(c.arguments + kernel.arguments[i].offset);
  parameters_[arguments] = &plan_.state;
  const auto& block = plan_.block;
  for (grid_slices slices(plan_.groups); !slices.is_done(); slices.advance()) {
    const grid_slice& s = slices.current();
    std::copy(s.offset.begin(), s.offset.end(), plan_.state.group_offset);
    const result r =
        api().cuLaunchKernel(plan_.function, s.groups[0], s.groups[1], s.groups[2], block[0], block[1], block[2],
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
