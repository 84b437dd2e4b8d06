// SPDX-License-Identifier: MIT
// The memory pool of one device.
#pragma once

#include "drivers/segment.hpp"
#include "memory/block.hpp"
#include "memory/progress_source.hpp"

#include <dotcompute/memory.hpp>

#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace dotcompute::memory {

class pool_core;

struct pool_options {
  std::string device;                         ///< id, for errors and logs
  std::uint64_t generation = 1;               ///< of the device, for errors and statistics
  std::uint64_t capacity = ~std::uint64_t{0}; ///< bytes that the device could give at most
  known<std::uint64_t> budget;                ///< as memory_pool::set_budget()

  std::uint64_t smallest_segment = 16 << 20; ///< bytes; segments grow with the pool up to largest_segment
  std::uint64_t largest_segment = 256 << 20; ///< unless one request needs more
  std::uint64_t retained_bytes = 256 << 20;  ///< in segments without a live block; more goes back to the device
  std::uint64_t cache_bytes = 8 << 20; ///< what one thread keeps of one queue's blocks, at least; grows with the pool
                                       ///< (beside it one larger block; all threads' are within retained_bytes)
  std::chrono::nanoseconds queue_wait = std::chrono::seconds(1);       ///< for queues, before a request fails
  std::chrono::nanoseconds retry_after = std::chrono::milliseconds(5); ///< before the driver is asked again
  bool caches = true;        ///< off: every operation goes through the pool's lock
  bool logs_failures = true; ///< a warning for every request that failed
  bool statistics = true;    ///< off: only what the pool itself needs is counted; for measuring what counting costs
};

/// What pool::discard() ended.
struct discarded {
  std::uint64_t blocks = 0, bytes = 0; ///< live ones, as they were asked for
  std::uint64_t returned_bytes = 0;    ///< to the device, whole segments
};

/// Cuts segments into blocks. Thread-safe. No call of the driver, of a timeline or of the application is made with a
/// lock held. Closing it ends what it has open; blocks that are still live are reported by tag in the log.
class pool {
 public:
  pool(std::shared_ptr<drivers::segment_source> source, pool_options options);
  ~pool();
  pool(const pool&) = delete;
  pool& operator=(const pool&) = delete;

  /// Throws invalid_size, invalid_argument (alignment, unknown tag or queue), allocation_error; whatever else the
  /// driver throws passes through at once.
  allocation allocate(const allocation_request& request);
  /// Free for everybody at once: whatever used the block is done. Throws buffer_released for a block that was freed,
  /// invalid_handle for what is not a block of this pool.
  void free(block_handle handle);
  /// Free for `queue` at once, and for everybody when its timeline has reached `number`. Throws the same, and
  /// invalid_argument for an unknown queue.
  void free_on(block_handle handle, queue_id queue, std::uint64_t number);
  /// Throws as free().
  block_place place_of(block_handle handle) const;

  /// The pool keeps no queue alive: when `timeline` is gone, it counts as having reached everything.
  queue_id attach_queue(std::weak_ptr<progress_source> timeline);
  /// After the last use of the queue's id, with everything on it done.
  void detach_queue(queue_id queue) noexcept;

  /// The id of an owner name, the same for equal names. Throws limit_exceeded.
  tag_id tag(std::string_view name);
  std::string tag_name(tag_id tag) const;

  memory_statistics statistics() const;
  std::future<memory_statistics> statistics_async(std::stop_token stop = {}) const;
  std::vector<tag_statistics> tags() const;
  memory_map map() const;
  trim_result trim();
  /// Frees every block for everybody but those of resource(), whoever owns it: its handle is refused from then on
  /// (buffer_released), and its addresses hold zeros where the host reached them. With no command under way that uses
  /// one; a block that is allocated meanwhile may be freed or not.
  discarded discard() noexcept;
  void set_budget(known<std::uint64_t> bytes);
  void set_budget(tag_id tag, known<std::uint64_t> bytes);
  std::shared_ptr<detail::pressure_registration> on_pressure(int priority, pressure_callback callback);
  std::shared_ptr<detail::log_registration> record(const std::string& path);
  std::pmr::memory_resource* resource() const noexcept;

  /// Throws internal, naming what is wrong, when the book-keeping contradicts itself. With other threads at rest.
  void check() const;

 private:
  std::shared_ptr<pool_core> core_;
};

} // namespace dotcompute::memory
