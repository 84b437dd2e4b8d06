// SPDX-License-Identifier: MIT
// Owner names as small numbers, with what each owner holds.
#pragma once

#include "memory/block.hpp"
#include "memory/counters.hpp"

#include <dotcompute/known.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace dotcompute::memory {

/// What one owner holds. The counts lag behind by what threads have not flushed, except for tags with a budget.
struct tag_figures {
  static constexpr std::uint64_t unlimited = ~std::uint64_t{0};

  std::string name;
  std::atomic<std::int64_t> bytes{0}, blocks{0};
  std::atomic<std::uint64_t> peak{0}, budget{unlimited}, refused{0};
};

/// Thread-safe; looking up a known number takes no lock.
class tag_table {
 public:
  static constexpr std::uint32_t capacity = 65'536;
  static constexpr std::size_t longest_name = 4096; ///< bytes

  tag_table() { intern({}); }
  ~tag_table();
  tag_table(const tag_table&) = delete;
  tag_table& operator=(const tag_table&) = delete;

  /// Throws limit_exceeded.
  tag_id intern(std::string_view name);
  std::uint32_t count() const noexcept { return count_.load(std::memory_order_acquire); }
  bool is_known(tag_id tag) const noexcept { return static_cast<std::uint32_t>(tag) < count(); }
  tag_figures& operator[](tag_id tag) const noexcept {
    const auto number = static_cast<std::uint32_t>(tag);
    return chunks_[number / chunk].load(std::memory_order_acquire)[number % chunk];
  }

 private:
  static constexpr std::uint32_t chunk = 256;
  std::array<std::atomic<tag_figures*>, capacity / chunk> chunks_{};
  std::atomic<std::uint32_t> count_{0};
  std::mutex guard_; ///< of numbers_ and of adding
  std::unordered_map<std::string, std::uint32_t> numbers_;
};

} // namespace dotcompute::memory
