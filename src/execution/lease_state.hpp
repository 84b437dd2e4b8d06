// SPDX-License-Identifier: MIT
// What a lease has: its queues and buffers, and how much of both it may have.
#pragma once

#include "execution/device_state.hpp"
#include "support/clock.hpp"

#include <dotcompute/lease.hpp>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace dotcompute::detail {

class memory_object;
class queue_state;

/// Thread-safe. Queues and buffers keep it, and it keeps the device; it knows them without keeping them.
class lease_state : public std::enable_shared_from_this<lease_state> {
 public:
  /// Throws what is wrong with the options.
  lease_state(std::shared_ptr<device_state> owner, const lease_options& given);

  const std::shared_ptr<device_state> device;
  const lease_options options;

  lease_status status() const noexcept { return status_.load(std::memory_order_seq_cst); }
  bool is_active() const noexcept { return status() == lease_status::active; }
  /// lease_revoked, also while it is being revoked.
  error refusal(const std::string& operation) const;
  void require_active(const std::string& operation) const {
    if (!is_active()) throw refusal(operation);
  }
  lease_statistics statistics() const;

  /// Among the buffers that a revocation ends. Throws lease_revoked, and allocation_error with cause budget.
  void add(memory_object& made, std::uint64_t bytes);
  /// False when a revocation has ended it: then it is not among them any more.
  bool remove(memory_object& gone, std::uint64_t bytes) noexcept;

  /// The right to have one more queue, for as long as it lives. Throws lease_revoked, limit_exceeded.
  std::shared_ptr<void> seat();
  /// Throws lease_revoked.
  void add(const std::shared_ptr<queue_state>& made);
  /// All that there are. Give them back soon.
  std::vector<std::shared_ptr<queue_state>> queues() const;

  /// One revocation at a time. False when another one has not ended at the deadline.
  bool begin_revocation(time_point deadline);
  void end_revocation() noexcept;
  std::optional<revoke_result> outcome; ///< once it is revoked; of the revocation under way
  void become(lease_status status) noexcept { status_.store(status, std::memory_order_seq_cst); }
  /// Ends all buffers: their memory goes back at once or, where the host can still look at it, later.
  void end_buffers(revoke_result& result) noexcept;

 private:
  std::atomic<lease_status> status_{lease_status::active};
  mutable std::mutex guard_; ///< of all below
  std::condition_variable revocation_ended_;
  bool is_in_revocation_ = false;
  std::unordered_set<memory_object*> buffers_;
  std::vector<std::weak_ptr<queue_state>> queues_;
  lease_statistics counts_;
};

/// A buffer's place in its lease, if it is of one.
class lease_place {
 public:
  /// Throws as lease_state::add().
  lease_place(lease_state* lease, memory_object& buffer, std::uint64_t bytes)
      : lease_(lease), buffer_(buffer), bytes_(bytes) {
    if (lease_) lease_->add(buffer_, bytes_);
  }
  ~lease_place() { leave(); }
  lease_place(const lease_place&) = delete;
  lease_place& operator=(const lease_place&) = delete;

  /// False when it was not there any more, because a revocation has ended it or it left before.
  bool leave() noexcept { return lease_ && !std::exchange(has_left_, true) && lease_->remove(buffer_, bytes_); }

 private:
  lease_state* const lease_;
  memory_object& buffer_;
  const std::uint64_t bytes_;
  bool has_left_ = false;
};

} // namespace dotcompute::detail
