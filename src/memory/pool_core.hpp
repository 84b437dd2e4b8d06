// SPDX-License-Identifier: MIT
// What a pool is made of. Lives as long as its last thread with a magazine, which may be longer than the pool.
#pragma once

#include "memory/allocation_log.hpp"
#include "memory/ledger.hpp"
#include "memory/magazine.hpp"
#include "memory/pool.hpp"
#include "memory/pool_counts.hpp"
#include "memory/pressure.hpp"
#include "memory/queue_table.hpp"
#include "memory/reading_pace.hpp"
#include "memory/region.hpp"
#include "memory/tag_table.hpp"
#include "memory/thread_magazines.hpp"

#include <array>
#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

namespace dotcompute::memory {

class device_monitor;
class recorder;
class host_resource;

class pool_core : public std::enable_shared_from_this<pool_core> {
 public:
  pool_core(std::shared_ptr<drivers::segment_source> from, pool_options with);
  ~pool_core();

  allocation allocate(const allocation_request& r);
  void free(block_handle handle, queue_id queue, std::uint64_t number);
  block_place place_of(block_handle handle) const;

  void detach_queue(queue_id queue) noexcept;
  trim_result trim();
  discarded discard() noexcept;
  void set_budget(tag_id tag, known<std::uint64_t> bytes);

  // Reports.
  memory_statistics statistics() const;
  std::vector<tag_statistics> tag_report() const;
  memory_map map() const;
  fragmentation_figures compute_fragmentation() const;
  void check() const;
  void report_leaks() const noexcept;

  // For the threads' own lists.
  /// The magazine for this thread and queue; a shared one where it can have none.
  magazine& magazine_for(queue_id queue) {
    magazine* const last = last_magazine_for(queue);
    return last ? *last : find_or_make_magazine(queue);
  }
  /// Only if this thread used it last.
  magazine* last_magazine_for(queue_id queue) const noexcept {
    return last_used.pool_serial == serial && last_used.queue == static_cast<std::uint32_t>(queue) ? last_used.found
                                                                                                   : nullptr;
  }
  /// The thread ends: its blocks go back.
  void retire(magazine& m) noexcept;

  /// Within the returned object's life time the calling thread owns the magazine.
  class access {
   public:
    explicit access(magazine& m) noexcept : magazine_(m) {
      if (m.is_shared) [[unlikely]]
        m.lock.claim(); // it has no owner
      else
        m.lock.enter();
    }
    ~access() {
      if (magazine_.is_shared) [[unlikely]]
        magazine_.lock.unclaim();
      else
        magazine_.lock.leave();
    }
    access(const access&) = delete;
    access& operator=(const access&) = delete;
    magazine* operator->() const noexcept { return &magazine_; }
    magazine& operator*() const noexcept { return magazine_; }

   private:
    magazine& magazine_;
  };

  const std::shared_ptr<drivers::segment_source> source;
  const pool_options options;
  const std::uint64_t serial; ///< never used twice in this process
  block_records records;
  ledger bytes;
  tag_table tags;
  mutable queue_table queues;
  const std::shared_ptr<pressure_list> pressure = std::make_shared<pressure_list>();
  mutable pool_counts shared;
  std::unique_ptr<device_monitor> monitor;
  std::unique_ptr<host_resource> resource;
  /// What makes every operation take the long way. One byte, so that the short way looks once.
  enum condition : std::uint8_t {
    recording = 1,   ///< operations are written to a log
    tag_budgets = 2, ///< some tag has or had a budget
    tight = 4,       ///< memory is short: no block is given out for a smaller request
    uncached = 8,    ///< there are no magazines, or they need fences
  };
  bool is(condition c) const noexcept { return (conditions_.load(std::memory_order_relaxed) & c) != 0; }
  void become(condition c, bool value) noexcept {
    if (value)
      conditions_.fetch_or(c, std::memory_order_seq_cst);
    else
      conditions_.fetch_and(static_cast<std::uint8_t>(~c), std::memory_order_seq_cst);
  }
  std::mutex recorder_guard;
  std::shared_ptr<recorder> log; ///< under recorder_guard

 private:
  /// Why a request could not be met.
  enum class lack : std::uint8_t { nothing, block, budget, tag_budget, capacity, driver };
  struct trial {
    region::piece piece;
    lack why = lack::nothing;
  };

  /// How closely an allocation is looked at.
  struct closeness {
    std::uint32_t weight = 0; ///< of how many requests its size is the sample; 0: it is none
    bool is_timed = false;
  };

