// SPDX-License-Identifier: MIT
// A lease: what one tenant holds on a device, limited and ended as one.
#pragma once

#include <dotcompute/device.hpp>
#include <dotcompute/known.hpp>
#include <dotcompute/recovery.hpp>
#include <dotcompute/reset.hpp>

#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace dotcompute {

namespace detail {
class lease_state;
}

struct lease_options {
  /// Whose it is; shown in errors, logs and results. Must not be empty.
  std::string name{};
  /// At most so many bytes of live buffers, as they were asked for; unknown: as much as there is.
  known<std::uint64_t> memory_budget{};
  /// At most so many queues at a time; unknown: any number.
  known<std::uint32_t> most_queues{};
  /// As queue_options::time_limit, for all queues that do not say; those that do may not ask for more. Only on devices
  /// opened with isolation::process. Zero: none.
  std::chrono::nanoseconds time_limit{};
  /// Added to queue_options::priority of its queues.
  int priority = 0;
};

enum class lease_status : std::uint8_t {
  active,
  draining, ///< it is being revoked: nothing new begins; active again if that fails
  revoked,  ///< everything it held has ended
};
/// "active".
std::string_view to_string(lease_status status) noexcept;

struct lease_statistics {
  std::uint64_t bytes = 0, peak_bytes = 0; ///< of live buffers, as they were asked for
  std::uint64_t buffers = 0;
  std::uint64_t queues = 0;  ///< with a handle
  std::uint64_t refused = 0; ///< buffers that would have exceeded the budget
  known<std::uint64_t> memory_budget;
  known<std::uint32_t> most_queues;
};

struct revoke_options {
  /// What becomes of commands that have not begun.
  pending_work pending = pending_work::wait_briefly;
  /// How long queued work may take; not looked at with pending_work::abandon.
  std::chrono::nanoseconds deadline = std::chrono::seconds(1);
  /// How long a command that has begun may take to end once the others are abandoned. Past it the worker process is
  /// replaced (isolation::process), or the revocation fails (isolation::none). May be zero.
  std::chrono::nanoseconds grace = std::chrono::milliseconds(100);

  /// The tenant leaves at once: what has not begun never does.
  static revoke_options at_once() {
    revoke_options o;
    o.pending = pending_work::abandon;
    return o;
  }
};

/// What was observed while a lease was revoked.
struct revoke_result {
  std::string lease;
  std::chrono::nanoseconds drained{}; ///< how long queued work was waited for
  std::chrono::nanoseconds total{};
  std::uint64_t commands_drained = 0; ///< done meanwhile
  std::uint64_t commands_abandoned = 0;
  std::vector<failed_command> abandoned; ///< the first 256
  std::uint64_t queues_ended = 0, buffers_ended = 0;
  std::uint64_t bytes_freed = 0; ///< of buffers, as they were asked for; others can have them
  /// Of buffers at which the host can still look, through map() or a pointer that span() or host_address() gave: freed
  /// when the mapping, or the last handle of the buffer, is gone.
  std::uint64_t bytes_held = 0;
  /// Of the worker process, because a command of the lease would not end; unknown when that was not needed.
  known<recovery_report> replacement;
};

/// What a tenant holds on a device: its queues, its buffers, and a budget for them. Everything that is made through
/// `device()` belongs to the lease, until it is revoked. Programs do not: they are code, and the device's.
/// Buffers of a lease are used on queues of the same lease only (wrong_lease); buffers of no lease, on every queue.
/// Memory that a lease gets is zeroed, whatever allocation_options::zeroed says: it never shows what others had there.
/// A handle; copies share one lease. Thread-safe. Dropping it revokes nothing: device::leases() finds it for as long as
/// something of the lease is there.
class lease {
 public:
  /// Throws invalid_argument (no name, a negative time limit, a device handle of another lease), unsupported (a time
  /// limit without isolation), device_lost.
  lease(const dotcompute::device& owner, const lease_options& options);

  const std::string& name() const;
  lease_status status() const;
  lease_statistics statistics() const;
  /// The device, for what is to belong to this lease. Not equal to the device's own handles, and resets nothing.
  dotcompute::device device() const;

  /// Ends all that the lease holds, and nothing else on the device: its queues take no more commands, what is queued is
  /// waited for or fails with lease_revoked, and the memory of its buffers goes back to the device's pool. Every handle
  /// then throws lease_revoked. Programs can be used on.
  /// A lease that was revoked before answers with what was observed then; another thread's revocation is waited for
  /// until the deadline. May be called from a callback, also of the lease's own events.
  ///
  /// Throws invalid_argument (a deadline that is not positive, a negative grace) and deadline_exceeded: commands did
  /// not end in time, or, without isolation, one that had begun, which nothing can stop. Then nothing was revoked, and
  /// the lease is active as before.
  revoke_result revoke(const revoke_options& options = {}) const;
  /// The same on another thread. What is wrong with the call is thrown at once, the rest by the future; `cancelled`
  /// when a stop is requested before anything was abandoned.
  std::future<revoke_result> revoke_async(const revoke_options& options = {}, std::stop_token stop = {}) const;

  friend bool operator==(const lease&, const lease&) = default;

  /// For the other classes of dotcompute.
  explicit lease(std::shared_ptr<detail::lease_state> state) : state_(std::move(state)) {}

 private:
  std::shared_ptr<detail::lease_state> state_;
};

} // namespace dotcompute
