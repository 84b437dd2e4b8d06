// SPDX-License-Identifier: MIT
// One worker process as the service sees it: started, asked, watched, ended.
#pragma once

#include "isolation/control_socket.hpp"
#include "isolation/print_pipe.hpp"
#include "isolation/queue_page.hpp"
#include "isolation/wire_types.hpp"
#include "support/shared_memory.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <sys/types.h>
#include <unistd.h>
#include <vector>

namespace dotcompute::isolated {

/// A worker that did not answer, because it is dead or stuck: its replacement may.
class worker_gone : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// How a worker shows that it is of no more use.
struct worker_symptom {
  enum class kind : std::uint8_t {
    signal,    ///< a kernel brought a thread down
    driver,    ///< the device's driver does not answer any more
    died,      ///< the process ended
    stopped,   ///< the process was stopped from outside
    silent,    ///< its heart does not beat
    corrupted, ///< what it shares with the service holds what it cannot hold
  };
  kind what = kind::died;
  std::uint64_t queue = 0; ///< whose command it was, 0 when that is not known
  std::string text;        ///< "signal 11 (Segmentation fault) at address 0x10"
  std::optional<error> driver_error;
};

/// Thread-safe, one request at a time.
class worker_process {
 public:
  /// Starts `executable` for this device and does not wait for it. Throws system_error()'s, and fatal
  /// (system_call_failed) when it cannot be run.
  static std::unique_ptr<worker_process> start(const std::string& executable, const driver_description& device);
  /// Kills it, and leaves nothing behind: waits for its end for up to a second.
  ~worker_process();
  worker_process(const worker_process&) = delete;
  worker_process& operator=(const worker_process&) = delete;

  /// What it says of its device, once it has opened it. Throws worker_gone, and what opening the device throws.
  const device_description& await_open(time_point deadline);
  /// For a process that was started to list devices: what it found. Throws worker_gone.
  device_listing await_listing(time_point deadline);
  bool has_opened() const noexcept { return is_open_; }
  /// Segments and programs that it was given while it was a spare, by their numbers.
  void note(std::uint64_t number) {
    const std::lock_guard lock(asking_);
    given_.insert(number);
  }
  bool knows(std::uint64_t number) {
    const std::lock_guard lock(asking_);
    return given_.contains(number);
  }
  std::set<std::uint64_t> given() {
    const std::lock_guard lock(asking_);
    return given_;
  }

  struct reply {
    std::vector<std::byte> payload;
    file_descriptor file;
  };
  /// `file` is lent. Throws worker_gone, the error that the worker answers with, and, in a process that fork() made,
  /// stale_handle.
  reply ask(message_kind kind, std::span<const std::byte> payload, int file, time_point deadline);

  /// Looks whether it is well, without waiting.
  std::optional<worker_symptom> examine() noexcept;
  worker_page& page() noexcept { return *reinterpret_cast<worker_page*>(page_.data()); }
  print_reader& prints() noexcept { return prints_; }

  /// Readable once it has ended, and once it tells of a fault.
  int end_descriptor() const noexcept { return end_.get(); }
  int alarm_descriptor() const noexcept { return alarm_.get(); }
  pid_t id() const noexcept { return id_; }

  void kill() noexcept;
  bool has_ended() const noexcept;
  /// False when it still runs at the deadline.
  bool await_end(time_point deadline) const noexcept;
  /// After kill(): true once none of its threads runs code any more, which is long before its end when it maps much.
  bool await_silence(time_point deadline) noexcept;
  /// The end of what it wrote to standard error.
  std::string last_words() const;

 private:
  worker_process(driver_description device, file_descriptor socket, file_descriptor prints);
  void receive_open(time_point deadline);
  message receive_first(time_point deadline);
  std::string describe_end() const;
  void reap() noexcept;
  /// False in a child that fork() made: there all this belongs to its parent, and must be left as it is.
  bool is_ours() const noexcept { return ::getpid() == owner_; }

  const pid_t owner_ = ::getpid();
  const driver_description device_;
  shared_memory page_;
  file_descriptor words_, end_, alarm_;
  file_descriptor life_; ///< of a pipe that nobody writes to; the worker dies when it is closed, even while stopped
  pid_t id_ = -1;
  std::mutex asking_;
  control_socket socket_;
  print_reader prints_;
  std::atomic<bool> is_open_{false};
  device_description description_;
  std::set<std::uint64_t> given_;
  mutable int status_ = -1; ///< as waitpid() gave it
  mutable std::mutex reaping_;
  std::uint32_t last_beat_ = 0;
  time_point last_beat_at_{};
};

} // namespace dotcompute::isolated
