// SPDX-License-Identifier: MIT
// Which kernels brought workers down, and which may not be launched any more for it.
#pragma once

#include "support/clock.hpp"
#include "support/digest.hpp"

#include <dotcompute/error.hpp>
#include <dotcompute/recovery.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace dotcompute::execution {

/// By the content of the kernels, so that a program that is compiled again is the same. Thread-safe.
class kernel_faults {
 public:
  /// `limit` faults within this time are too many; 0: there never are.
  kernel_faults(std::uint32_t limit, std::chrono::nanoseconds within) : limit_(limit), within_(within) {}

  /// True when the kernel is refused from now on.
  bool record(const digest& content, const std::string& kernel, const std::string& symptom);
  bool refuses_any() const noexcept { return refused_.load(std::memory_order_relaxed) != 0; }
  /// Why it may not be launched; nothing when it may.
  std::optional<error> refusal(const digest& content, error_details details) const;
  /// False when it was not refused.
  bool pardon(const digest& content);
  std::vector<refused_kernel> refused() const;

 private:
  static constexpr std::size_t most_kernels = 1024; ///< that are remembered

  struct entry {
    std::string kernel, symptom;
    std::deque<time_point> recent; ///< at most `limit_`
    std::uint64_t faults = 0;
    bool is_refused = false;
  };

  const std::uint32_t limit_;
  const std::chrono::nanoseconds within_;
  std::atomic<std::uint32_t> refused_{0}; ///< how many are
  mutable std::mutex guard_;
  std::map<digest, entry> entries_;
};

} // namespace dotcompute::execution
