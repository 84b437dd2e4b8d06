// SPDX-License-Identifier: MIT
#include "execution/supervisor.hpp"

#include "execution/device_state.hpp"
#include "execution/stream_queue.hpp"
#include "support/log.hpp"
#include "support/quiet_signals.hpp"
#include "support/system_error.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <system_error>
#include <utility>

namespace dotcompute::execution {

namespace {

using namespace std::chrono_literals;

constexpr auto examine_interval = 20ms; // for what no descriptor tells: hung kernels, silence, damage

recovery_cause cause_of(isolated::worker_symptom::kind k) {
  using kind = isolated::worker_symptom::kind;
  switch (k) {
  case kind::signal:
  case kind::driver: return recovery_cause::kernel_crashed;
  case kind::died: return recovery_cause::worker_died;
  case kind::stopped: return recovery_cause::worker_stopped;
  case kind::silent: return recovery_cause::worker_silent;
  case kind::corrupted: break;
  }
  return recovery_cause::ring_corrupted;
}

} // namespace

supervisor::supervisor(detail::device_state& device, isolated::isolated_driver& driver, supervision options)
    : device_(device), driver_(driver), options_(std::move(options)) {}

supervisor::~supervisor() {
  stopping_.store(true, std::memory_order_seq_cst);
  wake();
  if (thread_.joinable()) thread_.join();
  canary_stream_.reset();
}

void supervisor::start() {
  wake_ = file_descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake_) throw system_error(errno, "watch over a worker process", "eventfd");
  const quiet_signals quiet;
  try {
    thread_ = std::thread([this] { serve(); });
  } catch (const std::system_error& e) {
    throw error(error_code::out_of_threads, std::string("the supervisor's thread could not be started: ") + e.what());
  }
  pthread_setname_np(thread_.native_handle(), "dc-supervisor");
}

void supervisor::wake() noexcept {
  const std::uint64_t one = 1;
  if (wake_) [[maybe_unused]]
    const ssize_t ignored = ::write(wake_.get(), &one, sizeof one);
}

void supervisor::look_after(const std::shared_ptr<detail::stream_queue>& queue) {
  std::unique_lock lock(guard_);
  // It ends within its own deadlines, with a worker or by giving the device up.
  changed_.wait(lock, [this] { return !is_recovering_; });
  if (trial_ && trial_->holds_all) queue->allow(0);
  device_.add_queue(queue);
}

void supervisor::set_recovering(bool is_recovering) noexcept {
  {
    const std::lock_guard lock(guard_);
    is_recovering_ = is_recovering;
  }
  changed_.notify_all();
}

supervisor::borrowed_queues supervisor::borrow() {
  borrowed_queues present{&device_, {}};
  // Every queue of an isolated device has a stream.
  for (auto& q : device_.queues())
    present.queues.push_back(std::static_pointer_cast<detail::stream_queue>(std::move(q)));
  return present;
}

supervisor::borrowed_queues::~borrowed_queues() {
  if (queues.empty()) return;
  try {
    device->notifier.start();
    device->notifier.post([given = std::move(queues)] {});
  } catch (const std::exception& e) {
    log::error("device {}: {}", device->id, e.what()); // then this thread may be the last to hold one
  }
}

std::vector<recovery_report> supervisor::reports() const {
  std::vector<recovery_report> all;
  {
    const std::lock_guard lock(guard_);
    all.assign(reports_.begin(), reports_.end());
  }
  for (recovery_report& r : all)
    r.guard = device_.guard.report_of(r.generation);
  return all;
}

bool supervisor::await_recoveries(std::uint64_t count, time_point deadline) const {
  std::unique_lock lock(guard_);
  return changed_.wait_until(lock, std::min(deadline, deadline_after(std::chrono::hours(1))),
                             [&] { return recoveries() >= count; });
}

