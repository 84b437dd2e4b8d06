// SPDX-License-Identifier: MIT
// A stream whose commands a worker process runs.
#pragma once

#include "drivers/stream.hpp"
#include "isolation/command_ring.hpp"
#include "isolation/worker_link.hpp"
#include "support/shared_memory.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>

namespace dotcompute::isolated {

/// Where the service reaches a device's memory by itself.
class host_view {
 public:
  virtual ~host_view() = default;
  /// True when `bytes` at `address` are memory of the device, and then whether the service may read and write them.
  virtual bool is_device_memory(const void* address, std::uint64_t bytes, bool& is_reachable) const noexcept = 0;
  /// Memory that service and worker both reach, for copies to and from what the service does not.
  virtual std::span<std::byte> staging() = 0;
  virtual std::mutex& staging_guard() noexcept = 0;
};

class isolated_stream final : public drivers::stream {
 public:
  /// Throws what asking the worker throws.
  isolated_stream(std::shared_ptr<worker_link> link, host_view& view, const drivers::stream_options& options);
  ~isolated_stream() override;

  void submit(std::uint64_t number, const drivers::launch_command& c) override;
  void submit(std::uint64_t number, const drivers::fill_command& c) override;
  bool submit(std::uint64_t number, const drivers::copy_command& c) override;
  bool has_room() const noexcept override;
  bool transfer(const drivers::copy_command& c, const std::function<bool()>& abandoned) override;
  bool wait_for(const drivers::stream&, std::uint64_t) override { return false; }
  void signal(std::uint64_t number) override;
  std::uint64_t reached() const noexcept override;
  bool sleep(std::uint64_t number, time_point until) const noexcept override;
  bool has_refusals() const noexcept override;
  std::optional<error> take_refusal(std::uint64_t number) noexcept override;
  void check() override {}
  void collect() noexcept override { link_->collect_prints(std::chrono::seconds(1)); }
  known<event_times> times(std::uint64_t number) const noexcept override;

  /// For one who submits nothing meanwhile. After `hold` the worker begins nothing that begun() does not show, once
  /// that has settled. Until renew().
  void set_pace(queue_pace pace) noexcept;
  /// What the worker calls it.
  std::uint64_t id() const noexcept { return id_; }
  /// Of the commands that are not reached: how far they were begun, and since when the first runs, in nanoseconds.
  std::uint64_t begun() const noexcept;
  std::int64_t running_since() const noexcept;
  bool is_running() const noexcept { return begun() > reached(); }
  int memory_file() const noexcept { return memory_.file(); }

  // For whoever replaces the worker, while nothing is submitted.
  /// Nothing in the shared memory is what it cannot be.
  bool is_sound() const noexcept;
  /// Memory for the next worker, in which all that was reached is reached. Its descriptor. Throws out_of_handles.
  int renew();

 private:
  queue_page& page() const noexcept { return *reinterpret_cast<queue_page*>(memory_.data()); }
  /// The record, to be published.
  std::byte* prepare(record_kind kind, std::uint64_t bytes, std::uint64_t number);
  void publish(std::uint64_t number);
  bool drained(const std::function<bool()>& abandoned) const;
  bool copy_staged(const drivers::copy_command& c, bool to_device, const std::function<bool()>& abandoned);

  const std::shared_ptr<worker_link> link_;
  host_view& view_;
  const bool goes_on_; ///< after failures
  shared_memory memory_;
  /// There is one: the constructor makes it, and renew() puts another in its place.
  command_writer& writer() noexcept { return *writer_; }             // NOLINT(bugprone-unchecked-optional-access)
  const command_writer& writer() const noexcept { return *writer_; } // NOLINT(bugprone-unchecked-optional-access)

  std::optional<command_writer> writer_;
  std::uint64_t id_ = 0;
  std::atomic<std::uint64_t> pushed_{0};          ///< the largest number in the ring
  mutable std::atomic<std::uint64_t> reached_{0}; ///< the largest that the worker was believed
  std::uint64_t refusals_read_ = 0;
  // Written while nothing is submitted, and nothing is while they are read.
  std::uint64_t acknowledged_ = 0;  ///< the last refused command
  std::uint64_t skipped_until_ = 0; ///< what was in the ring then was skipped by the worker
};

} // namespace dotcompute::isolated
