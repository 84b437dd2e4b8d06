// SPDX-License-Identifier: MIT
// What is tried when free memory and one more segment do not do, in this order and each once: other threads' caches,
// waiting for queues, unused segments, the application's callbacks, the driver once more. Then the request fails with
// its cause.
#include "memory/device_monitor.hpp"
#include "memory/pool_core.hpp"
#include "memory/recorder.hpp"
#include "support/clock.hpp"
#include "support/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

namespace dotcompute::memory {

region::piece pool_core::end_shortage(const allocation_request& r, lack why) {
  add(shared.shortages);
  become(tight, true);
  const std::int64_t start = now_nanoseconds();
  trial t{{}, why};
  const auto is_over = [&](const char* step) {
    if (t.why != lack::nothing) return false;
    log::debug("{}: {} bytes were found after {:.3f} ms by {}", options.device, r.bytes,
               static_cast<double>(now_nanoseconds() - start) * 1e-6, step);
    return true;
  };
  log::debug("{}: {} bytes are short; {} used, {} reserved", options.device, r.bytes, bytes.used(), bytes.reserved());

  if (drain_magazines() != 0) t = try_blocks(r);
  if (t.why != lack::nothing) t = try_all(r);
  if (is_over("emptying the threads' caches")) return t.piece;

  wait_for_queues(r, t);
  if (is_over("waiting for queues")) return t.piece;

  if (return_segments(0).segments != 0) t = try_all(r);
  if (is_over("returning unused segments")) return t.piece;

  spill(r, t);
  if (is_over("the application's callbacks")) return t.piece;

  if (t.why == lack::driver) {
    std::this_thread::sleep_for(
        std::min(options.retry_after, std::chrono::nanoseconds(std::chrono::milliseconds(100))));
    add(shared.retries);
    drain_magazines();
    t = try_all(r);
    if (is_over("asking the driver again")) return t.piece;
  }
  fail(r, t.why);
}

void pool_core::wait_for_queues(const allocation_request& r, trial& t) {
  const time_point deadline = deadline_after(options.queue_wait);
  while (t.why != lack::nothing) {
    queue_table::waiting oldest;
    if (!queues.find_oldest(oldest)) return;
    if (std::chrono::steady_clock::now() >= deadline) return; // other threads may make more and more wait
    if (oldest.timeline && !oldest.timeline->wait(oldest.number, deadline)) return;
    oldest.timeline.reset();
    // Nothing was freed by it when another thread was faster; then there is less to wait for each time.
    reclaim_done();
    t = try_all(r);
  }
}

void pool_core::spill(const allocation_request& r, trial& t) {
  if (pressure_list::is_in_callback()) return;
  for (const auto& callback : pressure->by_priority()) {
    add(shared.spills);
    if (pressure->call(callback, r.bytes) == 0) continue;
    drain_magazines();
    wait_for_queues(r, t);
    if (t.why != lack::nothing) t = try_all(r);
    if (t.why != lack::nothing && return_segments(0).segments != 0) t = try_all(r);
    if (t.why == lack::nothing) return;
  }
}

allocation_failure pool_core::cause_of(const allocation_request& r, lack why, std::string& text) const {
  if (r.bytes > offset_allocator::largest_segment) {
    text = fmt::format("one block has at most {} bytes", offset_allocator::largest_segment);
    return allocation_failure::capacity;
  }
  const std::uint64_t wanted = (r.bytes + granule - 1) / granule * granule;
  const std::uint64_t free = region_of(r.kind).figures().free, pending = queues.waiting_bytes();
  if (why == lack::tag_budget) {
    text = fmt::format("the budget of tag '{}' is {} bytes", name_of(r.tag), load(tags[r.tag].budget));
    return allocation_failure::budget;
  }
  const known<std::uint64_t> budget = bytes.budget();
  if (free >= wanted && (!budget || bytes.used() + wanted <= *budget)) {
    text = fmt::format("{} bytes are free, but not in one piece", free);
    return allocation_failure::fragmentation;
  }
  if (pending != 0 && free + pending >= wanted) {
    text = fmt::format("{} bytes were freed on queues that were not done with them after {} ms", pending,
                       std::chrono::duration_cast<std::chrono::milliseconds>(options.queue_wait).count());
    return allocation_failure::awaiting_queue;
  }
  if (why == lack::budget) {
    text = fmt::format("{} of a budget of {} bytes are used", bytes.used(), budget.value_or(0));
    return allocation_failure::budget;
  }
  if (why == lack::driver) {
    const device_answer answer = monitor->ask(std::chrono::milliseconds(100));
    if (answer.usage && answer.usage->total_bytes && answer.usage->free_bytes) {
      const std::uint64_t total = *answer.usage->total_bytes, own = bytes.reserved();
      if (*answer.usage->free_bytes < wanted && total > own && total - own >= wanted) {
        text = fmt::format("others use {} of the device's {} bytes",
                           total - std::min(total, *answer.usage->free_bytes + own), total);
        return allocation_failure::other_process;
      }
    }
  }
  text = fmt::format("{} of {} bytes are reserved, {} of them free", bytes.reserved(), bytes.capacity(), free);
  return allocation_failure::capacity;
}

namespace {

const char* remedy_for(allocation_failure cause) noexcept {
  switch (cause) {
  case allocation_failure::capacity: return "Free buffers or use smaller ones.";
  case allocation_failure::fragmentation: return "Allocate long-lived buffers first, or use smaller ones.";
  case allocation_failure::awaiting_queue: return "Finish the queues, or find the command that takes so long.";
  case allocation_failure::budget: return "Free buffers, or raise the budget.";
  case allocation_failure::other_process: break;
  }
  return "Free memory that other programs use.";
}

} // namespace

void pool_core::fail(const allocation_request& r, lack why) {
  std::string reason;
  const allocation_failure cause = cause_of(r, why, reason);
  add(shared.failures[static_cast<std::size_t>(cause)]);
  shared.last_failed_bytes.store(r.bytes, std::memory_order_relaxed);
  if (is(recording)) log_event(failure_event(r, cause, *this));
  const std::string tag = r.tag == untagged ? "" : fmt::format(" by '{}'", name_of(r.tag));
  allocation_error failure(cause, r.bytes,
                           fmt::format("{} bytes of {} memory were asked for{}; {} ({})", r.bytes, to_string(r.kind),
                                       tag, reason, to_string(cause)),
                           describe("allocate memory", remedy_for(cause)));
  if (options.logs_failures) log::warning("{}", failure.what());
  throw failure;
}

} // namespace dotcompute::memory
