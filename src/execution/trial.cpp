// SPDX-License-Identifier: MIT
// Looking for the command that brought a worker down.
#include "execution/trial.hpp"

#include "execution/device_state.hpp"
#include "execution/stream_queue.hpp"
#include "execution/supervisor.hpp"
#include "support/log.hpp"

#include <algorithm>

namespace dotcompute {

std::string_view to_string(culprit_search search) noexcept {
  switch (search) {
  case culprit_search::not_needed: return "not_needed";
  case culprit_search::under_way: return "under_way";
  case culprit_search::found: return "found";
  case culprit_search::not_again: return "not_again";
  case culprit_search::not_repeatable: return "not_repeatable";
  case culprit_search::broken_off: break;
  }
  return "broken_off";
}

} // namespace dotcompute

namespace dotcompute::execution {
namespace {

constexpr auto turn_time = std::chrono::milliseconds(1); // then the supervisor looks for faults and requests
constexpr std::uint32_t most_culprits = 16;              // of one trial; each costs a recovery

} // namespace

bool trial::holds(const detail::stream_queue& queue) const {
  return holds_all || std::any_of(suspects.begin(), suspects.end(),
                                  [&](const suspect& s) { return s.queue.lock().get() == &queue; });
}

void supervisor::begin_trial(trial next) {
  // Suspects of the last one that were not tried yet stay suspects: what ran beside them is another question.
  if (trial_) {
    for (auto& s : trial_->suspects)
      if (std::none_of(next.suspects.begin(), next.suspects.end(),
                       [&](const auto& n) { return n.queue.lock() == s.queue.lock(); }))
        next.suspects.push_back(std::move(s));
    end_trial(culprit_search::broken_off);
  }
  const std::lock_guard lock(guard_);
  trial_ = std::move(next);
}

void supervisor::advance_trial() {
  if (!trial_) return;
  trial& t = *trial_;
  const auto began = std::chrono::steady_clock::now();
  const time_point until = began + turn_time;
  while (!t.suspects.empty()) {
    const trial::suspect& next = t.suspects.front();
    borrowed_queues held{&device_, {}};
    if (auto q = next.queue.lock()) held.queues.push_back(std::move(q));
    if (!held.queues.empty() && !held.queues.front()->run_singly(next.last, until)) break;
    t.suspects.pop_front();
  }
  t.spent += std::chrono::steady_clock::now() - began;
  const bool is_over = t.suspects.empty();
  if (!is_over && t.spent < options_.trial_time && t.culprits < most_culprits) return;
  end_trial(t.culprits != 0 ? culprit_search::found : is_over ? culprit_search::not_again : culprit_search::broken_off);
  for (const auto& q : borrow().queues)
    q->allow(detail::stream_queue::everything);
  device_.watch.hurry();
}

void supervisor::end_trial(culprit_search result) {
  const std::lock_guard lock(guard_);
  if (!trial_) return;
  const std::uint64_t generation = trial_->generation;
  for (recovery_report& r : reports_)
    if (r.generation == generation) r.search = result;
  log::write(result == culprit_search::found ? log::level::info : log::level::warning,
             fmt::format("device {}: the search for what brought the worker process of generation {} down ended: {}",
                         device_.id, generation - 1, to_string(result)));
  trial_.reset();
}

} // namespace dotcompute::execution
