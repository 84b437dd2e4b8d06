// SPDX-License-Identifier: MIT
// cuStream*, cuEvent*, and what streams do by themselves: copies, fills, values.
#include "fiber.hpp"
#include "machine.hpp"

#include <atomic>
#include <cstring>
#include <thread>

namespace fake_cuda {
namespace {

constexpr unsigned non_blocking = 1;
constexpr int least_priority = 0, greatest_priority = -5;

/// Runs `work` where a fault loses the device and not the process.
template <class Work>
status guarded(Work work) {
  thread_local fiber own;
  own.prepare([](void* w) { (*static_cast<Work*>(w))(); }, &work);
  return own.resume() == fiber::state::faulted ? own.fault() : success;
}

/// Calls `body(stream)` with a stream of a context that still is.
template <class Body>
status with_stream(const char* function, unsigned rules, handle h, Body body) {
  return call(function, rules, [&](machine& m, auto& lock) {
    const std::shared_ptr<stream> s = m.streams.find(h);
    if (s == nullptr) return invalid_handle;
    if (m.contexts.at(s->context).is_destroyed) return context_is_destroyed;
    return static_cast<status>(body(m, lock, s));
  });
}

template <class Number>
status fill(const char* function, device_pointer to, Number value, std::size_t count, handle h) {
  return with_stream(function, needs_context, h, [&](machine& m, auto&, const std::shared_ptr<stream>& s) {
    if (count == 0) return success;
    if (to % sizeof(Number) != 0 || count > ~std::size_t{} / sizeof(Number) ||
        !m.memory.is_for_device(s->device, to, count * sizeof(Number)))
      return invalid_value;
    submit(m, *s, [=] {
      return guarded([=] {
        auto* const numbers = reinterpret_cast<Number*>(to);
        for (std::size_t i = 0; i < count; ++i)
          numbers[i] = value;
      });
    });
    return success;
  });
}

status copy(const char* function, device_pointer to, device_pointer from, std::size_t bytes, handle h) {
  return with_stream(function, needs_context, h, [&](machine& m, auto& lock, const std::shared_ptr<stream>& s) {
    if (bytes == 0) return success;
    const memory_kind target = m.memory.kind_of(s->device, to, bytes),
                      source = m.memory.kind_of(s->device, from, bytes);
    if (to == 0 || from == 0 || target == memory_kind::invalid || source == memory_kind::invalid) return invalid_value;
    const int home = m.memory.home_of(to), origin = m.memory.home_of(from);
    const bool is_spoilt = m.peers == peer_access::lies && home >= 0 && origin >= 0 && home != origin;
    submit(m, *s, [=] {
      return guarded([=] {
        std::memmove(reinterpret_cast<void*>(to), reinterpret_cast<const void*>(from), bytes);
        if (is_spoilt) *reinterpret_cast<unsigned char*>(to + bytes / 2) ^= 1;
      });
    });
    // Memory that the device does not know is only touched while the caller waits.
    if (target == memory_kind::pageable || source == memory_kind::pageable) return await_stream(m, lock, *s);
    return success;
  });
}

/// Whether a stream that waits for a value may go on (CU_STREAM_WAIT_VALUE_*).
bool satisfies(std::uint64_t found, std::uint64_t wanted, unsigned comparison) {
  switch (comparison) {
  case 0: return static_cast<std::int64_t>(found - wanted) >= 0;
  case 1: return found == wanted;
  case 2: return (found & wanted) != 0;
  default: return ~(found | wanted) != 0;
  }
}

} // namespace
} // namespace fake_cuda

using namespace fake_cuda; // NOLINT: what follows is this library's interface

FAKE_CUDA_API status cuStreamCreateWithPriority(handle* h, unsigned flags, int priority) {
  return call("cuStreamCreateWithPriority", needs_context, [&](machine& m, auto&) {
    if (h == nullptr || (flags & ~non_blocking) != 0) return invalid_value;
    const int clamped = std::min(std::max(priority, greatest_priority), least_priority);
    std::shared_ptr<stream> s = start_stream(current_context, current(m).device, clamped);
    m.streams.add(*h = m.new_handle(), std::move(s));
    return success;
  });
}