void supervisor::serve() {
  driver_.link().replace_from_here();
  while (!stopping_.load(std::memory_order_seq_cst)) {
    try {
      if (const auto f = look()) {
        set_recovering(true);
        recover(*f, nullptr);
        set_recovering(false);
        continue;
      }
      if (const auto asked = begin_asked()) {
        set_recovering(true);
        recovery_report report = recover({recovery_cause::requested,
                                          0,
                                          asked->request.ending ? "a lease was revoked" : "a reset was asked for",
                                          {},
                                          std::chrono::steady_clock::now()},
                                         &asked->request);
        set_recovering(false);
        {
          const std::lock_guard lock(guard_);
          std::erase(asked_, asked);
        }
        asked->answer.set_value(std::move(report));
        continue;
      }
      driver_.link().tend_spares();
      prepare_canary();
      if (trial_) advance_trial();
    } catch (const std::exception& e) {
      const error reason(error_class::device_lost, error_code::device_lost, e.what(), device_.describe("recover"));
      log::error("device {} could not be recovered: {}", device_.id, e.what());
      driver_.link().give_up(reason);
      device_.mark_lost(reason);
      device_.guard.give_up();
      if (trial_) end_trial(culprit_search::broken_off);
      for (const auto& q : borrow().queues)
        q->resume({});
      device_.watch.hurry();
      set_recovering(false);
      answer_with(std::make_exception_ptr(reason));
      return;
    }
    const bool waits = !trial_;
    const auto d = driver_.link().descriptors();
    pollfd p[] = {{wake_.get(), POLLIN, 0}, {d[0], POLLIN, 0}, {d[1], POLLIN, 0}, {d[2], POLLIN, 0}};
    ::poll(p, 4, waits ? static_cast<int>(examine_interval / 1ms) : 0);
    if (p[3].revents != 0) driver_.link().collect_prints();
    std::uint64_t ignored;
    if (p[0].revents != 0) [[maybe_unused]]
      const ssize_t n = ::read(wake_.get(), &ignored, sizeof ignored);
  }
}

recovery_report supervisor::replace(const replacement_request& request) {
  constexpr auto longest = std::chrono::minutes(2); // well beyond replacing_time
  const auto asked = std::make_shared<asked_replacement>();
  asked->request = request;
  auto answer = asked->answer.get_future();
  {
    const std::lock_guard lock(guard_);
    if (has_ended_) throw device_.loss("reset the device");
    asked_.push_back(asked);
  }
  wake();
  if (answer.wait_until(std::min(request.deadline, deadline_after(longest))) != std::future_status::ready) {
    {
      const std::lock_guard lock(guard_);
      if (!asked->has_begun) {
        std::erase(asked_, asked);
        throw error(error_code::deadline_exceeded, "a recovery or another replacement took until the deadline",
                    device_.describe("replace the worker process", "Nothing was changed. Try again."));
      }
    }
    if (answer.wait_for(longest) != std::future_status::ready)
      throw error(error_code::device_lost, "replacing the worker process does not end",
                  device_.describe("replace the worker process",
                                   "End this process, and look for a driver that hangs (dmesg)."));
  }
  return answer.get();
}

std::shared_ptr<supervisor::asked_replacement> supervisor::begin_asked() {
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(guard_);
  // Those that are too late are taken away by who asked.
  const auto first =
      std::find_if(asked_.begin(), asked_.end(), [&](const auto& a) { return now <= a->request.deadline; });
  if (first == asked_.end()) return nullptr;
  (*first)->has_begun = true;
  return *first;
}

void supervisor::answer_with(const std::exception_ptr& reason) noexcept {
  std::deque<std::shared_ptr<asked_replacement>> asked;
  {
    const std::lock_guard lock(guard_);
    has_ended_ = true;
    asked.swap(asked_);
  }
  for (const auto& a : asked)
    a->answer.set_exception(reason);
}

bool supervisor::is_recovering() const {
  const std::lock_guard lock(guard_);
  return is_recovering_;
}

std::optional<supervisor::finding> supervisor::look() {
  if (auto s = driver_.link().examine())
    return finding{cause_of(s->what), s->queue, std::move(s->text), std::move(s->driver_error),
                   std::chrono::steady_clock::now()};
  if (!has_limits_.load(std::memory_order_relaxed)) return {};
  const std::int64_t now = now_nanoseconds();
  const borrowed_queues all = borrow();
  for (const auto& q : all.queues) {
    const auto limit = q->overrun_limit(now);
    if (limit == 0ns) continue;
    return finding{
        recovery_cause::kernel_hung,
        static_cast<isolated::isolated_stream&>(q->stream()).id(),
        fmt::format("it did not end within its limit of {:.3f} s", std::chrono::duration<double>(limit).count()),
        {},
        std::chrono::steady_clock::now()};
  }
  return {};
}

} // namespace dotcompute::execution
