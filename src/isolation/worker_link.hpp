// SPDX-License-Identifier: MIT
// A device's workers, one after another, and all that a new one must be given to take the place of the last.
#pragma once

#include "isolation/worker_process.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace dotcompute::isolated {

class isolated_stream;

/// What it took to bring in a worker, in nanoseconds from the beginning; a stage that was not needed is as long as the
/// one before.
struct replacement {
  bool used_spare = false;
  std::int64_t started = 0; ///< the new one has opened the device
  std::int64_t mapped = 0;  ///< it has the memory
  std::int64_t loaded = 0;  ///< and the programs
  std::uint64_t segment_bytes = 0;
};

/// What a device that runs by itself may go on with when its worker is killed. It ends only with the process, which on
/// a GPU takes much longer than its threads.
enum class device_work : std::uint8_t {
  none,  ///< the device runs nothing without the worker, or has broken off
  begun, ///< the commands that queues have begun, if there are any
  any,   ///< what is shared cannot be believed
};

/// Thread-safe. Requests that the worker's death interrupts are made again to its replacement.
class worker_link {
 public:
  worker_link(std::string executable, driver_description device, std::function<void(std::string_view)> print);
  ~worker_link();

  /// Starts the first worker and waits for it; `spares` more are kept ready from then on. Throws what opening the
  /// device throws, compiler_unavailable's like.
  void open(std::uint32_t spares);
  const device_description& description() const noexcept { return description_; }
  const driver_description& device() const noexcept { return device_; }

  /// Memory that workers map from `file`, which is lent until remove_segment(). The number.
  std::uint64_t add_segment(buffer_kind kind, std::uint64_t bytes, std::byte* address, int file);
  /// Memory that the worker makes: what it has then, and its descriptor.
  struct made_segment {
    std::uint64_t number = 0, bytes = 0;
  };
  made_segment make_segment(buffer_kind kind, std::uint64_t bytes, std::byte* address);
  void remove_segment(std::uint64_t number) noexcept;
  int segment_file(std::uint64_t number) const;

  struct loaded {
    std::uint64_t number = 0;
    std::vector<std::uint32_t> preferred_sizes;
  };
  loaded load_program(const drivers::program_image& image);
  void unload_program(std::uint64_t number) noexcept;

  std::uint64_t open_queue(isolated_stream& stream, const drivers::stream_options& options);
  void close_queue(std::uint64_t number) noexcept;
  drivers::memory_usage ask_memory();

  // For the supervisor, which is one thread.
  /// The calling thread is the one that replaces workers: it cannot wait for a replacement, so its own requests throw
  /// at once (transient) when the worker is gone.
  void replace_from_here() { replacer_ = std::this_thread::get_id(); }
  /// Well, or why it is not. Only reads memory and asks the system.
  std::optional<worker_symptom> examine();
  /// Descriptors that become readable with the worker's end, a fault, or printed text.
  std::array<int, 3> descriptors();
  /// Texts that another thread has taken are handed on when it returns, or `patience` has passed.
  void collect_prints(std::chrono::nanoseconds patience = {});
  /// Begins nothing more, and waits for what was begun until `deadline`.
  void hold(time_point deadline);
  /// Whether a request that is under way may be what was wrong with the worker, so that it is not made for ever.
  enum class blame : std::uint8_t { requests, others };
  /// Kills the worker; requests wait from now on. When it returns, the worker touches nothing any more. Throws
  /// device_lost.
  void stop(time_point deadline, device_work left, blame where = blame::requests);
  /// Gives its place to a spare, if one may be used, or to a new one. Throws what makes it impossible.
  replacement bring_in(time_point deadline, bool uses_spare = true);
  /// Workers to come are not given any program but these. Between stop() and bring_in().
  void forget_programs_but(const std::vector<std::uint64_t>& numbers);
  /// Starts a spare if there should be more, and looks after those there are. Never blocks for long.
  void tend_spares() noexcept;
  pid_t worker_id() const;
  /// Nothing will be replaced any more: requests throw `reason`.
  void give_up(const error& reason);

 private:
  struct segment_entry {
    buffer_kind kind;
    std::uint64_t bytes;
    std::byte* address;
    int file; ///< lent, or of `own`
    file_descriptor own;
  };
  struct program_entry {
    file_descriptor image;
  };
  struct queue_entry {
    isolated_stream* stream;
    drivers::stream_options options;
  };

  struct spare_worker {
    std::shared_ptr<worker_process> process;
    std::uint64_t additions_given = 0; ///< of those to segments and programs
    bool was_ready = false;
  };

  void end_replacing() noexcept;
  template <class Request>
  auto with_worker(Request&& request);
  static void attach(worker_process& w, std::uint64_t number, const segment_entry& s, time_point deadline);
  static worker_process::reply load(worker_process& w, std::uint64_t number, const program_entry& p,
                                    time_point deadline);
  /// Starts one, and forgets those that ended.
  void renew_spares();
  /// Waits a moment for it to open and gives it what it has not got yet.
  void tend(const std::shared_ptr<worker_process>& spare) noexcept;
  void equip(worker_process& spare);
  spare_worker* spare_of(const worker_process& w);
  /// Those that can be asked; under the guard.
  std::vector<std::shared_ptr<worker_process>> opened_spares() const;
  /// The one that is ready soonest, or null; under the guard.
  std::shared_ptr<worker_process> take_spare();
  /// Takes from it what was removed while it could not be asked.
  void take_back(worker_process& w) noexcept;
  /// Asks for something that nobody waits for.
  void tell(worker_process& w, message_kind kind, std::uint64_t number) noexcept;
  void load_on_spare(worker_process& spare, std::uint64_t number, const program_entry& p) noexcept;
  static void open_queue_on(worker_process& w, std::uint64_t number, int memory, const drivers::stream_options& options,
                            time_point deadline);

  const std::string executable_;
  const driver_description device_;
  const std::function<void(std::string_view)> print_;
  device_description description_;

  mutable std::mutex guard_; ///< of all below
  std::condition_variable changed_;
  std::shared_ptr<worker_process> active_;
  std::vector<spare_worker> spares_;                    ///< the oldest first
  std::vector<std::shared_ptr<worker_process>> ending_; ///< killed, not yet reaped
  std::uint32_t wanted_spares_ = 0;
  bool is_replacing_ = false;
  blame blamed_ = blame::requests; ///< for the end of the last worker
  std::uint64_t replaced_ = 0;     ///< how many times
  std::atomic<std::thread::id> replacer_{};
  std::optional<error> gave_up_;
  std::uint64_t last_number_ = 0;
  std::map<std::uint64_t, segment_entry> segments_;
  std::map<std::uint64_t, std::shared_ptr<program_entry>> programs_;
  /// Between two attempts to start a spare; twice that after each that ends before it is ready.
  static constexpr auto first_spare_pause = std::chrono::milliseconds(100);
  time_point next_spare_at_{};
  std::chrono::nanoseconds spare_pause_;
  std::uint64_t additions_ = 1; ///< to segments and programs so far, and one
  std::map<std::uint64_t, queue_entry> queues_;
};

} // namespace dotcompute::isolated
