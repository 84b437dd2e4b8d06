// SPDX-License-Identifier: MIT
#include "isolation/isolated_stream.hpp"

#include "isolation/isolated_driver.hpp"
#include "support/futex.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <thread>

namespace dotcompute::isolated {
namespace {

constexpr std::uint64_t most_in_ring = ring_bytes / 2; // see has_room()
constexpr std::uint64_t piece = 4 << 20;               // bytes; well below a millisecond

} // namespace

isolated_stream::isolated_stream(std::shared_ptr<worker_link> link, host_view& view,
                                 const drivers::stream_options& options)
    : link_(std::move(link)), view_(view), goes_on_(options.goes_on) {
  renew();
  id_ = link_->open_queue(*this, options);
}

isolated_stream::~isolated_stream() {
  link_->close_queue(id_);
}

// Fresh memory in the place of the old, so that what a worker that is not quite dead yet writes reaches nobody, and
// threads that read progress find it at any moment.
int isolated_stream::renew() {
  const std::uint64_t done = memory_ ? reached() : 0;
  shared_memory fresh("dotcompute queue", queue_memory_bytes);
  auto& p = *reinterpret_cast<queue_page*>(fresh.data());
  p.started.store(done, std::memory_order_relaxed);
  p.completed.store(done, std::memory_order_relaxed);
  if (memory_) {
    // Who sleeps on the old would not be woken any more; the queue keeps them from sleeping there again.
    page().progress_bell.fetch_add(1, std::memory_order_seq_cst);
    futex_wake(page().progress_bell, std::numeric_limits<int>::max(), futex_scope::shared);
    memory_.take_over(std::move(fresh));
  } else {
    memory_ = std::move(fresh);
  }
  writer_.emplace(memory_.data());
  pushed_.store(done, std::memory_order_release);
  refusals_read_ = skipped_until_ = 0;
  return memory_.file();
}

bool isolated_stream::has_room() const noexcept {
  return writer().used() <= most_in_ring;
}

std::byte* isolated_stream::prepare(record_kind kind, std::uint64_t bytes, std::uint64_t number) {
  std::byte* const record = writer().prepare(kind, static_cast<std::uint32_t>(bytes), number, acknowledged_);
  if (!record)
    throw error(error_code::internal, "a command was handed over though the worker's ring is full",
                {link_->device().id, 1, "submit a command", ""});
  return record;
}

void isolated_stream::publish(std::uint64_t number) {
  pushed_.store(number, std::memory_order_release);
  writer().publish();
}

void isolated_stream::submit(std::uint64_t number, const drivers::launch_command& c) {
  if (c.argument_bytes > largest_arguments)
    throw error(error_code::limit_exceeded,
                std::to_string(c.argument_bytes) + " bytes of kernel arguments; at most " +
                    std::to_string(largest_arguments) + " reach a worker process",
                {link_->device().id, 1, "launch a kernel", "Put them into a buffer."});
  std::byte* const place = prepare(record_kind::launch, arguments_offset + c.argument_bytes, number);
  auto& r = *reinterpret_cast<launch_record*>(place);
  r.program = static_cast<const isolated_program*>(c.program)->number;
  r.kernel = c.kernel;
  r.dimensions = c.dimensions;
  r.global_size = c.global_size;
  r.global_offset = c.global_offset;
  r.local_size = c.local_size;
  r.local_bytes = c.local_bytes;
  r.argument_bytes = c.argument_bytes;
  std::memcpy(place + arguments_offset, c.arguments, c.argument_bytes);
  publish(number);
}

void isolated_stream::submit(std::uint64_t number, const drivers::fill_command& c) {
  auto& r = *reinterpret_cast<fill_record*>(prepare(record_kind::fill, sizeof(fill_record), number));
  r.to = reinterpret_cast<std::uintptr_t>(c.to);
  r.bytes = c.bytes;
  r.pattern_bytes = c.pattern_bytes;
  r.pattern = c.pattern;
  publish(number);
}

bool isolated_stream::submit(std::uint64_t number, const drivers::copy_command& c) {
  bool ignored = false;
  if (!view_.is_device_memory(c.to, c.bytes, ignored) || !view_.is_device_memory(c.from, c.bytes, ignored))
    return false;
  auto& r = *reinterpret_cast<copy_record*>(prepare(record_kind::copy, sizeof(copy_record), number));
  r.to = reinterpret_cast<std::uintptr_t>(c.to);
  r.from = reinterpret_cast<std::uintptr_t>(c.from);
  r.bytes = c.bytes;
  publish(number);
  return true;
}

void isolated_stream::signal(std::uint64_t number) {
  // Every command is signalled when it is done; a number without one needs a command of its own.
  if (pushed_.load(std::memory_order_relaxed) >= number) return;
  prepare(record_kind::marker, sizeof(record_header), number);
  publish(number);
}

// The worker may write anything into its page: what it says is believed as far as it can be true.
std::uint64_t isolated_stream::reached() const noexcept {
  const std::uint64_t said =
      std::min(page().completed.load(std::memory_order_acquire), pushed_.load(std::memory_order_acquire));
  std::uint64_t known = reached_.load(std::memory_order_relaxed);
  while (said > known && !reached_.compare_exchange_weak(known, said, std::memory_order_relaxed)) {
  }
  return std::max(said, known);
}

std::uint64_t isolated_stream::begun() const noexcept {
  const std::uint64_t said = page().started.load(std::memory_order_seq_cst);
  return std::clamp(said, reached(), std::max(reached(), pushed_.load(std::memory_order_acquire)));
}

std::int64_t isolated_stream::running_since() const noexcept {
  return page().running_since.load(std::memory_order_relaxed);
}

void isolated_stream::set_pace(queue_pace pace) noexcept {
  queue_page& p = page();
  p.pace.store(static_cast<std::uint32_t>(pace), std::memory_order_seq_cst);
  p.command_bell.fetch_add(1, std::memory_order_seq_cst);
  futex_wake(p.command_bell, 1, futex_scope::shared);
}

bool isolated_stream::is_sound() const noexcept {
  // In this order, since other threads submit and wait meanwhile and all three only grow.
  const std::uint64_t reached = reached_.load(std::memory_order_acquire);
  const std::uint64_t completed = page().completed.load(std::memory_order_acquire);
  const std::uint64_t pushed = pushed_.load(std::memory_order_acquire);
  return writer().is_sound() && reached <= completed && completed <= pushed;
}

// The flag stands until the worker wakes who set it, so it counts nobody and is right in fresh memory too: who sleeps
// on the old wakes up at its limit. Two sleepers with different numbers are woken together, and the later sets it
// again.
bool isolated_stream::sleep(std::uint64_t number, time_point until) const noexcept {
  queue_page& p = page();
  const std::uint32_t seen = p.progress_bell.load(std::memory_order_seq_cst);
  p.service_sleeps.store(1, std::memory_order_seq_cst);
  if (p.completed.load(std::memory_order_seq_cst) < number)
    futex_wait(p.progress_bell, seen, until, futex_scope::shared);
  return true;
}

bool isolated_stream::has_refusals() const noexcept {
  return acknowledged_ != 0 || page().refusals_written.load(std::memory_order_acquire) > refusals_read_;
}

std::optional<error> isolated_stream::take_refusal(std::uint64_t number) noexcept {
  queue_page& p = page();
  if (p.refusals_written.load(std::memory_order_acquire) > refusals_read_) {
    const refusal_record& r = p.refusals[refusals_read_ % remembered_refusals];
    if (r.number == number) {
      error e = read_refusal(r, link_->device().id);
      p.refusals_read.store(++refusals_read_, std::memory_order_release);
      acknowledged_ = number;
      if (!goes_on_) skipped_until_ = pushed_.load(std::memory_order_relaxed);
      return e;
    }
  }
  if (number > skipped_until_ || acknowledged_ == 0) return {};
  return error(error_code::earlier_command_failed, "skipped, because an earlier command failed",
               {link_->device().id, 1, "run a command", "finish() reports the first error and clears it."});
}

known<event_times> isolated_stream::times(std::uint64_t number) const noexcept {
  const times_record& r = page().times[number % remembered_times];
  if (r.number.load(std::memory_order_acquire) != number) return {};
  const event_times t{0, r.started.load(std::memory_order_acquire), r.finished.load(std::memory_order_acquire)};
  if (r.number.load(std::memory_order_relaxed) != number) return {};
  return t;
}

bool isolated_stream::drained(const std::function<bool()>& abandoned) const {
  const std::uint64_t number = pushed_.load(std::memory_order_relaxed);
  for (int i = 0; reached() < number; ++i) {
    if (abandoned()) return false;
    if (i < 2000)
      spin_pause();
    else
      sleep(number, deadline_after(std::chrono::milliseconds(2)));
  }
  return true;
}

bool isolated_stream::transfer(const drivers::copy_command& c, const std::function<bool()>& abandoned) {
  bool to_reachable = true, from_reachable = true;
  view_.is_device_memory(c.to, c.bytes, to_reachable);
  view_.is_device_memory(c.from, c.bytes, from_reachable);
  if (!drained(abandoned)) return false;
  if (!to_reachable || !from_reachable) return copy_staged(c, !to_reachable, abandoned);
  for (std::uint64_t done = 0; done < c.bytes; done += piece) {
    if (abandoned()) return false;
    std::memmove(static_cast<std::byte*>(c.to) + done, static_cast<const std::byte*>(c.from) + done,
                 std::min(piece, c.bytes - done));
  }
  return true;
}

bool isolated_stream::copy_staged(const drivers::copy_command& c, bool to_device,
                                  const std::function<bool()>& abandoned) {
  const std::lock_guard lock(view_.staging_guard());
  const std::span<std::byte> room = view_.staging();
  const auto copy_by_device = [&](void* to, const void* from, std::uint64_t bytes) {
    auto& r = *reinterpret_cast<copy_record*>(
        prepare(record_kind::staged_copy, sizeof(copy_record), pushed_.load(std::memory_order_relaxed)));
    r.to = reinterpret_cast<std::uintptr_t>(to);
    r.from = reinterpret_cast<std::uintptr_t>(from);
    r.bytes = bytes;
    writer().publish();
  };
  // The worker gives the record back when the copy is done.
  const auto is_done = [&] {
    for (int i = 0; writer().used() != 0; ++i) {
      if (abandoned()) return false;
      i < 20000 ? spin_pause() : std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
    return true;
  };
  auto* const to = static_cast<std::byte*>(c.to);
  const auto* const from = static_cast<const std::byte*>(c.from);
  for (std::uint64_t done = 0; done < c.bytes;) {
    const std::uint64_t bytes = std::min<std::uint64_t>(room.size(), c.bytes - done);
    if (to_device) std::memcpy(room.data(), from + done, bytes);
    copy_by_device(to_device ? to + done : room.data(), to_device ? room.data() : from + done, bytes);
    if (!is_done()) return false;
    if (!to_device) std::memcpy(to + done, room.data(), bytes);
    done += bytes;
  }
  return true;
}

} // namespace dotcompute::isolated
