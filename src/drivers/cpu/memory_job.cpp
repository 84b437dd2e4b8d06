// SPDX-License-Identifier: MIT
#include "drivers/cpu/memory_job.hpp"

#include <algorithm>
#include <cstring>

namespace dotcompute::cpu {

bool copy_job::run(void* context, std::uint64_t chunk) noexcept {
  const auto& job = *static_cast<const copy_job*>(context);
  const std::uint64_t begin = chunk * chunk_bytes, size = std::min(chunk_bytes, job.bytes - begin);
  std::memcpy(job.to + begin, job.from + begin, size);
  return true;
}

fill_job::fill_job(const drivers::fill_command& c)
    : to(static_cast<std::byte*>(c.to)), bytes(c.bytes), pattern(c.pattern), pattern_bytes(c.pattern_bytes),
      chunk_bytes((1 << 20) / c.pattern_bytes * c.pattern_bytes) {}

bool fill_job::run(void* context, std::uint64_t chunk) noexcept {
  const auto& job = *static_cast<const fill_job*>(context);
  const std::uint64_t begin = chunk * job.chunk_bytes, size = std::min(job.chunk_bytes, job.bytes - begin);
  std::byte* const to = job.to + begin;
  const bool is_one_byte = std::all_of(job.pattern.begin(), job.pattern.begin() + job.pattern_bytes,
                                       [&](std::byte b) { return b == job.pattern[0]; });
  if (is_one_byte) {
    std::memset(to, static_cast<int>(job.pattern[0]), size);
    return true;
  }
  // The first patterns one by one, then what is there already, doubled, up to a block that stays in the first cache.
  constexpr std::uint64_t block = 8 << 10;
  std::uint64_t done = std::min<std::uint64_t>(job.pattern_bytes, size);
  std::memcpy(to, job.pattern.data(), done);
  while (done < size) {
    const std::uint64_t whole = std::min(done, block / job.pattern_bytes * job.pattern_bytes);
    const std::uint64_t step = std::min(whole, size - done);
    std::memcpy(to + done, to, step);
    done += step;
  }
  return true;
}

} // namespace dotcompute::cpu
