// SPDX-License-Identifier: MIT
#include "isolation/queue_runner.hpp"

#include "isolation/fault_handler.hpp"
#include "support/futex.hpp"
#include "support/quiet_signals.hpp"

#include <pthread.h>
#include <unistd.h>

#include <cstring>
#include <system_error>

namespace dotcompute::isolated {
namespace {

constexpr auto spin_time = std::chrono::microseconds(30); // after the last command, for the next of a row

} // namespace

void program_table::insert(std::uint64_t number, std::shared_ptr<const drivers::loaded_program> program) {
  const std::lock_guard lock(guard_);
  programs_[number] = std::move(program);
}

void program_table::erase(std::uint64_t number) {
  std::shared_ptr<const drivers::loaded_program> last; // goes without the guard
  const std::lock_guard lock(guard_);
  if (const auto found = programs_.find(number); found != programs_.end()) {
    last = std::move(found->second);
    programs_.erase(found);
  }
}

std::shared_ptr<const drivers::loaded_program> program_table::find(std::uint64_t number) const {
  const std::lock_guard lock(guard_);
  const auto found = programs_.find(number);
  return found == programs_.end() ? nullptr : found->second;
}

queue_runner::queue_runner(std::uint64_t id, shared_memory memory, program_table& programs, worker_page& worker)
    : id_(id), memory_(std::move(memory)), page_(*reinterpret_cast<queue_page*>(memory_.data())),
      reader_(memory_.data()), programs_(programs), worker_(worker) {}

queue_runner::~queue_runner() = default;

void queue_runner::start() {
  try {
    thread_ = std::thread([this] {
      guard_thread();
      run();
    });
  } catch (const std::system_error& e) {
    throw error(error_code::out_of_threads, std::string("the thread of a queue could not be started: ") + e.what());
  }
  pthread_setname_np(thread_.native_handle(), ("queue " + std::to_string(id_)).substr(0, 15).c_str());
}

void queue_runner::stop() noexcept {
  stopping_.store(true, std::memory_order_release);
  page_.command_bell.fetch_add(1, std::memory_order_seq_cst);
  futex_wake(page_.command_bell, 1, futex_scope::shared);
  if (thread_.joinable()) thread_.join();
}

const record_header* queue_runner::next() {
  return is_held() ? nullptr : reader_.next();
}

void queue_runner::idle(time_point since, std::chrono::nanoseconds most) {
  if (std::chrono::steady_clock::now() - since < spin_time) {
    for (int i = 0; i < 16; ++i)
      spin_pause();
    return;
  }
  const std::uint32_t seen = page_.command_bell.load(std::memory_order_seq_cst);
  page_.worker_sleeps.store(1, std::memory_order_seq_cst);
  if ((is_held() || !reader_.next()) && !is_stopping())
    futex_wait(page_.command_bell, seen, deadline_after(most), futex_scope::shared);
  page_.worker_sleeps.store(0, std::memory_order_seq_cst);
}

bool queue_runner::read(const record_header& record, drivers::launch_command& c,
                        std::shared_ptr<const drivers::loaded_program>& program) {
  const auto& r = reinterpret_cast<const launch_record&>(record);
  if (r.program != last_number_ || !last_) {
    last_ = programs_.find(r.program);
    last_number_ = r.program;
  }
  if (!last_) {
    refuse(record.number, error(error_code::internal, "the worker process was not given the program", {}));
    return false;
  }
  program = last_;
  c.program = last_.get();
  c.kernel = r.kernel;
  c.dimensions = r.dimensions;
  c.global_size = r.global_size;
  c.global_offset = r.global_offset;
  c.local_size = r.local_size;
  c.local_bytes = r.local_bytes;
  c.arguments = reinterpret_cast<const std::byte*>(&record) + arguments_offset;
  return true;
}

drivers::copy_command queue_runner::read_copy(const record_header& record) {
  const auto& r = reinterpret_cast<const copy_record&>(record);
  return {reinterpret_cast<void*>(r.to), reinterpret_cast<const void*>(r.from), r.bytes};
}

drivers::fill_command queue_runner::read_fill(const record_header& record) {
  const auto& r = reinterpret_cast<const fill_record&>(record);
  drivers::fill_command c;
  c.to = reinterpret_cast<void*>(r.to);
  c.bytes = r.bytes;
  c.pattern = r.pattern;
  c.pattern_bytes = r.pattern_bytes;
  return c;
}

void queue_runner::record_times(std::uint64_t number, std::int64_t started, std::int64_t finished) noexcept {
  times_record& r = page_.times[number % remembered_times];
  r.number.store(0, std::memory_order_relaxed);
  r.started.store(started, std::memory_order_release);
  r.finished.store(finished, std::memory_order_release);
  r.number.store(number, std::memory_order_release);
}

void queue_runner::refuse(std::uint64_t number, const error& e) {
  const std::uint64_t written = page_.refusals_written.load(std::memory_order_relaxed);
  // The service reads them while it retires commands; it is told of the progress so far before this waits.
  while (written - page_.refusals_read.load(std::memory_order_acquire) >= remembered_refusals && !is_stopping())
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  write_refusal(page_.refusals[written % remembered_refusals], number, e);
  refused_ = number;
  page_.refusals_written.store(written + 1, std::memory_order_release);
}

void queue_runner::complete(std::uint64_t number) noexcept {
  page_.completed.store(number, std::memory_order_seq_cst);
  if (page_.service_sleeps.load(std::memory_order_seq_cst) == 0 ||
      page_.service_sleeps.exchange(0, std::memory_order_seq_cst) == 0)
    return;
  page_.progress_bell.fetch_add(1, std::memory_order_seq_cst);
  futex_wake(page_.progress_bell, 1 << 20, futex_scope::shared);
}

void announce_driver_fault(worker_page& page, std::uint64_t queue, std::uint64_t number, const error& e) noexcept {
  static std::mutex only_one;
  const std::lock_guard lock(only_one);
  if (page.fault.load(std::memory_order_relaxed) != static_cast<std::uint32_t>(worker_fault::none)) return;
  page.queue = queue;
  write_refusal(page.driver_error, number, e);
  announce_fault(page, worker_fault::driver);
}

void queue_runner::lose(std::uint64_t number, const error& e) {
  announce_driver_fault(worker_, id_, number, e);
  for (;;)
    ::pause();
}

} // namespace dotcompute::isolated
