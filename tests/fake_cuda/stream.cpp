// SPDX-License-Identifier: MIT
#include "stream.hpp"

#include "fiber.hpp"
#include "machine.hpp"

#include <csignal>
#include <pthread.h>
#include <thread>
#include <utility>

namespace fake_cuda {
namespace {

void run(const std::shared_ptr<stream>& s) {
  const fault_guard guard;
  machine& m = machine::get();
  std::unique_lock lock(m.mutex);
  while (true) {
    m.changed.wait(lock, [&] { return !s->waiting.empty() || s->is_destroyed; });
    if (s->waiting.empty()) return;
    if (m.devices[static_cast<std::size_t>(s->device)].lost != success) {
      // Nothing behind a fault is ever executed. What commands hold is given back without the lock.
      std::deque<command> dropped = std::exchange(s->waiting, {});
      s->completed = s->submitted;
      m.changed.notify_all();
      lock.unlock();
      dropped.clear();
      lock.lock();
      continue;
    }
    command c = std::move(s->waiting.front());
    s->waiting.pop_front();
    lock.unlock();
    const status outcome = c();
    c = nullptr;
    lock.lock();
    if (outcome != success) m.lose(s->device, outcome);
    ++s->completed;
    m.changed.notify_all();
  }
}

} // namespace

std::shared_ptr<stream> start_stream(handle context, int device, int priority) {
  auto s = std::make_shared<stream>();
  s->context = context;
  s->device = device;
  s->priority = priority;
  // Signals are the application's, but for faults.
  sigset_t all, before;
  sigfillset(&all);
  for (const int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL})
    sigdelset(&all, own);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  try {
    // Nobody waits for it: a kernel may be endless.
    std::thread(run, s).detach();
  } catch (...) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return s;
}

void submit(machine& m, stream& s, command c) {
  s.waiting.push_back(std::move(c));
  ++s.submitted;
  m.changed.notify_all();
}

status await_stream(machine& m, std::unique_lock<std::mutex>& lock, stream& s) {
  const std::uint64_t all = s.submitted;
  const status& lost = m.devices[static_cast<std::size_t>(s.device)].lost;
  m.changed.wait(lock, [&] { return s.completed >= all || lost != success; });
  return lost;
}

} // namespace fake_cuda
