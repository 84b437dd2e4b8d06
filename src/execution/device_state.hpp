// SPDX-License-Identifier: MIT
// What an opened device is made of.
#pragma once

#include "drivers/driver.hpp"
#include "execution/notifier.hpp"
#include "execution/stream_watch.hpp"
#include "execution/supervisor.hpp"
#include "memory/pool.hpp"

#include <dotcompute/error.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace dotcompute::detail {

class device_state {
 public:
  device_state(std::string device_id, std::unique_ptr<drivers::driver> opened, memory::pool_options memory_options,
               std::chrono::milliseconds wait)
      : id(std::move(device_id)), default_wait(wait), driver(std::move(opened)),
        memory(source(), describe_memory(std::move(memory_options))) {}

  /// Details for an error that concerns this device.
  error_details describe(std::string operation, std::string remedy = {}) const {
    return {id, generation(), std::move(operation), std::move(remedy)};
  }

  /// From now on every call about this device throws device_lost and quotes the first reason.
  void mark_lost(const error& reason);
  bool is_lost() const noexcept { return is_lost_.load(std::memory_order_acquire); }
  /// The error for a call about a lost device; only when is_lost().
  error loss(const std::string& operation) const;
  void require_present(const std::string& operation) const {
    if (is_lost()) throw loss(operation);
  }

  const std::string id;
  /// How many drivers it has had, counted from 1.
  std::uint64_t generation() const noexcept { return generation_.load(std::memory_order_acquire); }
  /// How many times its memory was replaced, counted from 1: what buffers are of.
  std::uint64_t memory_generation() const noexcept { return 1; }
  void next_generation() noexcept { generation_.fetch_add(1, std::memory_order_acq_rel); }
  const std::chrono::milliseconds default_wait;
  execution::notifier notifier;
  const std::unique_ptr<drivers::driver> driver;
  /// Closed before the driver that its segments come from.
  memory::pool memory;
  /// For queues whose commands run in streams of the device.
  execution::stream_watch watch;
  /// Of an isolated device, else null. Ends before what it looks after.
  std::unique_ptr<execution::supervisor> supervisor;

 private:
  std::atomic<std::uint64_t> generation_{1};
  std::atomic<bool> is_lost_{false};
  mutable std::mutex loss_guard_;
  std::optional<error> loss_;

  std::shared_ptr<drivers::segment_source> source() const {
    return {std::shared_ptr<void>(), driver.get()}; // shares nothing: the pool never outlives the device
  }
  memory::pool_options describe_memory(memory::pool_options options) const {
    options.device = id;
    options.generation = 1;
    return options;
  }
};

} // namespace dotcompute::detail
