// SPDX-License-Identifier: MIT
#include "api/local_size.hpp"

#include <algorithm>

namespace dotcompute::api {
namespace {

using sizes = std::array<std::uint64_t, 3>;

std::string show(const sizes& s) {
  return std::to_string(s[0]) + "x" + std::to_string(s[1]) + "x" + std::to_string(s[2]);
}

[[noreturn]] void fail(error_code code, const std::string& message, const kernel_reflection& k,
                       const detail::device_state& device, const std::string& remedy) {
  throw error(code, message, device.describe("launch kernel '" + k.name + "'", remedy));
}

bool is_absent(const std::array<std::uint32_t, 3>& s) {
  return s[0] == 0 && s[1] == 0 && s[2] == 0;
}

sizes widen(const std::array<std::uint32_t, 3>& s) {
  return {std::max(s[0], 1u), std::max(s[1], 1u), std::max(s[2], 1u)};
}

bool divides(const sizes& local, const sizes& global) {
  return global[0] % local[0] == 0 && global[1] % local[1] == 0 && global[2] % local[2] == 0;
}

void check_limits(const sizes& local, const kernel_reflection& k, const capabilities& limits,
                  const detail::device_state& device) {
  if (limits.max_work_item_sizes)
    for (unsigned d = 0; d < 3; ++d)
      if (local[d] > (*limits.max_work_item_sizes)[d])
        fail(error_code::limit_exceeded,
             "local size " + show(local) + " exceeds max_work_item_sizes[" + std::to_string(d) + "] of " +
                 std::to_string((*limits.max_work_item_sizes)[d]),
             k, device, "Use smaller work-groups.");
  const std::uint64_t items = local[0] * local[1] * local[2]; // no overflow: each was checked
  if (limits.max_work_group_size && items > *limits.max_work_group_size)
    fail(error_code::limit_exceeded,
         "local size " + show(local) + " is " + std::to_string(items) +
             " work-items, which exceeds max_work_group_size of " + std::to_string(*limits.max_work_group_size),
         k, device, "Use smaller work-groups.");
}

/// Larger is better: whole vectors first, then the number of work-items: a thread of a processor is busy with 64, a
/// device that runs its own streams hides latency with more.
std::uint64_t score(const sizes& s, bool hides_latency) {
  const std::uint64_t items = s[0] * s[1] * s[2];
  const std::uint64_t vector = hides_latency ? 32 : 16;
  const std::uint64_t rows = s[0] % vector == 0 ? 4 : s[0] % (vector / 2) == 0 ? 2 : 1;
  const std::uint64_t fill = std::min<std::uint64_t>(items, hides_latency ? 256 : 64);
  return (rows * fill << 32) + (items << 16) + s[0];
}

} // namespace

void check_range(const kernel_reflection& k, const nd_range& range, const detail::device_state& device) {
  if (range.dimensions < 1 || range.dimensions > 3)
    fail(error_code::invalid_range, "a range has 1 to 3 dimensions, not " + std::to_string(range.dimensions), k, device,
         "");
  std::uint64_t items = 1;
  constexpr std::uint64_t most = std::uint64_t{1} << 62;
  for (unsigned d = 0; d < 3; ++d) {
    if (range.global_size[d] == 0)
      fail(error_code::invalid_range, "the range " + show(range.global_size) + " is empty", k, device,
           "Give at least one work-item in each dimension, or do not launch.");
    if (range.global_size[d] > most || range.global_offset[d] > most)
      fail(error_code::invalid_range, "a size or offset in dimension " + std::to_string(d) + " exceeds 2^62", k, device,
           "");
    if (__builtin_mul_overflow(items, range.global_size[d], &items) || items > most)
      fail(error_code::invalid_range, "the range " + show(range.global_size) + " has more than 2^62 work-items", k,
           device, "");
  }
}

sizes check_local_size(const kernel_reflection& k, const nd_range& range, const capabilities& limits,
                       const detail::device_state& device) {
  if (!range.local_size)
    return is_absent(k.required_local_size) ? sizes{1, 1, 1} : choose_local_size(k, range, limits, device);
  const sizes local = *range.local_size;
  for (unsigned d = 0; d < 3; ++d)
    if (local[d] == 0)
      fail(error_code::invalid_local_size, "local size " + show(local) + " is zero in dimension " + std::to_string(d),
           k, device, "Leave the local size out to have one chosen.");
  check_limits(local, k, limits, device);
  if (!is_absent(k.required_local_size) && local != widen(k.required_local_size))
    fail(error_code::invalid_local_size,
         "local size " + show(local) + " was given, but the kernel requires " + show(widen(k.required_local_size)), k,
         device, "Give that size or leave it out.");
  for (unsigned d = 0; d < 3; ++d)
    if (range.global_size[d] % local[d] != 0)
      fail(error_code::invalid_local_size,
           "local size " + std::to_string(local[d]) + " does not divide global size " +
               std::to_string(range.global_size[d]) + " in dimension " + std::to_string(d),
           k, device, "Round the global size up to a multiple and test the id in the kernel.");
  return local;
}

sizes choose_local_size(const kernel_reflection& k, const nd_range& range, const capabilities& limits,
                        const detail::device_state& device) {
  if (!is_absent(k.required_local_size)) {
    const nd_range required =
        range.local(extents(k.required_local_size[0], k.required_local_size[1], k.required_local_size[2]));
    return check_local_size(k, required, limits, device);
  }
  const std::uint64_t most = std::min<std::uint64_t>(256, limits.max_work_group_size.value_or(256));
  if (!is_absent(k.local_size_hint)) {
    const sizes hint = widen(k.local_size_hint);
    if (divides(hint, range.global_size) && hint[0] * hint[1] * hint[2] <= limits.max_work_group_size.value_or(256))
      return hint;
  }
  const bool hides_latency = !device.driver->host();
  sizes best{1, 1, 1};
  sizes s{};
  for (s[0] = 1; s[0] <= std::min(most, range.global_size[0]); ++s[0]) {
    if (range.global_size[0] % s[0] != 0) continue;
    for (s[1] = 1; s[1] <= std::min(most / s[0], range.global_size[1]); ++s[1]) {
      if (range.global_size[1] % s[1] != 0) continue;
      for (s[2] = 1; s[2] <= std::min(most / (s[0] * s[1]), range.global_size[2]); ++s[2])
        if (range.global_size[2] % s[2] == 0 && score(s, hides_latency) > score(best, hides_latency)) best = s;
    }
  }
  return best;
}

} // namespace dotcompute::api