  magazine& find_or_make_magazine(queue_id queue);
  void validate(const allocation_request& r);
  void charge(const allocation_request& r);
  void uncharge(const allocation_request& r) noexcept;
  bool is_plain(const allocation_request& r) const noexcept;
  allocation allocate_with_care(const allocation_request& r);
  allocation allocate_cached(magazine& m, const allocation_request& r, bool is_charged, closeness look);
  allocation allocate_slowly(const allocation_request& r, bool is_charged);
  closeness look_at(magazine& m) const noexcept;
  void hand_out(magazine& m, magazine::taken t, const allocation_request& r, std::uint64_t used_bytes,
                allocation& result) noexcept;
  bool collect_returned(magazine& m, block_list& overflow) noexcept;
  void free_with_care(block_record& r, block_handle handle, queue_id queue, std::uint64_t number);
  static bool end_generation(block_record& r, block_handle handle) noexcept;
  /// Counts a block that was live, and notes where it may be used again.
  void end_life(magazine& m, block_record& r, queue_id queue, std::uint64_t number) noexcept;
  /// Into the magazine, or what there is no room for into `out`.
  void keep(magazine& m, block_record& r, block_index b, block_list& out) noexcept;

  template <bool is_freed>
  void count_block(magazine& m, std::uint64_t granted, std::uint64_t requested) noexcept;
  template <bool is_freed>
  void count_owner(magazine& m, std::uint32_t tag, std::uint64_t requested) noexcept;
  /// The same for any tag. What was charged has its bytes in the tag table already.
  void count_owner_with_care(magazine& m, std::uint32_t tag, std::uint64_t requested, bool is_freed,
                             bool is_charged) noexcept;
  void flush_bytes(magazine& m) noexcept;
  /// The same because a block of so many bytes was freed.
  void flush_bytes(magazine& m, std::uint64_t freed) noexcept;
  void flush_tag(magazine& m, std::uint32_t tag) noexcept;

  trial try_blocks(const allocation_request& r);
  trial try_all(const allocation_request& r);
  lack grow(const allocation_request& r);
  lack add_segment(buffer_kind kind, std::uint64_t bytes);
  region::piece end_shortage(const allocation_request& r, lack why);
  void wait_for_queues(const allocation_request& r, trial& t);
  void spill(const allocation_request& r, trial& t);
  [[noreturn]] void fail(const allocation_request& r, lack why);
  allocation_failure cause_of(const allocation_request& r, lack why, std::string& why_text) const;
  [[noreturn]] void refuse_free(block_handle handle, const block_record* r) const;

  /// Blocks that nobody keeps: to the regions, or to wait for their queue. True when any went to a region. Segments
  /// beyond what is retained go back to the device, unless they are to be kept.
  bool give_back(block_list blocks, bool keeps_segments = false) noexcept;
  bool collect_everything_returned() noexcept;
  bool reclaim_done() noexcept;
  /// Their bytes. Segments stay, so that the next step finds what became free.
  std::uint64_t drain_magazines() noexcept;
  block_list empty_magazine(magazine& m) noexcept;
  trim_result return_segments(std::uint64_t keep, bool leaves_zeros = false) noexcept;
  /// Allocations and frees of the first so many magazines.
  std::uint64_t count_operations(std::uint32_t magazines) const noexcept;
  void set_limits(magazine& m) const noexcept;
  std::uint64_t cache_limit() const noexcept;
  std::uint64_t large_limit() const noexcept;
  std::uint32_t flush_limit() const noexcept;
  region& region_of(buffer_kind kind) const noexcept { return *regions_[static_cast<std::size_t>(kind)]; }
  std::string name_of(tag_id tag) const;
  void log_event(const memory::log_event& e) noexcept;
  error_details describe(std::string operation, std::string remedy = {}) const {
    return {options.device, options.generation, std::move(operation), std::move(remedy)};
  }

  const std::uint64_t granularity_ = source->segment_granularity();
  static constexpr std::uint32_t most_magazines = 4096;
  std::array<std::unique_ptr<region>, buffer_kinds> regions_;
  std::array<std::atomic<magazine*>, most_magazines> magazines_{}; ///< the first is the shared one
  std::atomic<std::uint32_t> magazine_count_{0};
  std::mutex magazines_guard_; ///< of adding, and of spare_magazines_
  std::vector<magazine*> spare_magazines_;
  std::atomic<std::uint8_t> conditions_{0};
  std::atomic<std::uint64_t> segment_numbers_{0};

  struct published_fragmentation;
  std::unique_ptr<published_fragmentation> published_;
  mutable reading_pace pace_;
};

} // namespace dotcompute::memory
