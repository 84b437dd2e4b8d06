// SPDX-License-Identifier: MIT
#include "isolation/address_range.hpp"

#include <atomic>

namespace dotcompute::isolated {
namespace {

// Linux puts programs near 0x55..., libraries and mmap() below 0x7fff...; AddressSanitizer has its allocator at 0x60...
// to 0x64..., and ThreadSanitizer lets programs use nothing below 0x7e80....
#if defined(__SANITIZE_THREAD__)
constexpr std::uint64_t first = 0x7e90'0000'0000, last = 0x7ec0'0000'0000;
#else
constexpr std::uint64_t first = 0x6800'0000'0000, last = 0x7800'0000'0000;
#endif
constexpr std::uint64_t alignment = 32 << 20; // what the CUDA driver takes (drivers/cuda/cuda_segment.cpp)

} // namespace

std::byte* next_address(std::uint64_t bytes) noexcept {
  static std::atomic<std::uint64_t> next{first};
  // Room behind each, so that what runs over the end of one does not reach another.
  const std::uint64_t step = (bytes + alignment - 1) / alignment * alignment + alignment;
  for (;;) {
    std::uint64_t seen = next.load(std::memory_order_relaxed);
    const std::uint64_t start = seen + step > last ? first : seen;
    if (next.compare_exchange_weak(seen, start + step, std::memory_order_relaxed))
      return reinterpret_cast<std::byte*>(start);
  }
}

} // namespace dotcompute::isolated
