// SPDX-License-Identifier: MIT
// Everything the fake library knows: its devices, contexts and live objects, behind one lock.
#pragma once

#include "abi.hpp"
#include "control.hpp"
#include "memory.hpp"
#include "module.hpp"
#include "script.hpp"
#include "stream.hpp"

#include <condition_variable>
#include <cstdio>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <set>
#include <system_error>
#include <unordered_map>
#include <vector>

namespace fake_cuda {

struct device_state {
  unsigned retained = 0;
  handle context = 0;    ///< the primary context while it is retained
  status lost = success; ///< for ever, once it is another
  std::uint64_t used_bytes = 0;
};

enum class peer_access {
  works,
  refused, ///< no device is said to reach another
  lies,    ///< every one is, and a bit changes in each copy from one to another
};

struct context {
  int device = 0;
  bool is_destroyed = false;
  std::set<handle> peers{}; ///< contexts whose memory this one was let into
};

/// Live objects of one kind. A handle is a number that is used once and is no address, so a stale one is always found
/// out.
template <class T>
class table {
 public:
  std::shared_ptr<T> find(handle h) const {
    const auto found = live_.find(h);
    return found == live_.end() ? nullptr : found->second;
  }
  void add(handle h, std::shared_ptr<T> object) { live_.emplace(h, std::move(object)); }
  std::shared_ptr<T> take(handle h) {
    const auto found = live_.find(h);
    if (found == live_.end()) return nullptr;
    std::shared_ptr<T> object = std::move(found->second);
    live_.erase(found);
    return object;
  }
  std::size_t size() const { return live_.size(); }
  auto begin() const { return live_.begin(); }
  auto end() const { return live_.end(); }

 private:
  std::unordered_map<handle, std::shared_ptr<T>> live_;
};

struct machine {
  /// Never destroyed: threads of streams that nothing ends outlive every static object.
  static machine& get();

  std::mutex mutex; ///< guards everything here, and the objects in the tables
  std::condition_variable changed;

  bool is_initialised = false;
  std::vector<device_state> devices;
  std::uint64_t memory_bytes = 0; ///< of each device
  std::map<int, int> attributes;  ///< of each device, where they differ from the usual
  peer_access peers = peer_access::works;
  std::unordered_map<handle, context> contexts;
  table<module> modules;
  table<function> functions;
  table<stream> streams;
  table<event> events;
  memory_map memory;
  script failures;
  fakeCudaCount counts{};
  std::FILE* log = nullptr;

  handle new_handle() { return next_handle_ += 16; }
  bool is_device(int ordinal) const { return ordinal >= 0 && static_cast<std::size_t>(ordinal) < devices.size(); }
  void lose(int device, status code);

 private:
  machine();
  handle next_handle_ = 0xfa4e'0000'0000'0000; // no address of any process: its upper bits are mixed
};

/// Of the calling thread; 0 for none.
extern thread_local handle current_context;

/// What a function needs and does.
enum rule : unsigned {
  needs_nothing = 0,
  needs_initialisation = 1,
  needs_context = 3, ///< a current one
  survives_loss = 4, ///< answers although the current context's device is lost
  releases = 8,      ///< takes effect even if it then answers an error that is not its own
};

struct admission {
  status answer = success;
  bool takes_effect = false;
};
/// Counts and logs a call, and says whether it may go on.
admission admit(const char* function, unsigned rules);

/// Runs `body(machine&, lock)` with the lock held, if the call may go on.
template <class Body>
status call(const char* function, unsigned rules, Body body) {
  const admission a = admit(function, rules);
  if (!a.takes_effect) return a.answer;
  machine& m = machine::get();
  std::unique_lock lock(m.mutex);
  try {
    const status own = body(m, lock);
    return a.answer != success ? a.answer : own;
  } catch (const std::bad_alloc&) {
    return out_of_memory;
  } catch (const std::system_error&) {
    return operating_system;
  }
}

/// The current context, which rule needs_context made sure of.
inline context& current(machine& m) {
  return m.contexts.at(current_context);
}

} // namespace fake_cuda
