// SPDX-License-Identifier: MIT
// Random replacement of live blocks, by one or several threads at once.
#pragma once

#include "request_sequence.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace dotcompute::benchmark {

/// One thread's blocks: each step frees a random one and allocates another of a random size, between 256 B and 8 MiB
/// with as many in each doubling.
template <class Allocator>
class churner {
 public:
  churner(Allocator& allocator, std::size_t live, unsigned seed) : allocator_(allocator) {
    log_uniform_sizes random(256, 8 << 20, seed);
    for (std::size_t i = 0; i < live; ++i) {
      sizes_.push_back(random.next());
      blocks_.push_back(allocator_.allocate(sizes_.back()));
    }
    for (std::size_t i = 0; i < 1 << 15; ++i)
      steps_.push_back({random.below(static_cast<std::uint32_t>(live)), random.next()});
  }
  ~churner() {
    for (const auto& b : blocks_)
      allocator_.free(b);
  }
  churner(const churner&) = delete;
  churner& operator=(const churner&) = delete;

  void run(std::size_t pairs) {
    for (std::size_t i = 0; i < pairs; ++i) {
      const auto& s = steps_[at_++ % steps_.size()];
      allocator_.free(blocks_[s.slot]);
      blocks_[s.slot] = allocator_.allocate(s.bytes);
      sizes_[s.slot] = s.bytes;
    }
  }
  /// Nanoseconds of each pair.
  double time(std::size_t pairs) {
    const auto begin = std::chrono::steady_clock::now();
    run(pairs);
    return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count() /
           static_cast<double>(pairs);
  }
  void list(std::vector<extent>& out) const {
    for (std::size_t i = 0; i < blocks_.size(); ++i)
      out.push_back({Allocator::address(blocks_[i]), sizes_[i]});
  }

 private:
  struct step {
    std::uint32_t slot;
    std::uint64_t bytes;
  };
  Allocator& allocator_;
  std::vector<typename Allocator::block> blocks_;
  std::vector<std::uint64_t> sizes_;
  std::vector<step> steps_;
  std::size_t at_ = 0;
};

/// Threads that stay, so that what allocators keep for them stays too, and begin each turn at the same moment.
template <class Allocator>
class churning_threads {
 public:
  churning_threads(Allocator& allocator, unsigned threads, std::size_t live) : elapsed_(threads), work_(threads) {
    for (unsigned i = 0; i < threads; ++i)
      threads_.emplace_back([this, &allocator, i, threads, live](std::stop_token stop) {
        churner<Allocator> c(allocator, live / threads, i + 1);
        {
          const std::lock_guard lock(guard_);
          work_[i] = &c;
          ++done_;
        }
        changed_.notify_all();
        serve(stop, c, i, threads);
      });
    std::unique_lock lock(guard_);
    changed_.wait(lock, [&] { return done_ == threads; });
  }
  ~churning_threads() {
    for (auto& t : threads_)
      t.request_stop();
    changed_.notify_all();
  }
  churning_threads(const churning_threads&) = delete;
  churning_threads& operator=(const churning_threads&) = delete;

  /// Nanoseconds of each pair, the mean of the threads.
  double time(std::size_t pairs) {
    std::unique_lock lock(guard_);
    pairs_ = pairs;
    done_ = 0;
    arrived_ = 0;
    ++turn_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return done_ == threads_.size(); });
    double sum = 0;
    for (const double e : elapsed_)
      sum += e;
    return sum / static_cast<double>(elapsed_.size());
  }
  std::vector<extent> list() const {
    std::vector<extent> all;
    for (const auto* c : work_)
      c->list(all);
    return all;
  }

 private:
  void serve(const std::stop_token& stop, churner<Allocator>& c, unsigned i, unsigned threads) {
    std::uint64_t seen = 0;
    std::unique_lock lock(guard_);
    while (changed_.wait(lock, stop, [&] { return turn_ != seen; })) {
      seen = turn_;
      const auto pairs = pairs_;
      lock.unlock();
      ++arrived_;
      while (arrived_ < threads)
        std::this_thread::yield();
      const double nanoseconds = c.time(pairs);
      lock.lock();
      elapsed_[i] = nanoseconds;
      ++done_;
      changed_.notify_all();
    }
  }

  std::mutex guard_;
  std::condition_variable_any changed_;
  std::uint64_t turn_ = 0;
  std::size_t pairs_ = 0, done_ = 0;
  std::atomic<unsigned> arrived_{0};
  std::vector<double> elapsed_;
  std::vector<churner<Allocator>*> work_;
  std::vector<std::jthread> threads_;
};

} // namespace dotcompute::benchmark
