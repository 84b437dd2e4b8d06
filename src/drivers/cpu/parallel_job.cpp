// SPDX-License-Identifier: MIT
#include "drivers/cpu/parallel_job.hpp"

#include <algorithm>

namespace dotcompute::cpu {

void parallel_job::prepare_ranges(const job_functions& functions, std::uint64_t first_chunk, std::uint64_t chunks,
                                  std::uint32_t threads, const drivers::completion& done) {
  functions_ = functions;
  done_ = done;
  chunks_ = chunks;
  busy_.store(0, std::memory_order_relaxed);
  failed_.store(false, std::memory_order_relaxed);
  owner_.store(done.context, std::memory_order_relaxed);
  limit_.store(threads, std::memory_order_relaxed);
  used_ranges_ = std::min<std::uint32_t>(threads, static_cast<std::uint32_t>(ranges_.size()));
  const std::uint64_t left = chunks - first_chunk;
  for (std::uint64_t i = 0; i < used_ranges_; ++i)
    ranges_[i].set(static_cast<std::uint32_t>(first_chunk + left * i / used_ranges_),
                   static_cast<std::uint32_t>(first_chunk + left * (i + 1) / used_ranges_));
}

bool parallel_job::enter() {
  std::uint32_t seen = gate_.load(std::memory_order_acquire);
  do {
    if (seen & closed || seen >= limit_.load(std::memory_order_relaxed)) return false;
  } while (!gate_.compare_exchange_weak(seen, seen + 1, std::memory_order_acquire, std::memory_order_acquire));
  return true;
}

bool parallel_job::take(std::uint32_t range, std::uint64_t& chunk) {
  range %= used_ranges_;
  if (ranges_[range].take_front(chunk)) return true;
  for (std::uint32_t i = 1; i < used_ranges_; ++i)
    if (ranges_[(range + i) % used_ranges_].take_back(chunk)) return true;
  return false;
}

parallel_job::departure parallel_job::leave(reason why) {
  std::uint32_t seen = gate_.load(std::memory_order_relaxed), next;
  do {
    next = seen - 1;
    // Once no chunk is left to take none ever will be: the ranges only shrink.
    if (why == reason::nothing_left) next |= closed;
  } while (!gate_.compare_exchange_weak(seen, next, std::memory_order_acq_rel, std::memory_order_relaxed));
  if (next == closed) return departure::last;
  return next == 0 ? departure::deserted : departure::others_remain;
}

parallel_job::ending parallel_job::finish() {
  owner_.store(nullptr, std::memory_order_relaxed);
  if (functions_.finished)
    functions_.finished(context_, chunks_, static_cast<double>(busy_.load(std::memory_order_relaxed)));
  return {done_, !failed_.load(std::memory_order_relaxed)};
}

} // namespace dotcompute::cpu
