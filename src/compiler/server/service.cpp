// SPDX-License-Identifier: MIT
#include "compiler/server/service.hpp"

#include "compiler/cache/cache_folder.hpp"
#include "compiler/cache/disk_cache.hpp"
#include "compiler/cache/memory_cache.hpp"
#include "compiler/cache/request_key.hpp"
#include "compiler/server/compiler_client.hpp"
#include "compiler/server/make_service.hpp"
#include "support/log.hpp"

#include <thread>

namespace dotcompute::compiler {
namespace {

/// One compilation under way and those who wait for the same.
struct flight {
  bool landed = false;
  answer outcome; ///< null when it failed
  std::exception_ptr failure;
  bool failure_is_shared = false; ///< it would meet every one who asks, not only the one who asked first
};

class caching_service final : public service {
 public:
  explicit caching_service(const service_options& o)
      : memory_(o.memory_limit_bytes),
        disk_(o.cache_folder, o.disk_limit_bytes, [](std::string_view line) { log::warning("{}", line); }),
        client_(o.executable, o.processes) {}

  answer compile(const request& r, std::chrono::milliseconds timeout, std::stop_token stop) override;
  void prewarm() override { client_.prewarm(); }
  void forget() override { memory_.clear(); }

 private:
  answer lead(const digest& key, const request& r, std::chrono::milliseconds timeout, const std::stop_token& stop);
  void land(const digest& key, const std::shared_ptr<flight>& f);

  memory_cache memory_;
  disk_cache disk_;
  compiler_client client_;

  std::mutex flights_mutex_;
  std::condition_variable_any landed_;
  std::unordered_map<digest, std::shared_ptr<flight>> flights_;
};

answer caching_service::compile(const request& r, std::chrono::milliseconds timeout, std::stop_token stop) {
  const digest key = request_key(r);
  if (auto found = memory_.find(key)) return {std::move(found), origin::memory_cache};

  const time_point deadline = deadline_after(timeout);
  std::shared_ptr<flight> mine;
  {
    std::unique_lock lock(flights_mutex_);
    for (;;) {
      const auto found = flights_.find(key);
      if (found == flights_.end()) {
        mine = std::make_shared<flight>();
        flights_.emplace(key, mine);
        break;
      }
      const std::shared_ptr<flight> other = found->second;
      if (!landed_.wait_until(lock, stop, deadline, [&other] { return other->landed; })) {
        if (stop.stop_requested()) throw cancelled(r);
        throw late(r, timeout, true);
      }
      if (other->outcome.outcome) return other->outcome;
      if (other->failure_is_shared) std::rethrow_exception(other->failure);
      // The one who asked first ran out of time or was stopped: somebody who still waits takes over.
    }
  }
  try {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    mine->outcome = lead(key, r, std::min(timeout, left), stop);
  } catch (const error& e) {
    mine->failure = std::current_exception();
    mine->failure_is_shared = e.code() != error_code::deadline_exceeded && e.code() != error_code::cancelled;
    land(key, mine);
    throw;
  } catch (...) {
    mine->failure = std::current_exception();
    land(key, mine);
    throw;
  }
  land(key, mine);
  return mine->outcome;
}

void caching_service::land(const digest& key, const std::shared_ptr<flight>& f) {
  {
    std::lock_guard lock(flights_mutex_);
    f->landed = true;
    flights_.erase(key);
  }
  landed_.notify_all();
}

answer caching_service::lead(const digest& key, const request& r, std::chrono::milliseconds timeout,
                             const std::stop_token& stop) {
  // Stored between our look at the memory cache and the start of this flight.
  if (auto found = memory_.find(key)) return {std::move(found), origin::memory_cache};
  if (auto found = disk_.find(key)) {
    memory_.store(key, found);
    return {std::move(found), origin::disk_cache};
  }
  const auto start = std::chrono::steady_clock::now();
  const compiler_client::outcome compiled = client_.compile(key, r, timeout, stop);
  const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - start;
  log::debug("{}: cache miss, build: {:.1f} ms", describe(r), taken.count());
  // A failure may have other reasons than the source, such as a missing include file: it is not kept.
  if (compiled.value->succeeded) {
    memory_.store(key, compiled.value);
    if (compiled.is_ours) disk_.store(key, *compiled.value);
  }
  return {compiled.value, origin::compiler_process};
}

} // namespace

std::unique_ptr<service> make_service(const service_options& options) {
  return std::make_unique<caching_service>(options);
}

service& service::shared() {
  // Never destroyed: threads that still compile when the process exits keep a service to do it with. The compiler
  // process ends with this one.
  static service* const one = [] {
    service_options o;
    o.cache_folder = cache_folder();
    o.disk_limit_bytes = cache_limit_bytes();
    o.processes = std::thread::hardware_concurrency() > 1 ? 2 : 1;
    return make_service(o).release();
  }();
  return *one;
}

} // namespace dotcompute::compiler
