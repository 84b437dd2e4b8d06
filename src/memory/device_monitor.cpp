// SPDX-License-Identifier: MIT
#include "memory/device_monitor.hpp"

#include "support/log.hpp"
#include "support/quiet_signals.hpp"

#include <dotcompute/error.hpp>

#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <list>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace dotcompute::memory {

struct device_monitor::state {
  struct question {
    std::function<void(const device_answer*)> done;
    std::stop_token stop;
    time_point deadline;
    std::uint64_t after = 0; ///< answered by any query that began as this one or later
  };

  explicit state(std::function<drivers::memory_usage()> q) : query(std::move(q)) {}

  // A sequence lock around the last answer: odd while it is written, by one thread, under the guard.
  void publish(const drivers::memory_usage& usage, std::int64_t now) {
    constexpr auto encode = [](const known<std::uint64_t>& k) { return k ? *k + 1 : 0; };
    version.fetch_add(1, std::memory_order_acq_rel);
    total.store(encode(usage.total_bytes), std::memory_order_release);
    free.store(encode(usage.free_bytes), std::memory_order_release);
    time.store(now, std::memory_order_release);
    version.fetch_add(1, std::memory_order_acq_rel);
  }
  device_answer read() const noexcept {
    constexpr auto decode = [](std::uint64_t n) { return n ? known<std::uint64_t>(n - 1) : known<std::uint64_t>(); };
    for (;;) {
      const std::uint64_t before = version.load(std::memory_order_acquire);
      if (before == 0) return {};
      device_answer a;
      a.usage = drivers::memory_usage{decode(total.load(std::memory_order_acquire)),
                                      decode(free.load(std::memory_order_acquire))};
      a.time = time.load(std::memory_order_acquire);
      if (before % 2 == 0 && version.load(std::memory_order_relaxed) == before) return a;
    }
  }

  std::atomic<std::uint64_t> version{0}, total{0}, free{0};
  std::atomic<std::int64_t> time{0};
  const std::function<drivers::memory_usage()> query;
  mutable std::mutex guard;
  std::condition_variable asked, changed;
  std::list<question> questions;
  std::uint64_t wanted = 0, begun = 0, answered = 0; ///< queries, by number
  bool is_closing = false, has_threads = false, is_asking = false;
  std::thread asker, keeper;

  void ask_device() {
    std::unique_lock lock(guard);
    while (!is_closing) {
      if (begun == wanted) {
        asked.wait_for(lock, std::chrono::hours(1));
        continue;
      }
      const std::uint64_t number = begun = wanted;
      is_asking = true;
      lock.unlock();
      std::optional<drivers::memory_usage> usage;
      try {
        usage = query();
      } catch (const std::exception& e) {
        log::warning("a device did not tell its memory: {}", e.what());
      } catch (...) {
        log::warning("a device did not tell its memory and threw an unknown exception");
      }
      const std::int64_t now = now_nanoseconds();
      lock.lock();
      is_asking = false;
      if (usage) {
        publish(*usage, now);
        answered = number;
      }
      changed.notify_all();
    }
  }

  void keep_deadlines() {
    std::unique_lock lock(guard);
    for (;;) {
      const time_point now = std::chrono::steady_clock::now();
      time_point next = now + std::chrono::hours(1);
      std::list<question> over;
      for (auto q = questions.begin(); q != questions.end();) {
        const auto here = q++;
        if (is_closing || here->stop.stop_requested() || answered >= here->after || now >= here->deadline)
          over.splice(over.end(), questions, here);
        else
          next = std::min(next, here->deadline);
      }
      if (!over.empty()) {
        const bool closing = is_closing;
        const std::uint64_t up_to = answered;
        device_answer answer = read();
        lock.unlock();
        for (question& q : over) {
          answer.is_stale = up_to < q.after;
          q.done(closing || q.stop.stop_requested() ? nullptr : &answer);
        }
        over.clear();
        lock.lock();
        continue;
      }
      if (is_closing) return;
      changed.wait_until(lock, next);
    }
  }

  void start_threads(const std::shared_ptr<state>& self) {
    if (has_threads) return;
    const quiet_signals quiet;
    try {
      if (!keeper.joinable()) keeper = std::thread([self] { self->keep_deadlines(); });
      asker = std::thread([self] { self->ask_device(); });
    } catch (const std::system_error& e) {
      throw error(error_code::out_of_threads,
                  std::string("the memory monitor's thread could not be started: ") + e.what());
    }
    pthread_setname_np(keeper.native_handle(), "dc-mem-wait");
    pthread_setname_np(asker.native_handle(), "dc-mem-ask");
    has_threads = true;
  }
};

device_monitor::device_monitor(std::function<drivers::memory_usage()> query)
    : state_(std::make_shared<state>(std::move(query))) {}

void device_monitor::close() noexcept {
  std::thread asker, keeper;
  bool hangs;
  {
    const std::lock_guard lock(state_->guard);
    if (state_->is_closing) return;
    state_->is_closing = true;
    hangs = state_->is_asking;
    asker = std::move(state_->asker);
    keeper = std::move(state_->keeper);
  }
  state_->asked.notify_all();
  state_->changed.notify_all();
  const auto end = [](std::thread& t, bool wait) {
    if (!t.joinable()) return;
    // The last handle of a device may go on the monitor's own thread.
    if (wait && t.get_id() != std::this_thread::get_id())
      t.join();
    else
      t.detach();
  };
  end(asker, !hangs);
  end(keeper, true);
}

void device_monitor::ask(std::function<void(const device_answer*)> done, std::stop_token stop,
                         std::chrono::nanoseconds wait) {
  std::unique_lock lock(state_->guard);
  if (state_->is_closing) {
    lock.unlock();
    return done(nullptr);
  }
  state_->start_threads(state_);
  state::question q{std::move(done), std::move(stop), deadline_after(wait), 0};
  // A query that is under way began before this question; the next one answers it, and all others asked meanwhile.
  q.after = state_->wanted = state_->begun + 1;
  state_->questions.push_back(std::move(q));
  state_->asked.notify_one();
  state_->changed.notify_one();
}

device_answer device_monitor::ask(std::chrono::nanoseconds wait) {
  const auto result = std::make_shared<std::promise<device_answer>>();
  auto future = result->get_future();
  try {
    ask([result](const device_answer* a) { result->set_value(a ? *a : device_answer{}); }, {}, wait);
  } catch (const error& e) {
    log::warning("{}", e.what());
    return last();
  }
  // The keeper answers at the deadline; this only bounds waiting for a keeper that is late.
  if (future.wait_for(wait * 2) == std::future_status::ready) return future.get();
  device_answer stale = last();
  stale.is_stale = true;
  return stale;
}

device_answer device_monitor::last() const noexcept {
  return state_->read();
}

} // namespace dotcompute::memory
