// SPDX-License-Identifier: MIT
// What a queue of a stream does while its lease is revoked.
#include "execution/stream_queue.hpp"

#include "isolation/isolated_stream.hpp"

#include <algorithm>

namespace dotcompute::detail {

using execution::command;

namespace {

void set_pace(drivers::stream& s, isolated::queue_pace pace) noexcept {
  if (auto* const isolated = dynamic_cast<isolated::isolated_stream*>(&s)) isolated->set_pace(pace);
}

} // namespace

void stream_queue::hold() {
  const std::lock_guard lock(guard_);
  is_held_ = true;
  // While a worker is replaced nothing runs, and what comes back from it is stored.
  if (!is_suspended_) set_pace(*stream_, isolated::queue_pace::hold);
}

bool stream_queue::is_at_rest() noexcept {
  retire();
  const std::lock_guard lock(guard_);
  if (is_lost_) return true;
  if (stage_ == stage::transferring || is_suspended_) return false;
  signal();
  const auto* const isolated = dynamic_cast<const isolated::isolated_stream*>(stream_.get());
  return under_way_.empty() || (isolated && !isolated->is_running());
}

void stream_queue::release() {
  {
    const std::lock_guard lock(guard_);
    is_held_ = false;
    if (!is_suspended_) set_pace(*stream_, isolated::queue_pace::run);
  }
  pump(time_point::min(), false);
  device->watch.hurry();
}

// Everything is refused before the guard is let go, so that a worker that is replaced just then finds it so: resume()
// keeps what was refused. Nothing is held any more, or what is stored again would never be handed over.
bool stream_queue::abandon(const error& reason, execution::abandoned_commands& told) {
  {
    const std::lock_guard lock(guard_);
    if (is_lost_) return true; // its commands fail with the loss
    const auto* const isolated = dynamic_cast<const isolated::isolated_stream*>(stream_.get());
    if (stage_ == stage::transferring || is_suspended_ || (isolated ? isolated->is_running() : !under_way_.empty()))
      return false;
    std::deque<std::pair<std::uint64_t, error>> refused;
    const auto refuse_unless_done = [&](command& c, std::deque<std::pair<std::uint64_t, error>>& known) {
      for (; !known.empty() && known.front().first <= c.number; known.pop_front())
        refused.push_back(std::move(known.front()));
      if ((!refused.empty() && refused.back().first == c.number) || c.number <= stream_->reached()) return;
      refused.emplace_back(c.number, reason);
      c.carried_by = execution::carrier::none;
      told.add(c, name);
    };
    for (command* c = under_way_.first(); c; c = c->next)
      refuse_unless_done(*c, refused_);
    refused.insert(refused.end(), refused_.begin(), refused_.end());
    while (!stored_.empty()) {
      command* const c = stored_.pop_front();
      refuse_unless_done(*c, verdicts_);
      under_way_.push_back(c);
      handed_over_ = c->number;
    }
    refused_ = std::move(refused);
    if (!refused_.empty()) note_failure(refused_.front().second);
    if (stage_ == stage::blocked) stage_ = stage::free;
    is_held_ = false;
    set_pace(*stream_, isolated::queue_pace::skip);
    signal();
  }
  device->watch.hurry();
  return true;
}

} // namespace dotcompute::detail
