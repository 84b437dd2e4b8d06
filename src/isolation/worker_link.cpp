// SPDX-License-Identifier: MIT
#include "isolation/worker_link.hpp"

#include "isolation/isolated_stream.hpp"
#include "support/backoff.hpp"
#include "support/log.hpp"
#include "support/system_error.hpp"

#include <fcntl.h>

#include <algorithm>
#include <thread>

namespace dotcompute::isolated {
namespace {

constexpr auto request_time = std::chrono::seconds(30); // opening a GPU may take seconds on a busy machine
constexpr auto replacing_time = std::chrono::seconds(60);
constexpr std::uint32_t most_attempts_to_replace = 6;        // of workers that end before they can be used
constexpr auto scarce_time = std::chrono::seconds(5);        // for memory, processes or descriptors to be free again
constexpr std::uint32_t attempts_at_once = 2;                // after each further one there is a pause,
constexpr auto first_pause = std::chrono::milliseconds(100); // and then twice as long a one

} // namespace

worker_link::worker_link(std::string executable, driver_description device, std::function<void(std::string_view)> print)
    : executable_(std::move(executable)), device_(std::move(device)), print_(std::move(print)),
      spare_pause_(first_spare_pause) {}

worker_link::~worker_link() = default;

void worker_link::open(std::uint32_t spares) {
  std::shared_ptr<worker_process> first = worker_process::start(executable_, device_);
  try {
    description_ = first->await_open(deadline_after(request_time));
  } catch (const worker_gone& e) {
    throw error(error_class::fatal, error_code::device_lost, e.what(),
                {device_.id, 1, "open the device", "Open it with isolation::none to see the failure in this process."});
  }
  const std::lock_guard lock(guard_);
  active_ = std::move(first);
  wanted_spares_ = spares;
  // Whoever opens a device is about to use it, and a spare takes the time of a processor to start; a program that ends
  // sooner never has one.
  next_spare_at_ = deadline_after(first_spare_pause);
}

// Makes the request to the worker of the day, and again to the next when one is gone: twice at most, for a request may
// be what kills them; oftener only where workers were stopped for another reason.
template <class Request>
auto worker_link::with_worker(Request&& request) {
  constexpr int most_attempts = 100;
  for (int attempt = 0, failures = 0;; ++attempt) {
    std::shared_ptr<worker_process> w;
    std::uint64_t seen;
    {
      std::unique_lock lock(guard_);
      changed_.wait_for(lock, replacing_time, [this] { return !is_replacing_ || gave_up_; });
      if (gave_up_) throw *gave_up_;
      w = active_;
      seen = replaced_;
    }
    try {
      return request(*w, deadline_after(request_time));
    } catch (const worker_gone& e) {
      if (std::this_thread::get_id() == replacer_.load())
        throw error(error_class::transient, error_code::device_lost, e.what(),
                    {device_.id, 1, "ask the worker process", ""});
      std::unique_lock lock(guard_);
      const bool is_replaced =
          changed_.wait_for(lock, replacing_time, [&] { return (replaced_ != seen && !is_replacing_) || gave_up_; });
      if (gave_up_) throw *gave_up_;
      failures += blamed_ == blame::requests ? 1 : 0;
      if (failures <= 1 && attempt < most_attempts && is_replaced) continue;
      throw error(
          error_class::transient, error_code::device_lost, e.what(),
          {device_.id, 1, "ask the worker process", "Try again; when it fails again, what is asked for kills it."});
    }
  }
}

void worker_link::attach(worker_process& w, std::uint64_t number, const segment_entry& s, time_point deadline) {
  w.ask(message_kind::attach_segment, encode(segment_request{number, s.kind, s.bytes, s.address}), s.file, deadline);
}

// What workers are to have enters the table before the worker is asked, so a replacement in between gives it to the new
// one; the worker passes over what it has already.
std::uint64_t worker_link::add_segment(buffer_kind kind, std::uint64_t bytes, std::byte* address, int file) {
  std::uint64_t number;
  {
    const std::lock_guard lock(guard_);
    number = ++last_number_;
    segments_.emplace(number, segment_entry{kind, bytes, address, file, {}});
    ++additions_;
  }
  try {
    const segment_entry entry{kind, bytes, address, file, {}};
    with_worker([&](worker_process& w, time_point deadline) { attach(w, number, entry, deadline); });
  } catch (...) {
    const std::lock_guard lock(guard_);
    segments_.erase(number);
    throw;
  }
  return number;
}

worker_link::made_segment worker_link::make_segment(buffer_kind kind, std::uint64_t bytes, std::byte* address) {
  made_segment made;
  std::uint64_t replaced_before;
  {
    const std::lock_guard lock(guard_);
    made.number = ++last_number_;
    replaced_before = replaced_;
  }
  const std::vector<std::byte> request = encode(segment_request{made.number, kind, bytes, address});
  worker_process::reply r = with_worker([&](worker_process& w, time_point deadline) {
    try {
      return w.ask(message_kind::create_segment, request, -1, deadline);
    } catch (const error&) {
      // It may have made the memory and only the descriptor found no place here; of a number that it does not know it
      // lets nothing go.
      tell(w, message_kind::detach_segment, made.number);
      throw;
    }
  });
  byte_reader in(r.payload);
  made.bytes = in.varint();
  if (in.failed() || made.bytes < bytes || !r.file) {
    remove_segment(made.number);
    throw error(error_code::unsupported, "the device's memory cannot outlive the process that drives it",
                {device_.id, 1, "make a segment", "Open the device with isolation::none."});
  }
  const segment_entry known{kind, made.bytes, address, r.file.get(), {}};
  bool was_replaced;
  {
    const std::lock_guard lock(guard_);
    was_replaced = is_replacing_ || replaced_ != replaced_before;
    segment_entry entry{kind, made.bytes, address, known.file, {}};
    entry.own = std::move(r.file);
    segments_.emplace(made.number, std::move(entry));
    ++additions_;
  }
  // The worker that made it may be gone, and the next have come without it.
  if (was_replaced)
    with_worker([&](worker_process& w, time_point deadline) { attach(w, made.number, known, deadline); });
  return made;
}

void worker_link::remove_segment(std::uint64_t number) noexcept {
  std::shared_ptr<worker_process> active;
  std::vector<std::shared_ptr<worker_process>> spares;
  {
    const std::lock_guard lock(guard_);
    segments_.erase(number);
    if (is_replacing_ || gave_up_) return;
    active = active_;
    spares = opened_spares();
  }
  if (active) tell(*active, message_kind::detach_segment, number);
  for (const auto& spare : spares)
    if (spare->knows(number)) tell(*spare, message_kind::detach_segment, number);
}

int worker_link::segment_file(std::uint64_t number) const {
  const std::lock_guard lock(guard_);
  const auto found = segments_.find(number);
  return found == segments_.end() ? -1 : found->second.file;
}

worker_process::reply worker_link::load(worker_process& w, std::uint64_t number, const program_entry& p,
                                        time_point deadline) {
  byte_writer out;
  out.varint(number);
  return w.ask(message_kind::load_program, out.view(), p.image.get(), deadline);
}

worker_link::loaded worker_link::load_program(const drivers::program_image& image) {
  loaded l;
  const auto entry = std::make_shared<program_entry>();
  entry->image = memory_file("dotcompute program", encode(image));
  {
    const std::lock_guard lock(guard_);
    l.number = ++last_number_;
    programs_.emplace(l.number, entry);
    ++additions_;
  }
  worker_process::reply r;
  try {
    r = with_worker([&](worker_process& w, time_point deadline) { return load(w, l.number, *entry, deadline); });
  } catch (...) {
    const std::lock_guard lock(guard_);
    programs_.erase(l.number);
    throw;
  }
  byte_reader in(r.payload);
  while (!in.failed() && in.remaining() != 0)
    l.preferred_sizes.push_back(in.varint32());
  l.preferred_sizes.resize(image.kernels.size());
  // A spare that is not open yet gets it when it is.
  std::vector<std::shared_ptr<worker_process>> spares;
  {
    const std::lock_guard lock(guard_);
    spares = opened_spares();
  }
  for (const auto& spare : spares)
    load_on_spare(*spare, l.number, *entry);
  return l;
}

void worker_link::unload_program(std::uint64_t number) noexcept {
  std::vector<std::shared_ptr<worker_process>> all;
  {
    const std::lock_guard lock(guard_);
    programs_.erase(number);
    if (is_replacing_ || gave_up_) return;
    all = opened_spares();
    if (active_) all.push_back(active_);
  }
  for (const auto& w : all)
    tell(*w, message_kind::unload_program, number);
}

void worker_link::open_queue_on(worker_process& w, std::uint64_t number, int memory,
                                const drivers::stream_options& options, time_point deadline) {
  byte_writer out;
  out.varint(number);
  out.varint(static_cast<std::uint64_t>(static_cast<std::int64_t>(options.priority)));
  out.boolean(options.records_times);
  out.boolean(options.goes_on);
  w.ask(message_kind::open_queue, out.view(), memory, deadline);
}

std::uint64_t worker_link::open_queue(isolated_stream& stream, const drivers::stream_options& options) {
  std::uint64_t number;
  {
    const std::lock_guard lock(guard_);
    number = ++last_number_;
    queues_.emplace(number, queue_entry{&stream, options});
  }
  try {
    with_worker([&](worker_process& w, time_point deadline) {
      file_descriptor memory;
      {
        const std::lock_guard lock(guard_); // a replacement renews it
        memory = file_descriptor(::fcntl(stream.memory_file(), F_DUPFD_CLOEXEC, 0));
      }
      if (!memory) throw system_error(errno, "give a queue's memory to a worker process", "fcntl");
      open_queue_on(w, number, memory.get(), options, deadline);
    });
  } catch (...) {
    const std::lock_guard lock(guard_);
    queues_.erase(number);
    throw;
  }
  return number;
}

void worker_link::close_queue(std::uint64_t number) noexcept {
  std::shared_ptr<worker_process> w;
  {
    std::unique_lock lock(guard_);
    changed_.wait_for(lock, replacing_time, [this] { return !is_replacing_ || gave_up_; });
    queues_.erase(number);
    if (!gave_up_) w = active_;
  }
  if (w) tell(*w, message_kind::close_queue, number);
}

drivers::memory_usage worker_link::ask_memory() {
  const worker_process::reply r = with_worker(
      [](worker_process& w, time_point deadline) { return w.ask(message_kind::memory_usage, {}, -1, deadline); });
  byte_reader in(r.payload);
  drivers::memory_usage usage;
  for (auto* value : {&usage.total_bytes, &usage.free_bytes}) {
    const bool is_known = in.boolean();
    const std::uint64_t bytes = in.varint();
    if (is_known && !in.failed()) *value = bytes;
  }
  return usage;
}

std::optional<worker_symptom> worker_link::examine() {
  std::shared_ptr<worker_process> w;
  {
    const std::lock_guard lock(guard_);
    w = active_;
    for (const auto& [number, q] : queues_)
      if (!q.stream->is_sound())
        return worker_symptom{worker_symptom::kind::corrupted,
                              number,
                              "the memory that a queue shares with its worker process holds what it cannot hold",
                              {}};
  }
  return w ? w->examine() : std::nullopt;
}

std::array<int, 3> worker_link::descriptors() {
  const std::lock_guard lock(guard_);
  if (!active_) return {-1, -1, -1};
  return {active_->end_descriptor(), active_->alarm_descriptor(), active_->prints().descriptor()};
}

void worker_link::collect_prints(std::chrono::nanoseconds patience) {
  std::shared_ptr<worker_process> w;
  {
    const std::lock_guard lock(guard_);
    w = active_;
  }
  if (w) w->prints().drain(print_, patience);
}

void worker_link::hold(time_point deadline) {
  std::shared_ptr<worker_process> w;
  {
    const std::lock_guard lock(guard_);
    w = active_;
  }
  if (!w) return;
  w->page().hold.store(1, std::memory_order_seq_cst);
  const std::uint64_t faulty = w->page().fault.load(std::memory_order_seq_cst) != 0 ? w->page().queue : 0;
  const bool is_running = !w->has_ended();
  while (is_running && std::chrono::steady_clock::now() < deadline) {
    bool is_busy = false;
    {
      const std::lock_guard lock(guard_);
      for (const auto& [number, q] : queues_)
        is_busy = is_busy || (number != faulty && q.stream->is_running());
    }
    if (!is_busy || w->has_ended()) return;
    collect_prints();
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
}

void worker_link::stop(time_point deadline, device_work left, blame where) {
  std::shared_ptr<worker_process> old;
  {
    const std::lock_guard lock(guard_);
    is_replacing_ = true;
    blamed_ = where;
    old = active_;
  }
  if (!old) return;
  old->kill();
  bool is_still = old->await_silence(deadline);
  if (is_still && left != device_work::none) {
    // Silent threads begin nothing more, so now this is known.
    const std::lock_guard lock(guard_);
    const bool runs = left == device_work::any || std::any_of(queues_.begin(), queues_.end(), [](const auto& q) {
                        return q.second.stream->is_running();
                      });
    is_still = !runs || old->await_end(deadline);
  }
  if (!is_still) {
    end_replacing();
    throw error(error_class::device_lost, error_code::device_lost,
                "the old worker process does not end after SIGKILL, so its memory is not safe",
                {device_.id, 1, "replace the worker process", "Look for a driver that hangs in the kernel (dmesg)."});
  }
  old->prints().drain(print_);
}

void worker_link::end_replacing() noexcept {
  const std::lock_guard lock(guard_);
  is_replacing_ = false;
  changed_.notify_all();
}

replacement worker_link::bring_in(time_point deadline, bool uses_spare) {
  const auto began = std::chrono::steady_clock::now();
  const auto since = [began] {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - began).count();
  };
  replacement result;
  std::shared_ptr<worker_process> next;
  if (!uses_spare) {
    const std::lock_guard lock(guard_);
    while (auto spare = take_spare()) {
      spare->kill();
      ending_.push_back(std::move(spare));
    }
  }
  try {
    for (std::uint32_t attempt = 1;;) {
      std::string why;
      bool is_scarce = false;
      bool is_spare = false;
      try {
        {
          const std::lock_guard lock(guard_);
          next = take_spare();
        }
        is_spare = next != nullptr;
        if (!next) next = worker_process::start(executable_, device_);
        next->await_open(deadline);
        if (const auto sick = next->examine()) throw worker_gone(sick->text);
        result.started = since();
        const std::lock_guard lock(guard_);
        if (is_spare) take_back(*next);
        result.segment_bytes = 0;
        for (const auto& [number, s] : segments_) {
          if (!next->knows(number)) attach(*next, number, s, deadline);
          result.segment_bytes += s.bytes;
        }
        result.mapped = since();
        for (const auto& [number, p] : programs_)
          if (!next->knows(number)) load(*next, number, *p, deadline);
        result.loaded = since();
        for (auto& [number, q] : queues_) {
          const int memory = q.stream->renew();
          open_queue_on(*next, number, memory, q.options, deadline);
        }
        result.used_spare = is_spare;
        break;
      } catch (const worker_gone& e) {
        why = e.what(); // a spare may have died with the worker
      } catch (const error& e) {
        if (e.kind() != error_class::resource) throw;
        why = e.what();
        is_scarce = true;
      }
      log::warning("a new worker process of {} failed: {}", device_.id, why);
      next.reset();
      if (is_spare) continue; // the next spare, or a new one, at once
      const auto resumes = std::chrono::steady_clock::now() + pause_after(attempt, attempts_at_once, first_pause);
      if (resumes >= deadline || (is_scarce ? resumes - began >= scarce_time : attempt >= most_attempts_to_replace))
        throw error(error_class::device_lost, error_code::device_lost, "no new worker process comes up: " + why,
                    {device_.id, 1, "replace the worker process", "Open the device again when the cause is removed."});
      std::this_thread::sleep_until(resumes);
      ++attempt;
    }
  } catch (...) {
    end_replacing();
    throw;
  }
  const std::lock_guard lock(guard_);
  std::swap(active_, next);
  if (next) ending_.push_back(std::move(next));
  is_replacing_ = false;
  ++replaced_;
  changed_.notify_all();
  return result;
}

void worker_link::tell(worker_process& w, message_kind kind, std::uint64_t number) noexcept {
  try {
    byte_writer out;
    out.varint(number);
    w.ask(kind, out.view(), -1, deadline_after(request_time));
  } catch (const std::exception& e) {
    // What a worker keeps is gone with its process.
    log::debug("a worker of {} was not told of request {}, {}: {}", device_.id, static_cast<int>(kind), number,
               e.what());
  }
}

void worker_link::forget_programs_but(const std::vector<std::uint64_t>& numbers) {
  const std::lock_guard lock(guard_);
  std::erase_if(programs_,
                [&](const auto& p) { return std::find(numbers.begin(), numbers.end(), p.first) == numbers.end(); });
}

pid_t worker_link::worker_id() const {
  const std::lock_guard lock(guard_);
  return active_ ? active_->id() : -1;
}

void worker_link::give_up(const error& reason) {
  const std::lock_guard lock(guard_);
  gave_up_ = reason;
  spares_.clear();
  changed_.notify_all();
}

} // namespace dotcompute::isolated
