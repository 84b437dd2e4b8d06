// SPDX-License-Identifier: MIT
#include "execution/reset.hpp"

#include "execution/queue_state.hpp"

#include <algorithm>

namespace dotcompute {

std::string_view to_string(reset_level level) noexcept {
  switch (level) {
  case reset_level::soft: return "soft";
  case reset_level::context: return "context";
  case reset_level::hard: return "hard";
  case reset_level::full: break;
  }
  return "full";
}

reset_options reset_options::after_error() {
  reset_options o;
  o.pending = pending_work::abandon;
  return o;
}

reset_options reset_options::before_shutdown(std::chrono::nanoseconds time) {
  reset_options o;
  o.level = reset_level::hard;
  o.pending = pending_work::wait_briefly;
  o.deadline = time;
  return o;
}

} // namespace dotcompute

namespace dotcompute::execution {
namespace {

constexpr auto look_interval = std::chrono::milliseconds(20); // whether a stop was requested

error_details describe(const detail::device_state& device, std::string remedy) {
  return device.describe("reset the device", std::move(remedy));
}

void check(const detail::device_state& device, const reset_options& o) {
  device.require_present("reset the device");
  if (o.deadline <= std::chrono::nanoseconds::zero())
    throw error(error_code::invalid_argument, "a deadline that is not positive",
                describe(device, "Abandon queued work when there is no time for it."));
  if (o.level == reset_level::soft && o.pending != pending_work::wait)
    throw error(error_code::invalid_argument, "a soft reset waits for queued work and cannot abandon it",
                describe(device, "Use the level context."));
  if (o.level != reset_level::soft && !device.supervisor)
    throw error(error_code::unsupported,
                "a reset of level " + std::string(to_string(o.level)) +
                    " of a device whose driver runs in this process",
                describe(device, "Open the device with isolation::process."));
  if (o.generation && *o.generation != device.generation())
    throw error(error_code::stale_handle,
                "generation " + std::to_string(*o.generation) + " was to be reset; the device is of generation " +
                    std::to_string(device.generation()),
                describe(device, "Look at recoveries(): another reset or a recovery came first."));
}

} // namespace

reset_turn::reset_turn(std::shared_ptr<detail::device_state> device, const reset_options& options)
    : device_(std::move(device)), options_(options) {
  check(*device_, options_);
  if (!device_->begin_reset())
    throw error(error_code::reset_under_way, "another reset of the device is not done yet",
                describe(*device_, "Wait for it, and look whether another one is needed."));
}

void reset_turn::require_wanted(const std::stop_token& stop) const {
  if (stop.stop_requested())
    throw error(error_code::cancelled, "the reset was cancelled before it began",
                describe(*device_, "Nothing was reset."));
}

bool reset_turn::drain(time_point deadline, const std::stop_token& stop, std::uint64_t& commands) const {
  struct stretch {
    std::shared_ptr<detail::queue_state> queue;
    std::uint64_t first, last;
  };
  std::vector<stretch> stretches;
  for (auto& q : device_->queues()) {
    const std::uint64_t completed = q->completed(), submitted = q->submitted();
    stretches.push_back({std::move(q), completed, submitted});
  }
  bool is_drained = true;
  for (const stretch& s : stretches) {
    while (is_drained && !s.queue->wait(s.last, std::min(deadline, deadline_after(look_interval)))) {
      device_->require_present("reset the device");
      require_wanted(stop);
      if (std::chrono::steady_clock::now() < deadline) continue;
      if (options_.pending == pending_work::wait)
        throw error(error_code::deadline_exceeded,
                    "queue '" + s.queue->name + "' has " + std::to_string(s.last - s.queue->completed()) +
                        " commands that are not done",
                    describe(*device_, "Nothing was reset. Give more time, or abandon queued work."));
      is_drained = false;
    }
    commands += std::min(s.last, s.queue->completed()) - s.first;
  }
  return is_drained;
}

reset_result reset_turn::run(const std::stop_token& stop) const {
  const auto began = std::chrono::steady_clock::now();
  const time_point deadline = deadline_after(options_.deadline);
  reset_result result;
  result.level = options_.level;
  const bool is_drained = options_.pending != pending_work::abandon && drain(deadline, stop, result.commands_drained);
  result.drained = std::chrono::steady_clock::now() - began;
  require_wanted(stop);
  if (options_.level != reset_level::soft) {
    replacement_request r;
    r.abandons_work = !is_drained;
    r.discards_memory = options_.level >= reset_level::hard;
    r.discards_programs = options_.level == reset_level::full || !options_.keep_programs;
    r.uses_spare = options_.use_spare && options_.level != reset_level::full;
    // A recovery that is under way may go first.
    r.deadline = deadline_after(std::max<std::chrono::nanoseconds>(options_.deadline, std::chrono::seconds(1)));
    result.replacement = device_->supervisor->replace(r);
  }
  result.total = std::chrono::steady_clock::now() - began;
  return result;
}

} // namespace dotcompute::execution
