// SPDX-License-Identifier: MIT
// What an opened device is made of.
#pragma once

#include "drivers/driver.hpp"
#include "execution/content_guard.hpp"
#include "execution/kernel_faults.hpp"
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
#include <vector>

namespace dotcompute::detail {

class lease_state;
class queue_state;

class device_state {
 public:
  device_state(std::string device_id, std::unique_ptr<drivers::driver> opened, memory::pool_options memory_options,
               std::chrono::milliseconds wait, std::uint32_t refuse_after = 0,
               std::chrono::nanoseconds refuse_within = std::chrono::minutes(1))
      : id(std::move(device_id)), default_wait(wait), faults(refuse_after, refuse_within), driver(std::move(opened)),
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
  std::uint64_t memory_generation() const noexcept {
    return (memory_epoch_.load(std::memory_order_acquire) + 1) / 2 + 1;
  }
  struct dated_allocation {
    memory::allocation allocation;
    std::uint64_t generation; ///< of the memory
  };
  /// Waits while memory is discarded. Throws as memory.allocate().
  dated_allocation allocate(const memory::allocation_request& request);
  /// Ends the life of all buffers; their handles are stale. While no command runs.
  memory::discarded discard_memory() noexcept;
  /// The same for programs, whose handles cannot be launched any more.
  std::uint64_t program_generation() const noexcept { return program_generation_.load(std::memory_order_acquire); }
  void next_program_generation() noexcept { program_generation_.fetch_add(1, std::memory_order_acq_rel); }
  /// All that there are. Give them back soon: the last handle of a queue may be among them.
  std::vector<std::shared_ptr<queue_state>> queues();
  void add_queue(const std::shared_ptr<queue_state>& made);
  /// The same for leases.
  std::vector<std::shared_ptr<lease_state>> leases();
  void add_lease(const std::shared_ptr<lease_state>& made);
  /// True for who may reset the device now, until end_reset().
  bool begin_reset() noexcept { return !is_in_reset_.exchange(true, std::memory_order_acq_rel); }
  void end_reset() noexcept { is_in_reset_.store(false, std::memory_order_release); }
  void next_generation() noexcept { generation_.fetch_add(1, std::memory_order_acq_rel); }
  const std::chrono::milliseconds default_wait;
  execution::kernel_faults faults;
  execution::notifier notifier;
  const std::unique_ptr<drivers::driver> driver;
  /// Closed before the driver that its segments come from.
  memory::pool memory;
  /// For queues whose commands run in streams of the device.
  execution::stream_watch watch;
  execution::content_guard guard{*this};

 private:
  std::atomic<std::uint64_t> generation_{1};
  std::atomic<std::uint64_t> program_generation_{1};
  std::atomic<std::uint64_t> memory_epoch_{0}; ///< odd while memory is discarded
  std::atomic<bool> is_in_reset_{false};
  std::mutex lists_guard_; ///< of both below
  std::vector<std::weak_ptr<queue_state>> queues_;
  std::vector<std::weak_ptr<lease_state>> leases_;
  std::atomic<bool> is_lost_{false};
  mutable std::mutex loss_guard_;
  std::optional<error> loss_;

 public:
  /// Of an isolated device, else null. The last member: its thread, which uses all others, ends first.
  std::unique_ptr<execution::supervisor> supervisor;

 private:
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
