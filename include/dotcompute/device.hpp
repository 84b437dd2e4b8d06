// SPDX-License-Identifier: MIT
// An opened device: threads, memory and queues hang on it.
#pragma once

#include <dotcompute/capabilities.hpp>
#include <dotcompute/recovery.hpp>
#include <dotcompute/reset.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace dotcompute {

namespace detail {
class device_state;
class lease_state;
} // namespace detail

class lease;
class memory_pool;

struct open_options {
  /// CPU: threads that run work-groups, the waiting caller's included; 0 takes all that cgroup quota and affinity
  /// allow.
  std::uint32_t threads = 0;
  /// Receives what kernels print, one whole printf call a time, from any thread but never two at once. Empty: standard
  /// output.
  std::function<void(std::string_view)> print{};
  /// How long a wait without a deadline of its own lasts before it throws (deadline_exceeded).
  std::chrono::milliseconds default_wait = std::chrono::hours(1);
  /// At most so many bytes of device memory, as memory_pool::set_budget(); unknown: all that the device has.
  known<std::uint64_t> memory_budget{};
  /// Start the compiler process in the background, so that the first program need not wait for it. Off for services
  /// that only run programs compiled ahead of time or cached; it then starts when it is needed.
  bool start_compiler = true;
  /// Where the driver runs; unknown: what DOTCOMPUTE_ISOLATION says ("process" or "none"), else isolation::process,
  /// but for devices of OpenCL drivers, of which few can be isolated, isolation::none. isolation::process never becomes
  /// isolation::none by itself.
  known<dotcompute::isolation> isolation{};
  /// With isolation::process so many more worker processes are kept ready (0 to 16), from 0.1 s after the device was
  /// opened; each takes the memory of an idle process and, on a GPU, of a context. A second one serves the search for
  /// the kernel that was to blame, which ends another worker.
  std::uint32_t spares = 1;
  /// A kernel that brought the worker process down so many times within `refuse_within` is refused from then on
  /// (kernel_refused), however often it is compiled, until device::pardon(); 0: never. Faults of which a GPU does not
  /// say whose they were do not count.
  std::uint32_t refuse_after = 3;
  std::chrono::nanoseconds refuse_within = std::chrono::minutes(1);
};

/// Between the memory of two devices.
struct peer_access {
  bool is_direct = false; ///< copies need no host in between
  std::string reason;     ///< why they do
};

/// A handle; copies share one device. What is made through the handle that lease::device() gives belongs to that lease.
/// Thread-safe. The device closes when the last of its handles, leases, buffers, queues and programs is gone.
class device {
 public:
  /// "best" takes the first of devices() that can be opened with these options (a GPU of an OpenCL driver cannot where
  /// isolation::process is asked for); "cpu" the first of that back end; "cpu:0" exactly that one;
  /// "opencl:0/counts:6,2/1" a part of it.
  /// Throws device_not_found, listing what there is; invalid_argument; unsupported; limit_exceeded; out_of_threads;
  /// worker_unavailable when the worker process is not to be found, saying where it was looked for.
  static device open(std::string_view selector = "best", const open_options& options = {});

  /// "cpu:0".
  const std::string& id() const;
  /// How many times the device was replaced since the process started, counted from 1.
  std::uint64_t generation() const;
  const capabilities& properties() const;
  dotcompute::isolation isolation() const;

  /// How often the worker process was replaced, and the latest 256 times, oldest first. Empty without isolation.
  std::uint64_t recovery_count() const;
  std::vector<recovery_report> recoveries() const;
  /// Waits until recovery_count() is at least `count`; false when the time passed first.
  bool await_recoveries(std::uint64_t count, std::chrono::nanoseconds time) const;
  /// Compares all guarded buffers (untyped_buffer::guard()) with their checksums, those that are at rest, and marks
  /// those that are not what they were. Takes as long as reading them. Throws deadline_exceeded, device_lost.
  guard_report verify_guarded() const;
  guard_report verify_guarded(std::chrono::nanoseconds time) const;
  /// Kernels that are refused, and an end to that: false when the kernel was not. Throws invalid_argument for what is
  /// no content_id().
  std::vector<refused_kernel> refused_kernels() const;
  bool pardon(std::string_view content_id) const;
  /// Of the process that drives the device; unknown without isolation.
  known<std::int64_t> worker_process() const;
  /// Resets the device and says what was observed. Throws invalid_argument (a deadline that is not positive),
  /// wrong_lease (through the handle of a lease, which is not the whole device), unsupported (without isolation, beyond
  /// `soft`), stale_handle (another generation), reset_under_way, deadline_exceeded, device_lost. Whatever is thrown,
  /// nothing is half reset: either nothing was changed, or, with device_lost, the device is gone.
  reset_result reset(const reset_options& options = {}) const;
  /// The same on another thread. What is wrong with the call is thrown at once, the rest by the future; `cancelled`
  /// when a stop is requested before the worker process was stopped.
  std::future<reset_result> reset_async(const reset_options& options = {}, std::stop_token stop = {}) const;

  /// How queue::copy() goes between this device and the other. Direct only where the drivers say that each reaches the
  /// other's memory and patterns copied both ways by both arrived; that is tried when it is first asked for or needed,
  /// takes milliseconds, and holds until either closes. Throws device_lost.
  peer_access access_to(const device& other) const;

  /// Threads that run work-groups; 0 when they are the device's own or its driver's.
  std::uint32_t threads() const;

  /// Those of the device that are not revoked, in the order in which they were made. Include <dotcompute/lease.hpp>.
  std::vector<lease> leases() const;

  /// Statistics, budgets, trimming, callbacks, recordings. Include <dotcompute/memory.hpp>.
  memory_pool memory() const;

  friend bool operator==(const device&, const device&) = default;

  /// For the other classes of dotcompute.
  const std::shared_ptr<detail::device_state>& state() const;
  const std::shared_ptr<detail::lease_state>& lease_state() const { return lease_; }
  explicit device(std::shared_ptr<detail::device_state> state, std::shared_ptr<detail::lease_state> lease = {})
      : state_(std::move(state)), lease_(std::move(lease)) {}

 private:
  std::shared_ptr<detail::device_state> state_;
  std::shared_ptr<detail::lease_state> lease_; ///< null: of none
};

} // namespace dotcompute
