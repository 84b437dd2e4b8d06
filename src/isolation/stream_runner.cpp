// SPDX-License-Identifier: MIT
// A queue of a driver with streams: its thread hands commands to the device and publishes how far the device is.
#include "drivers/fault_origin.hpp"
#include "isolation/queue_runner.hpp"

#include <deque>

namespace dotcompute::isolated {
namespace {

constexpr std::uint64_t most_under_way = 512;
constexpr std::uint64_t signal_interval = 4; ///< commands; what is between two signals is not known after a fault
constexpr auto check_interval = std::chrono::milliseconds(5);

class stream_runner final : public queue_runner {
 public:
  stream_runner(std::uint64_t id, shared_memory memory, program_table& programs, worker_page& worker,
                std::unique_ptr<drivers::stream> stream)
      : queue_runner(id, std::move(memory), programs, worker), stream_(std::move(stream)),
        handed_over_(page_.completed.load()), published_(handed_over_) {}
  ~stream_runner() override { stop(); }

 private:
  void run() override {
    drivers::fault_origin = id_;
    auto last = std::chrono::steady_clock::now(), checked = last;
    while (!is_stopping() || !under_way_.empty()) {
      publish();
      const record_header* const record = under_way_.size() < most_under_way ? next() : nullptr;
      const auto now = std::chrono::steady_clock::now();
      if (record) {
        if (hand_over(*record)) last = now;
        continue;
      }
      if (under_way_.empty()) {
        idle(last, std::chrono::seconds(1));
        continue;
      }
      signal();
      if (now - checked >= check_interval) {
        checked = now;
        guarded([this] { stream_->check(); });
      }
      if (now - last < std::chrono::milliseconds(2))
        stream_->pause();
      else
        std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  }

  /// False when none may be begun any more.
  bool hand_over(const record_header& record) {
    const std::uint64_t number = record.number;
    const bool is_run = !is_skipped(record); // what is not has not begun either
    if (is_run && published_ == handed_over_)
      begin(number, now_nanoseconds());
    else if (is_run)
      begin(number);
    // Who holds the queue sets that, then reads `started`: either that shows this command, or this shows the other.
    if (is_run && is_held()) {
      begin(handed_over_);
      return false;
    }
    step next{++last_step_, number, nullptr};
    drivers::launch_command launch;
    if (is_run)
      guarded([&] {
        try {
          switch (record.kind) {
          case record_kind::launch:
            if (read(record, launch, next.program)) stream_->submit(next.step, launch);
            break;
          case record_kind::copy:
          case record_kind::staged_copy:
            if (!stream_->submit(next.step, read_copy(record)))
              throw error(error_code::internal, "a copy with memory that the worker does not have");
            break;
          case record_kind::fill: stream_->submit(next.step, read_fill(record)); break;
          case record_kind::marker:
          case record_kind::skip: break;
          }
        } catch (const error& e) {
          if (drivers::is_gone(e)) throw;
          refuse(number, e);
        }
      });
    under_way_.push_back(std::move(next));
    handed_over_ = number;
    if (last_step_ - signalled_ >= signal_interval) signal();
    if (record.kind == record_kind::staged_copy) finish();
    reader_.consume(record);
    return true;
  }

  /// Until all that was handed over is done.
  void finish() {
    signal();
    auto checked = std::chrono::steady_clock::now();
    while (!under_way_.empty() && !is_stopping()) {
      publish();
      stream_->pause();
      if (const auto now = std::chrono::steady_clock::now(); now - checked >= check_interval) {
        checked = now;
        signal();
        guarded([this] { stream_->check(); });
      }
    }
  }

  void signal() {
    if (signalled_ >= last_step_) return;
    guarded([this] {
      stream_->signal(last_step_);
      signalled_ = last_step_;
    });
  }

  void publish() {
    const std::uint64_t reached = stream_->reached();
    if (under_way_.empty() || under_way_.front().step > reached) return;
    stream_->collect();
    std::uint64_t number = published_;
    for (; !under_way_.empty() && under_way_.front().step <= reached; under_way_.pop_front()) {
      const step& done = under_way_.front();
      if (const auto t = stream_->times(done.step)) record_times(done.number, t->started, t->finished);
      number = done.number;
    }
    page_.running_since.store(now_nanoseconds(), std::memory_order_relaxed);
    if (number == published_) return;
    published_ = number;
    complete(number);
  }

  template <class Call>
  void guarded(Call&& call) {
    try {
      call();
    } catch (const error& e) {
      if (drivers::is_gone(e)) {
        publish(); // what was reached before the fault is done
        lose(published_ + 1, e);
      }
      // Signals and looks are repeated.
    }
  }

  std::unique_ptr<drivers::stream> stream_;
  /// What the stream was given has numbers of its own, since a staged copy has none on the timeline.
  struct step {
    std::uint64_t step, number;
    std::shared_ptr<const drivers::loaded_program> program;
  };
  std::uint64_t last_step_ = 0, signalled_ = 0;
  std::uint64_t handed_over_, published_; ///< on the timeline
  std::deque<step> under_way_;
};

} // namespace

std::unique_ptr<queue_runner> make_stream_runner(std::uint64_t id, shared_memory memory, program_table& programs,
                                                 worker_page& worker, std::unique_ptr<drivers::stream> stream) {
  return std::make_unique<stream_runner>(id, std::move(memory), programs, worker, std::move(stream));
}

} // namespace dotcompute::isolated
