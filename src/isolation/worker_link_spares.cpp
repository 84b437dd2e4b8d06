// SPDX-License-Identifier: MIT
// Workers that are kept ready to take the place of one that ends.
#include "isolation/worker_link.hpp"

#include "support/log.hpp"
#include "support/system_error.hpp"

#include <fcntl.h>

#include <algorithm>

namespace dotcompute::isolated {
namespace {

constexpr auto spare_time = std::chrono::seconds(2); // for one to map a segment, or load a program
constexpr auto longest_pause = std::chrono::seconds(10);
constexpr auto moment = std::chrono::milliseconds(1);

} // namespace

worker_link::spare_worker* worker_link::spare_of(const worker_process& w) {
  const auto found = std::find_if(spares_.begin(), spares_.end(), [&](const auto& s) { return s.process.get() == &w; });
  return found == spares_.end() ? nullptr : &*found;
}

std::vector<std::shared_ptr<worker_process>> worker_link::opened_spares() const {
  std::vector<std::shared_ptr<worker_process>> opened;
  for (const spare_worker& s : spares_)
    if (s.process->has_opened()) opened.push_back(s.process);
  return opened;
}

std::shared_ptr<worker_process> worker_link::take_spare() {
  const auto readiness = [this](const spare_worker& s) {
    return !s.process->has_opened() ? 0 : s.additions_given != additions_ ? 1 : 2;
  };
  const auto best = std::max_element(spares_.begin(), spares_.end(),
                                     [&](const auto& a, const auto& b) { return readiness(a) < readiness(b); });
  if (best == spares_.end()) return nullptr;
  std::shared_ptr<worker_process> taken = std::move(best->process);
  spares_.erase(best);
  return taken;
}

void worker_link::renew_spares() {
  const std::lock_guard lock(guard_);
  std::erase_if(ending_, [](const auto& w) { return w->has_ended(); });
  if (gave_up_) return;
  std::erase_if(spares_, [this](const spare_worker& s) {
    if (!s.process->examine()) return false;
    if (!s.was_ready) spare_pause_ = std::min<std::chrono::nanoseconds>(2 * spare_pause_, longest_pause);
    return true;
  });
  const auto now = std::chrono::steady_clock::now();
  if (spares_.size() >= wanted_spares_ || now < next_spare_at_) return;
  next_spare_at_ = now + spare_pause_;
  spares_.push_back({worker_process::start(executable_, device_)});
}

void worker_link::tend(const std::shared_ptr<worker_process>& spare) noexcept {
  try {
    if (!spare->has_opened()) spare->await_open(deadline_after(moment));
    equip(*spare);
  } catch (const std::exception& e) {
    log::debug("a spare worker process of {} is not ready: {}", device_.id, e.what());
  }
}

void worker_link::tend_spares() noexcept {
  std::vector<std::shared_ptr<worker_process>> unready;
  try {
    renew_spares();
    const std::lock_guard lock(guard_);
    for (const spare_worker& s : spares_)
      if (s.additions_given != additions_ || !s.process->has_opened()) unready.push_back(s.process);
  } catch (const std::exception& e) {
    log::debug("no spare worker process of {} was started: {}", device_.id, e.what());
  }
  for (const auto& spare : unready)
    tend(spare);
}

// One thing at a time, so that nobody waits for the guard while the spare works; what is removed meanwhile is not
// given, or taken from the spare by whoever removes it.
void worker_link::equip(worker_process& spare) {
  for (;;) {
    std::unique_lock lock(guard_);
    const auto segment = std::find_if(segments_.begin(), segments_.end(),
                                      [&](const auto& s) { return s.second.file >= 0 && !spare.knows(s.first); });
    if (segment != segments_.end()) {
      const std::uint64_t number = segment->first;
      const segment_entry& known = segment->second;
      segment_entry lent{known.kind, known.bytes, known.address, ::fcntl(known.file, F_DUPFD_CLOEXEC, 0), {}};
      lock.unlock();
      lent.own = file_descriptor(lent.file);
      if (!lent.own) throw system_error(errno, "give a segment to a spare worker process", "fcntl");
      attach(spare, number, lent, deadline_after(spare_time));
      spare.note(number);
      lock.lock();
      if (segments_.contains(number)) continue;
      lock.unlock();
      tell(spare, message_kind::detach_segment, number);
      continue;
    }
    const auto program =
        std::find_if(programs_.begin(), programs_.end(), [&](const auto& p) { return !spare.knows(p.first); });
    if (program == programs_.end()) {
      if (spare_worker* const s = spare_of(spare)) {
        s->additions_given = additions_;
        s->was_ready = true;
        spare_pause_ = first_spare_pause;
      }
      return;
    }
    const auto [number, entry] = *program;
    lock.unlock();
    load(spare, number, *entry, deadline_after(spare_time));
    spare.note(number);
  }
}

void worker_link::take_back(worker_process& w) noexcept {
  try {
    for (const std::uint64_t number : w.given()) {
      if (!segments_.contains(number)) tell(w, message_kind::detach_segment, number);
      if (!programs_.contains(number)) tell(w, message_kind::unload_program, number);
    }
  } catch (const std::bad_alloc&) {
  } // it keeps some memory that nobody uses
}

void worker_link::load_on_spare(worker_process& spare, std::uint64_t number, const program_entry& p) noexcept {
  try {
    load(spare, number, p, deadline_after(spare_time));
    spare.note(number);
  } catch (const std::exception& e) {
    log::debug("the spare worker of {} has not loaded a program: {}", device_.id, e.what());
  }
}

} // namespace dotcompute::isolated
