// SPDX-License-Identifier: MIT
// One piece of work cut into chunks, which any number of threads up to a limit take and run; the thread that leaves
// last finishes it.
#pragma once

#include "drivers/driver.hpp"
#include "drivers/fault_origin.hpp"
#include "support/clock.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

namespace dotcompute::cpu {

/// What to do, as plain functions over a context that the job holds a copy of.
struct job_functions {
  /// False: a thread had no memory for it; the job goes on, and fails.
  bool (*run)(void* context, std::uint64_t chunk) noexcept = nullptr;
  /// After the last chunk; `busy` is the time that all threads together spent, in nanoseconds. May be null.
  void (*finished)(void* context, std::uint64_t chunks, double busy) = nullptr;
};

/// Chunks [begin, end) that are still to be taken, packed into one word so that taking one is one compare-and-swap.
/// The owner takes from the front, thieves from the far end, so each walks over neighbouring chunks.
class alignas(64) chunk_range {
 public:
  void set(std::uint32_t begin, std::uint32_t end) { bounds_.store(pack(begin, end), std::memory_order_relaxed); }

  // A successful exchange proves that the range was exactly `seen` at that moment, whatever happened in between, so a
  // chunk is handed out once. Relaxed order is enough: what chunks mean was published by opening the job.
  bool take_front(std::uint64_t& chunk) {
    std::uint64_t seen = bounds_.load(std::memory_order_relaxed);
    while (begin(seen) < end(seen))
      if (bounds_.compare_exchange_weak(seen, pack(begin(seen) + 1, end(seen)), std::memory_order_relaxed)) {
        chunk = begin(seen);
        return true;
      }
    return false;
  }
  bool take_back(std::uint64_t& chunk) {
    std::uint64_t seen = bounds_.load(std::memory_order_relaxed);
    while (begin(seen) < end(seen))
      if (bounds_.compare_exchange_weak(seen, pack(begin(seen), end(seen) - 1), std::memory_order_relaxed)) {
        chunk = end(seen) - 1;
        return true;
      }
    return false;
  }

 private:
  static constexpr std::uint64_t pack(std::uint32_t b, std::uint32_t e) { return std::uint64_t{e} << 32 | b; }
  static constexpr std::uint32_t begin(std::uint64_t v) { return static_cast<std::uint32_t>(v); }
  static constexpr std::uint32_t end(std::uint64_t v) { return static_cast<std::uint32_t>(v >> 32); }

  std::atomic<std::uint64_t> bounds_{0};
};

/// A reusable place for one job. Life: prepare() by its maker, open(), enter()/work()/leave() by many, and for the one
/// whose leave() says so finish(); then it may be prepared again.
class alignas(64) parallel_job {
 public:
  explicit parallel_job(std::uint32_t most_threads) : ranges_(most_threads) {}

  static constexpr std::size_t context_bytes = 512;

  template <class Context>
  void prepare(const job_functions& functions, const Context& context, std::uint64_t first_chunk, std::uint64_t chunks,
               std::uint32_t threads, const drivers::completion& done) {
    static_assert(std::is_trivially_copyable_v<Context> && sizeof(Context) <= context_bytes);
    new (context_) Context(context);
    prepare_ranges(functions, first_chunk, chunks, threads, done);
  }

  /// Lets threads in; the opener counts as one that entered.
  void open() { gate_.store(1, std::memory_order_release); }
  /// False when the job is closed, or as many threads as may work on it do.
  bool enter();

  enum class reason { nothing_left, asked_to_leave };
  /// Runs chunks, those of `range` first, until none is left to take or `should_leave` says so after a chunk.
  template <class Predicate>
  reason work(std::uint32_t range, Predicate&& should_leave) {
    const std::int64_t began = now_nanoseconds();
    const std::uint64_t outer = std::exchange(drivers::fault_origin, done_.origin);
    reason why = reason::nothing_left;
    std::uint64_t chunk;
    while (take(range, chunk)) {
      if (!functions_.run(context_, chunk)) failed_.store(true, std::memory_order_relaxed);
      if (should_leave()) {
        why = reason::asked_to_leave;
        break;
      }
    }
    drivers::fault_origin = outer;
    busy_.fetch_add(now_nanoseconds() - began, std::memory_order_relaxed);
    return why;
  }

  enum class departure {
    others_remain,
    last,     ///< the caller must finish() the job
    deserted, ///< chunks may be left and nobody works on them: somebody must be told to enter
  };
  departure leave(reason why);

  ///  /// Nobody else touches the job from the leave() that said `last` until it is opened again.
  struct ending {
    drivers::completion tell;
    bool succeeded = true;
  };
  ending finish();
  const void* owner() const { return owner_.load(std::memory_order_relaxed); }

 private:
  void prepare_ranges(const job_functions& functions, std::uint64_t first_chunk, std::uint64_t chunks,
                      std::uint32_t threads, const drivers::completion& done);
  bool take(std::uint32_t range, std::uint64_t& chunk);

  static constexpr std::uint32_t closed = 1u << 31;
  /// Bit 31: closed. Below: threads inside. Entering acquires what open() released; leaving releases what chunks
  /// wrote, and the last to leave acquires it.
  std::atomic<std::uint32_t> gate_{closed};
  std::atomic<std::uint32_t> limit_{1};
  std::atomic<const void*> owner_{nullptr};
  job_functions functions_{};
  drivers::completion done_{};
  std::uint64_t chunks_ = 0;
  std::atomic<std::int64_t> busy_{0};
  std::atomic<bool> failed_{false};
  std::uint32_t used_ranges_ = 0;
  std::vector<chunk_range> ranges_;
  alignas(64) std::byte context_[context_bytes];
};

} // namespace dotcompute::cpu
