// SPDX-License-Identifier: MIT
#include "execution/revocation.hpp"

#include "execution/queue_state.hpp"
#include "support/log.hpp"

#include <algorithm>
#include <thread>

namespace dotcompute::execution {
namespace {

using namespace std::chrono_literals;

constexpr auto look_interval = 20ms;           // whether a stop was requested
constexpr auto rest_interval = 50us;           // whether what has begun has ended
constexpr auto longest_passing = 2min;         // over abandoned commands, a recovery that comes in between included
constexpr auto longest_replacement_wait = 30s; // for recoveries and resets that come first

} // namespace

revocation::revocation(std::shared_ptr<detail::lease_state> lease, const revoke_options& options)
    : lease_(std::move(lease)), options_(options) {
  if (options_.deadline <= 0ns)
    throw error(error_code::invalid_argument, "a deadline that is not positive",
                describe("Abandon queued work when there is no time for it."));
  if (options_.grace < 0ns) throw error(error_code::invalid_argument, "a negative grace", describe({}));
}

error_details revocation::describe(std::string remedy) const {
  return lease_->device->describe("revoke lease '" + lease_->options.name + "'", std::move(remedy));
}

void revocation::require_wanted(const std::stop_token& stop) const {
  if (stop.stop_requested())
    throw error(error_code::cancelled, "it was cancelled before anything was abandoned",
                describe("Nothing was revoked."));
}

void revocation::drain(const queue_list& queues, const std::vector<std::uint64_t>& last,
                       const std::stop_token& stop) const {
  const time_point deadline = deadline_after(options_.deadline);
  for (std::size_t i = 0; i < queues.size(); ++i) {
    detail::queue_state& q = *queues[i];
    while (!q.wait(last[i], std::min(deadline, deadline_after(look_interval)))) {
      require_wanted(stop);
      if (std::chrono::steady_clock::now() < deadline) continue;
      if (options_.pending != pending_work::wait) return;
      throw error(error_code::deadline_exceeded,
                  "queue '" + q.name + "' has " + std::to_string(last[i] - q.completed()) +
                      " commands that are not done",
                  describe("Nothing was revoked. Give more time, or abandon queued work."));
    }
  }
}

void revocation::come_to_rest(const queue_list& queues, const std::stop_token& stop, revoke_result& result) const {
  const time_point deadline = deadline_after(options_.grace);
  const auto running = [&] {
    return std::find_if(queues.begin(), queues.end(), [](const auto& q) { return !q->is_at_rest(); });
  };
  detail::device_state& device = *lease_->device;
  for (auto q = running(); q != queues.end(); q = running()) {
    require_wanted(stop);
    supervisor* const workers = device.supervisor.get();
    // A queue whose device was lost or is being recovered comes to rest by itself.
    if (std::chrono::steady_clock::now() < deadline || device.is_lost() || (workers && workers->is_recovering())) {
      std::this_thread::sleep_for(rest_interval);
      continue;
    }
    if (!workers)
      throw error(error_code::deadline_exceeded,
                  "command " + std::to_string((*q)->completed() + 1) + " of queue '" + (*q)->name +
                      "' has begun and does not end",
                  describe("Nothing was revoked. Give more time; only on a device opened with isolation::process can "
                           "a command be stopped."));
    replacement_request r;
    r.ending = lease_.get();
    r.deadline = deadline_after(longest_replacement_wait);
    try {
      result.replacement = workers->replace(r);
    } catch (const error& e) {
      if (e.code() == error_code::deadline_exceeded) throw; // it was not begun
      log::warning("lease '{}' of {}: {}", lease_->options.name, device.id, e.message());
    }
    return; // its commands are stored again, and none may run: there is no way back
  }
}

void revocation::abandon(const queue_list& queues, abandoned_commands& told) const {
  const error reason = lease_->refusal("run a command");
  const time_point deadline = deadline_after(longest_passing);
  for (const auto& q : queues) {
    // A recovery that came in between holds it up.
    while (!q->abandon(reason, told) && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(rest_interval);
    if (!q->wait(q->submitted(), deadline))
      throw error(error_code::deadline_exceeded,
                  "queue '" + q->name + "' does not pass over what was abandoned; the lease stays closed",
                  describe("Revoke it again."));
  }
}

void revocation::close(const queue_list& queues, const std::stop_token& stop, revoke_result& result) const {
  const auto began = std::chrono::steady_clock::now();
  std::vector<std::uint64_t> last;
  for (const auto& q : queues)
    last.push_back(q->last_submitted());
  try {
    if (options_.pending != pending_work::abandon) drain(queues, last, stop);
    result.drained = std::chrono::steady_clock::now() - began;
    for (const auto& q : queues)
      q->hold();
    come_to_rest(queues, stop, result);
  } catch (...) {
    lease_->become(lease_status::active);
    for (const auto& q : queues)
      q->release();
    throw;
  }
}

revoke_result revocation::run(const std::stop_token& stop) const {
  const auto began = std::chrono::steady_clock::now();
  detail::lease_state& lease = *lease_;
  if (!lease.begin_revocation(deadline_after(options_.deadline)))
    throw error(error_code::deadline_exceeded, "another thread is revoking it", describe("Wait for that."));
  struct turn {
    detail::lease_state& lease;
    ~turn() { lease.end_revocation(); }
  } const mine{lease};
  if (lease.outcome) return *lease.outcome;

  revoke_result result;
  result.lease = lease.options.name;
  const bool is_closed = lease.status() == lease_status::revoked; // an earlier revocation did not come to its end
  // Counted first: who sees that it drains knows that what ends from then on is counted.
  queue_list queues;
  std::uint64_t done_before = 0, done = 0;
  const auto count_queues = [&] {
    for (auto& q : lease.queues())
      if (std::find(queues.begin(), queues.end(), q) == queues.end()) {
        done_before += q->completed();
        queues.push_back(std::move(q));
      }
  };
  count_queues();
  if (!is_closed) lease.become(lease_status::draining);
  count_queues(); // and those made just before
  if (!is_closed) close(queues, stop, result);
  // From here on there is no way back.
  lease.become(lease_status::revoked);
  abandoned_commands told;
  abandon(queues, told);
  for (const auto& q : queues)
    done += q->completed();
  result.commands_drained = done - done_before - told.count;
  result.commands_abandoned = told.count;
  result.abandoned = std::move(told.named);
  result.queues_ended = queues.size();
  lease.end_buffers(result);
  result.total = std::chrono::steady_clock::now() - began;
  lease.outcome = result;
  log::info("lease '{}' of {} was revoked in {:.3f} ms: {} commands done, {} abandoned, {} bytes freed",
            lease.options.name, lease.device->id, std::chrono::duration<double, std::milli>(result.total).count(),
            result.commands_drained, result.commands_abandoned, result.bytes_freed);
  return result;
}

} // namespace dotcompute::execution
