// SPDX-License-Identifier: MIT
// What of a launch follows from its kernel and its range alone, so that it need not be found out again each time.
#pragma once

#include "drivers/command.hpp"

#include <dotcompute/nd_range.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>

namespace dotcompute::detail {
struct kernel_variant;
}

namespace dotcompute::api {

/// A range that was found to be valid, and how it is launched.
struct launch_shape {
  std::array<std::uint64_t, 3> local_size{};
  const detail::kernel_variant* code = nullptr;
};

/// The shapes of one kernel's ranges. Thread-safe; the range of the last call is found without a lock.
class launch_shapes {
 public:
  /// Null when it is not remembered. The address stays.
  const launch_shape* find(const nd_range& range) {
    // Offsets only have a limit; what is at or beyond it is for check_range().
    if ((range.global_offset[0] | range.global_offset[1] | range.global_offset[2]) >> 62) [[unlikely]]
      return nullptr;
    const entry* const last = last_.load(std::memory_order_acquire);
    return last && last->is_of(range) ? &last->shape : find_older(range);
  }
  /// Of the first few ranges only: who launches ever other ones is not helped by a longer list.
  void remember(const nd_range& range, const launch_shape& shape);

 private:
  static constexpr std::size_t most = 16;

  struct entry {
    nd_range range;
    launch_shape shape;

    bool is_of(const nd_range& r) const noexcept {
      return drivers::are_same(range.global_size.data(), r.global_size.data()) && range.dimensions == r.dimensions &&
             range.local_size.has_value() == r.local_size.has_value() &&
             (!r.local_size || drivers::are_same(range.local_size->data(), r.local_size->data()));
    }
  };

  const launch_shape* find_older(const nd_range& range);

  std::atomic<const entry*> last_{nullptr};
  std::mutex guard_;
  std::deque<entry> all_; ///< only grows; addresses stay
};

} // namespace dotcompute::api