FAKE_CUDA_API status cuStreamCreate(handle* h, unsigned flags) {
  return cuStreamCreateWithPriority(h, flags, 0);
}

FAKE_CUDA_API status cuCtxGetStreamPriorityRange(int* least, int* greatest) {
  return call("cuCtxGetStreamPriorityRange", needs_context, [&](machine&, auto&) {
    if (least != nullptr) *least = least_priority;
    if (greatest != nullptr) *greatest = greatest_priority;
    return success;
  });
}

FAKE_CUDA_API status cuStreamDestroy_v2(handle h) {
  return with_stream("cuStreamDestroy_v2", needs_context | releases, h, [&](machine& m, auto&, const auto& s) {
    m.streams.take(h);
    s->is_destroyed = true;
    m.changed.notify_all();
    return success;
  });
}

FAKE_CUDA_API status cuStreamQuery(handle h) {
  return with_stream("cuStreamQuery", needs_context, h, [](machine&, auto&, const std::shared_ptr<stream>& s) {
    return s->completed == s->submitted ? success : not_ready;
  });
}

FAKE_CUDA_API status cuStreamSynchronize(handle h) {
  return with_stream("cuStreamSynchronize", needs_context, h,
                     [](machine& m, auto& lock, const auto& s) { return await_stream(m, lock, *s); });
}

FAKE_CUDA_API status cuCtxSynchronize() {
  return call("cuCtxSynchronize", needs_context, [](machine& m, auto& lock) {
    std::vector<std::shared_ptr<stream>> own;
    for (const auto& [h, s] : m.streams)
      if (s->context == current_context) own.push_back(s);
    for (const auto& s : own)
      if (const status wrong = await_stream(m, lock, *s); wrong != success) return wrong;
    return success;
  });
}

FAKE_CUDA_API status cuStreamWaitEvent(handle h, handle awaited, unsigned flags) {
  return with_stream("cuStreamWaitEvent", needs_context, h, [&](machine& m, auto&, const auto& s) {
    const std::shared_ptr<event> e = m.events.find(awaited);
    if (e == nullptr) return invalid_handle;
    if (flags > 1) return invalid_value;
    submit(m, *s, [&m, s, e, number = e->recorded] {
      std::unique_lock own(m.mutex);
      const status& lost = m.devices[static_cast<std::size_t>(s->device)].lost;
      m.changed.wait(own, [&] { return e->completed >= number || lost != success; });
      return success;
    });
    return success;
  });
}

FAKE_CUDA_API status cuStreamWriteValue64_v2(handle h, device_pointer address, std::uint64_t value, unsigned flags) {
  return with_stream("cuStreamWriteValue64_v2", needs_context, h, [&](machine& m, auto&, const auto& s) {
    if (address % 8 != 0 || flags > 1 || !m.memory.is_for_device(s->device, address, 8)) return invalid_value;
    submit(m, *s, [=] {
      return guarded([=] { __atomic_store_n(reinterpret_cast<std::uint64_t*>(address), value, __ATOMIC_SEQ_CST); });
    });
    return success;
  });
}

FAKE_CUDA_API status cuStreamWaitValue64_v2(handle h, device_pointer address, std::uint64_t value, unsigned flags) {
  return with_stream("cuStreamWaitValue64_v2", needs_context, h, [&](machine& m, auto&, const auto& s) {
    if (address % 8 != 0 || flags > 3 || !m.memory.is_for_device(s->device, address, 8)) return invalid_value;
    submit(m, *s, [&m, s, address, value, flags] {
      while (true) {
        std::uint64_t found = 0;
        const status fault = guarded(
            [&] { found = __atomic_load_n(reinterpret_cast<const std::uint64_t*>(address), __ATOMIC_SEQ_CST); });
        if (fault != success || satisfies(found, value, flags)) return fault;
        {
          const std::lock_guard own(m.mutex);
          if (m.devices[static_cast<std::size_t>(s->device)].lost != success) return success;
        }
        std::this_thread::sleep_for(std::chrono::microseconds(20));
      }
    });
    return success;
  });
}

