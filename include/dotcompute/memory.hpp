// SPDX-License-Identifier: MIT
// Memory pools: what a device's memory is used for, how much of it, and what happens when it runs out.
#pragma once

#include <dotcompute/error.hpp>
#include <dotcompute/known.hpp>
#include <dotcompute/memory_statistics.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <memory_resource>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace dotcompute {

namespace detail {
class device_state;
class pressure_registration;
class log_registration;
} // namespace detail

/// A request for memory that could not be met, after everything was tried that could have met it. Code
/// out_of_device_memory, class resource.
class allocation_error : public error {
 public:
  allocation_error(allocation_failure cause, std::uint64_t requested_bytes, const std::string& message,
                   error_details details);

  allocation_failure cause() const noexcept { return cause_; }
  std::uint64_t requested_bytes() const noexcept { return requested_; }

 private:
  allocation_failure cause_;
  std::uint64_t requested_;
};

/// What memory_pool::trim() gave back.
struct trim_result {
  std::uint64_t drained_bytes = 0;  ///< from the caches of threads back to the pool
  std::uint64_t returned_bytes = 0; ///< from the pool to the device, whole segments
  std::uint64_t segments = 0;       ///< how many
};

/// Called when memory is short, before a request fails: frees what the application can spare and returns how many bytes
/// that were, 0 when it has nothing. Runs on the thread whose request is short, without any lock of dotcompute, so it
/// may free and even allocate; a request within it is never answered by calling it again. What it throws is logged and
/// counts as 0.
using pressure_callback = std::function<std::uint64_t(std::uint64_t wanted_bytes)>;

/// Keeps a pressure callback registered. The destructor waits for a call that another thread is in, for at most a
/// second. Move-only.
class pressure_subscription {
 public:
  pressure_subscription() = default;
  explicit pressure_subscription(std::shared_ptr<detail::pressure_registration> r) : registration_(std::move(r)) {}
  pressure_subscription(pressure_subscription&&) noexcept = default;
  pressure_subscription& operator=(pressure_subscription&&) noexcept = default;
  pressure_subscription(const pressure_subscription&) = delete;
  pressure_subscription& operator=(const pressure_subscription&) = delete;
  ~pressure_subscription() = default;

 private:
  std::shared_ptr<detail::pressure_registration> registration_;
};

/// A recording of a pool's allocations that ends when this goes out of scope. Move-only.
class allocation_recording {
 public:
  allocation_recording() = default;
  explicit allocation_recording(std::shared_ptr<detail::log_registration> r) : registration_(std::move(r)) {}
  allocation_recording(allocation_recording&&) noexcept = default;
  allocation_recording& operator=(allocation_recording&&) noexcept = default;
  allocation_recording(const allocation_recording&) = delete;
  allocation_recording& operator=(const allocation_recording&) = delete;
  ~allocation_recording() = default;

  /// Ends it and writes what is left. Throws system_call_failed when the file could not be written completely.
  void finish();

 private:
  std::shared_ptr<detail::log_registration> registration_;
};

/// The memory of one device, as device::memory() gives it. A handle that keeps the device open; thread-safe.
class memory_pool {
 public:
  explicit memory_pool(std::shared_ptr<detail::device_state> device) : device_(std::move(device)) {}

  /// Everything that is known without asking the device; device figures are the last ones that were heard, with their
  /// age, and `tags` is unknown. Takes no lock of the pool. Counts of other threads are as of some moment during the
  /// call. A thread that found others at work when it last read waits until 20 microseconds after any read began, so
  /// that reading without pause does not slow them.
  memory_statistics statistics() const;

  /// Also asks the device and goes through the tags, on another thread. Ready within 10 milliseconds: when the device
  /// has not answered by then, its last known figures stand, marked as stale with their age. The future holds
  /// error_code::cancelled when a stop is requested first.
  std::future<memory_statistics> statistics_async(std::stop_token stop = {}) const;

  /// Figures of every owner tag in use so far, in the order of first use; the first is of memory without a tag. Looks
  /// at every block without stopping allocation, so ages may be those of blocks that were freed meanwhile.
  std::vector<tag_statistics> tags() const;

  /// Segments and blocks as they are now, in the order of their addresses. Holds up other threads' slow paths.
  memory_map map() const;

  /// Empties the caches of all threads and gives segments without a live block back to the device.
  trim_result trim();

  /// At most `bytes` may be allocated, cached or pending at any time; unknown lifts the limit. Less than what is in use
  /// is allowed: then nothing more can be allocated until enough was freed.
  void set_budget(known<std::uint64_t> bytes);
  /// The same for the live bytes of one owner tag. Throws limit_exceeded when there are too many tags.
  void set_budget(std::string_view tag, known<std::uint64_t> bytes);

  /// Calls `callback` when memory is short; higher priorities first, and only as many as it takes.
  [[nodiscard]] pressure_subscription on_pressure(int priority, pressure_callback callback);

  /// Host-shared memory for containers of the standard library. Lives as long as the device, which this handle keeps
  /// open. Thread-safe. Every allocation takes at least 256 bytes: put a std::pmr pool on top for small ones.
  /// Throws allocation_error.
  std::pmr::memory_resource* resource() const;

  /// Records every allocation and free from now on into a file that `dotcompute memory replay` and
  /// memory::replay() read. One recording at a time: throws invalid_argument when one is under way, system_call_failed
  /// or file_not_found when the file cannot be made.
  [[nodiscard]] allocation_recording record(const std::string& path);

  const std::shared_ptr<detail::device_state>& state() const noexcept { return device_; }

 private:
  std::shared_ptr<detail::device_state> device_;
};

} // namespace dotcompute
