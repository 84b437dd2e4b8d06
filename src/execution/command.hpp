// SPDX-License-Identifier: MIT
// One command of a queue, with all that it needs until it is done.
#pragma once

#include "drivers/driver.hpp"
#include "support/digest.hpp"

#include <dotcompute/event.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace dotcompute::detail {
class memory_object;
}

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
  std::size_t count_ = 0; ///< of few_
  std::vector<std::shared_ptr<const void>> many_;
  std::array<std::shared_ptr<const void>, 12> few_;
};

/// A buffer that a command uses; kept by its keepers.
struct buffer_use {
  detail::memory_object* memory = nullptr;
  bool reads = false, writes = false;
  bool is_whole = false; ///< all of it is written
};

/// What a launch is of, for reports. A queue keeps it from submit() until the command is done.
class launch_subject {
 public:
  virtual ~launch_subject() = default;
  /// Whoever holds it keeps this.
  virtual std::shared_ptr<const void> owner() const = 0;
  /// "kernel 'blur' of blur.cl".
  virtual std::string describe() const = 0;
  /// The same for kernels that do the same.
  virtual const digest& content() const = 0;
  /// "image: 4194304 bytes, radius: 4", of this argument block.
  virtual std::string describe_arguments(const std::byte* block) const = 0;
};

/// Nothing to run: complete when its turn comes.
struct marker_command {};
/// Its turn ends when the event is complete.
struct wait_command {
  event awaited;
};

/// Who carries a command out that a stream's queue has handed over.
enum class carrier : std::uint8_t { none, device, host };

/// What every command needs comes first, side by side: hundreds are under way, so each comes from a slower cache.
struct command {
  std::uint64_t number = 0;
  command* next = nullptr;
  std::int64_t queued = 0, started = 0; ///< nanoseconds
  const launch_subject* subject = nullptr;
  bool is_writing = false;        ///< what it writes knows of it: set and taken back by queue_state
  std::uint8_t interruptions = 0; ///< how often a worker ended while it ran
  carrier carried_by = carrier::none;
  std::chrono::nanoseconds time_limit{}; ///< how long it may run on an isolated device; zero: for ever
  std::vector<buffer_use> uses;          ///< what it may read and write on the device
  keepers keep;
  std::variant<marker_command, wait_command, drivers::launch_command, drivers::copy_command, drivers::fill_command>
      action;
  argument_block arguments;

  /// Lets go of all that it kept.
  void clear() {
    keep.clear();
    uses.clear();
    subject = nullptr;
    is_writing = false;
    interruptions = 0;
    time_limit = {};
    carried_by = carrier::none;
    action = marker_command{};
  }
};

/// It takes the device's time.
inline bool is_work(const command& c) noexcept {
  return !std::holds_alternative<marker_command>(c.action) && !std::holds_alternative<wait_command>(c.action);
}

} // namespace dotcompute::execution