FAKE_CUDA_API status cuEventCreate(handle* h, unsigned flags) {
  return call("cuEventCreate", needs_context, [&](machine& m, auto&) {
    constexpr unsigned blocking_sync = 1, disable_timing = 2;
    if (h == nullptr || (flags & ~(blocking_sync | disable_timing)) != 0) return invalid_value;
    auto e = std::make_shared<event>();
    e->context = current_context;
    e->is_timed = (flags & disable_timing) == 0;
    m.events.add(*h = m.new_handle(), std::move(e));
    return success;
  });
}

FAKE_CUDA_API status cuEventDestroy_v2(handle h) {
  return call("cuEventDestroy_v2", needs_context | releases,
              [&](machine& m, auto&) { return m.events.take(h) == nullptr ? invalid_handle : success; });
}

FAKE_CUDA_API status cuEventRecord(handle h, handle on) {
  return with_stream("cuEventRecord", needs_context, on, [&](machine& m, auto&, const auto& s) {
    const std::shared_ptr<event> e = m.events.find(h);
    if (e == nullptr || e->context != s->context) return invalid_handle;
    submit(m, *s, [&m, e, number = ++e->recorded] {
      const std::lock_guard own(m.mutex);
      e->completed = number;
      e->reached = std::chrono::steady_clock::now();
      m.changed.notify_all();
      return success;
    });
    return success;
  });
}

FAKE_CUDA_API status cuEventQuery(handle h) {
  return call("cuEventQuery", needs_context, [&](machine& m, auto&) {
    const std::shared_ptr<event> e = m.events.find(h);
    if (e == nullptr) return invalid_handle;
    return e->completed == e->recorded ? success : not_ready;
  });
}

FAKE_CUDA_API status cuEventSynchronize(handle h) {
  return call("cuEventSynchronize", needs_context, [&](machine& m, auto& lock) {
    const std::shared_ptr<event> e = m.events.find(h);
    if (e == nullptr) return invalid_handle;
    const status& lost = m.devices[static_cast<std::size_t>(current(m).device)].lost;
    m.changed.wait(lock, [&, all = e->recorded] { return e->completed >= all || lost != success; });
    return lost;
  });
}

FAKE_CUDA_API status cuEventElapsedTime(float* milliseconds, handle start, handle end) {
  return call("cuEventElapsedTime", needs_context, [&](machine& m, auto&) {
    const std::shared_ptr<event> first = m.events.find(start), second = m.events.find(end);
    if (milliseconds == nullptr) return invalid_value;
    for (const auto& e : {first, second})
      if (e == nullptr || !e->is_timed || e->recorded == 0) return invalid_handle;
    if (first->completed != first->recorded || second->completed != second->recorded) return not_ready;
    *milliseconds = std::chrono::duration<float, std::milli>(second->reached - first->reached).count();
    return success;
  });
}

FAKE_CUDA_API status cuMemcpyAsync(device_pointer to, device_pointer from, std::size_t bytes, handle h) {
  return copy("cuMemcpyAsync", to, from, bytes, h);
}
FAKE_CUDA_API status cuMemcpyDtoDAsync_v2(device_pointer to, device_pointer from, std::size_t bytes, handle h) {
  return copy("cuMemcpyDtoDAsync_v2", to, from, bytes, h);
}
FAKE_CUDA_API status cuMemcpyHtoDAsync_v2(device_pointer to, const void* from, std::size_t bytes, handle h) {
  return copy("cuMemcpyHtoDAsync_v2", to, reinterpret_cast<device_pointer>(from), bytes, h);
}
FAKE_CUDA_API status cuMemcpyDtoHAsync_v2(void* to, device_pointer from, std::size_t bytes, handle h) {
  return copy("cuMemcpyDtoHAsync_v2", reinterpret_cast<device_pointer>(to), from, bytes, h);
}
FAKE_CUDA_API status cuMemsetD8Async(device_pointer to, unsigned char value, std::size_t count, handle h) {
  return fill("cuMemsetD8Async", to, value, count, h);
}
FAKE_CUDA_API status cuMemsetD16Async(device_pointer to, unsigned short value, std::size_t count, handle h) {
  return fill("cuMemsetD16Async", to, value, count, h);
}
FAKE_CUDA_API status cuMemsetD32Async(device_pointer to, unsigned value, std::size_t count, handle h) {
  return fill("cuMemsetD32Async", to, value, count, h);
}
