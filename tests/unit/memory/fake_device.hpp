// SPDX-License-Identifier: MIT
// A device of plain host memory, or of none, that fails and hangs when told to; and queues that advance when told to.
#pragma once

#include "memory/pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <thread>

namespace dotcompute::memory::test {

inline constexpr std::uint64_t mebi = 1 << 20;
inline constexpr std::uint64_t granularity = 64 << 10;

/// Lives on in the segments, which may outlive the source.
struct fake_counts {
  std::atomic<std::uint64_t> calls{0}, live_segments{0}, live_bytes{0};
};

class fake_device final : public drivers::segment_source {
 public:
  std::unique_ptr<drivers::segment> create_segment(buffer_kind, std::uint64_t bytes) override {
    const std::uint64_t call = ++counts->calls;
    if (call == fails_at || (call >= fails_from && call < fails_until)) throw error(failure, "the fake device fails");
    if (counts->live_bytes + bytes > memory) throw error(error_code::out_of_device_memory, "the fake device is full");
    EXPECT_EQ(bytes % granularity, 0u);
    return std::make_unique<fake_segment>(counts, bytes, has_memory);
  }
  std::uint64_t segment_granularity() const noexcept override { return granularity; }
  std::function<drivers::memory_usage()> memory_query() const override {
    return [usage = usage] { return (*usage)(); };
  }

  std::shared_ptr<fake_counts> counts = std::make_shared<fake_counts>();
  std::atomic<std::uint64_t> memory{std::uint64_t{1} << 40};
  std::atomic<std::uint64_t> fails_at{0}, fails_from{0}, fails_until{0};
  error_code failure = error_code::out_of_device_memory;
  bool has_memory = false;
  std::shared_ptr<std::function<drivers::memory_usage()>> usage =
      std::make_shared<std::function<drivers::memory_usage()>>([] { return drivers::memory_usage{}; });

 private:
  struct fake_segment final : drivers::segment {
    fake_segment(std::shared_ptr<fake_counts> c, std::uint64_t size, bool real)
        : counts_(std::move(c)), is_real_(real) {
      static std::atomic<std::uintptr_t> next{granularity};
      address = reinterpret_cast<std::byte*>(next.fetch_add(size + granularity));
      if (is_real_) {
        address = static_cast<std::byte*>(std::aligned_alloc(granularity, size));
        std::memset(address, 0, size);
      }
      bytes = size;
      ++counts_->live_segments;
      counts_->live_bytes += size;
    }
    ~fake_segment() override {
      if (is_real_) std::free(address);
      --counts_->live_segments;
      counts_->live_bytes -= bytes;
    }
    std::shared_ptr<fake_counts> counts_;
    bool is_real_;
  };
};

class fake_queue final : public progress_source {
 public:
  std::uint64_t completed() const noexcept override { return completed_.load(std::memory_order_acquire); }
  bool wait(std::uint64_t number, time_point deadline) override {
    ++waits;
    if (completes_when_waited_for) reach(number);
    std::unique_lock lock(guard_);
    return changed_.wait_until(lock, deadline, [&] { return completed() >= number; });
  }
  void reach(std::uint64_t number) {
    const std::lock_guard lock(guard_);
    if (number > completed()) completed_.store(number, std::memory_order_release);
    changed_.notify_all();
  }
  std::atomic<int> waits{0};
  std::atomic<bool> completes_when_waited_for{false};

 private:
  std::atomic<std::uint64_t> completed_{0};
  std::mutex guard_;
  std::condition_variable changed_;
};

inline pool_options small_options() {
  pool_options o;
  o.device = "fake:0";
  o.smallest_segment = mebi;
  o.largest_segment = 4 * mebi;
  o.retained_bytes = 2 * mebi;
  o.cache_bytes = 256 << 10;
  o.queue_wait = std::chrono::milliseconds(50);
  o.retry_after = std::chrono::milliseconds(0);
  o.logs_failures = false;
  return o;
}

/// What an expression throws, or a test failure.
template <class Error = error, class Call>
Error failure_of(Call&& call) {
  try {
    call();
  } catch (const Error& e) {
    return e;
  }
  throw std::logic_error("no error was thrown");
}

class pools : public ::testing::Test {
 protected:
  std::shared_ptr<fake_device> device = std::make_shared<fake_device>();
};

} // namespace dotcompute::memory::test
