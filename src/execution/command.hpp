// SPDX-License-Identifier: MIT
// One command of a queue, with all that it needs until it is done.
#pragma once

#include "drivers/driver.hpp"

#include <dotcompute/event.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace dotcompute::execution {

/// A place for one argument block: small ones lie inside, so that storing a launch allocates nothing.
class argument_block {
 public:
  /// Undefined content. The address stays until the next call.
  std::byte* resize(std::size_t bytes) {
    if (bytes <= sizeof small_) return small_;
    large_.resize(bytes + alignment);
    const auto address = reinterpret_cast<std::uintptr_t>(large_.data());
    return large_.data() + ((alignment - address % alignment) % alignment);
  }

 private:
  static constexpr std::size_t alignment = 128; // a long16 or double16
  alignas(alignment) std::byte small_[256];
  std::vector<std::byte> large_;
};

/// Objects that must live until the command is done.
class keepers {
 public:
  void add(std::shared_ptr<const void> object) {
    if (count_ < few_.size())
      few_[count_++] = std::move(object);
    else
      many_.push_back(std::move(object));
  }
  void clear() {
    while (count_ != 0)
      few_[--count_].reset();
    many_.clear();
  }

 private:
  std::array<std::shared_ptr<const void>, 12> few_;
  std::size_t count_ = 0;
  std::vector<std::shared_ptr<const void>> many_;
};

/// Nothing to run: complete when its turn comes.
struct marker_command {};
/// Its turn ends when the event is complete.
struct wait_command {
  event awaited;
};

struct command {
  std::uint64_t number = 0;
  std::int64_t queued = 0, started = 0; ///< nanoseconds
  std::variant<marker_command, wait_command, drivers::launch_command, drivers::copy_command, drivers::fill_command>
      action;
  argument_block arguments;
  keepers keep;
  command* next = nullptr;
};

} // namespace dotcompute::execution
