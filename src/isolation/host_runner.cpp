// SPDX-License-Identifier: MIT
// A queue of a driver with host threads: its thread runs the commands, with as many others as are worth it.
#include "drivers/fault_origin.hpp"
#include "isolation/queue_runner.hpp"
#include "support/futex.hpp"

namespace dotcompute::isolated {
namespace {

class host_runner final : public queue_runner {
 public:
  host_runner(std::uint64_t id, shared_memory memory, program_table& programs, worker_page& worker,
              drivers::host_executor& host)
      : queue_runner(id, std::move(memory), programs, worker), host_(host) {}
  ~host_runner() override { stop(); }

 private:
  void run() override {
    drivers::fault_origin = id_;
    auto last = std::chrono::steady_clock::now();
    while (!is_stopping()) {
      const record_header* const record = next();
      if (!record) {
        idle(last, std::chrono::seconds(1));
        continue;
      }
      const std::uint64_t number = record->number;
      const std::int64_t started = now_nanoseconds();
      const bool is_run = !is_skipped(*record); // what is not has not begun either
      if (is_run) begin(number, started);
      // Who holds the queues sets `hold`, then reads `started`: either that shows this command, or this shows `hold`.
      if (is_run && is_held()) {
        begin(page_.completed.load(std::memory_order_relaxed), started);
        continue;
      }
      if (is_run) execute(*record, started);
      complete(number);
      reader_.consume(*record);
      last = std::chrono::steady_clock::now();
    }
  }

  void execute(const record_header& record, std::int64_t started) {
    drivers::outcome out{drivers::progress::done, started};
    drivers::launch_command launch;
    std::shared_ptr<const drivers::loaded_program> program;
    succeeded_ = true;
    is_done_.store(0, std::memory_order_relaxed);
    const drivers::execution_context context{started, time_point::max(), false, {&on_finished, this, id_}};
    switch (record.kind) {
    case record_kind::launch:
      if (read(record, launch, program)) out = host_.execute(launch, context);
      break;
    case record_kind::copy:
    case record_kind::staged_copy: out = host_.execute(read_copy(record), context); break;
    case record_kind::fill: out = host_.execute(read_fill(record), context); break;
    case record_kind::marker:
    case record_kind::skip: break;
    }
    if (out.state == drivers::progress::continues) {
      await();
      out = {succeeded_ ? drivers::progress::done : drivers::progress::out_of_memory, finished_};
    }
    if (out.state == drivers::progress::out_of_memory)
      refuse(record.number,
             error(error_code::out_of_memory, "a thread of the device had no memory to run the command"));
    record_times(record.number, started, out.finished);
  }

  /// Other threads have the last chunks.
  void await() {
    while (is_done_.load(std::memory_order_acquire) == 0) {
      if (host_.assist(this, time_point::max())) continue;
      for (int i = 0; i < 2000 && is_done_.load(std::memory_order_acquire) == 0; ++i)
        spin_pause();
      if (is_done_.load(std::memory_order_acquire) == 0)
        futex_wait(is_done_, 0, deadline_after(std::chrono::seconds(1)));
    }
  }

  static void on_finished(void* context, std::int64_t finished, bool succeeded) {
    auto& self = *static_cast<host_runner*>(context);
    self.finished_ = finished;
    self.succeeded_ = succeeded;
    self.is_done_.store(1, std::memory_order_release);
    futex_wake(self.is_done_, 1);
  }

  drivers::host_executor& host_;
  std::atomic<std::uint32_t> is_done_{0};
  std::int64_t finished_ = 0;
  bool succeeded_ = true;
};

} // namespace

std::unique_ptr<queue_runner> make_host_runner(std::uint64_t id, shared_memory memory, program_table& programs,
                                               worker_page& worker, drivers::host_executor& host) {
  return std::make_unique<host_runner>(id, std::move(memory), programs, worker, host);
}

} // namespace dotcompute::isolated
