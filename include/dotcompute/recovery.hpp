// SPDX-License-Identifier: MIT
// What happened when a device's worker process was replaced. Every figure was observed; what was not is unknown.
#pragma once

#include <dotcompute/error.hpp>
#include <dotcompute/known.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dotcompute {

/// Where a device's driver runs.
enum class isolation : std::uint8_t {
  none,    ///< in this process: a kernel that crashes ends it, one that hangs stays
  process, ///< in a worker process: it crashes alone, and is replaced; memory is kept
};

/// "process".
std::string_view to_string(isolation where) noexcept;

enum class recovery_cause : std::uint8_t {
  kernel_crashed, ///< a signal or a fault of the device
  kernel_hung,    ///< longer than its time limit
  worker_died,    ///< killed or ended by itself
  worker_stopped, ///< stopped from outside
  worker_silent,  ///< no sign of life
  ring_corrupted, ///< what it shared with the service was damaged
  requested,      ///< by device::reset()
};
/// "kernel_crashed".
std::string_view to_string(recovery_cause cause) noexcept;

/// Whether it became known which command brought a worker down. A GPU does not say whose kernel a fault was: of several
/// that ran, those that give the same result twice are run again, one at a time, until the fault shows again.
enum class culprit_search : std::uint8_t {
  not_needed,     ///< it was known at once, or no command is to blame
  under_way,      ///< commands run again
  found,          ///< the recoveries after this one name it
  not_again,      ///< all ran again, and the fault did not show
  not_repeatable, ///< none could be run again
  broken_off,     ///< it took too long, or a reset came in between
};
/// "not_needed".
std::string_view to_string(culprit_search search) noexcept;

/// A command that failed with the worker.
struct failed_command {
  std::string queue;
  std::uint64_t number = 0; ///< on the queue's timeline
  std::string what;         ///< "kernel 'blur' of blur.cl", "copy of 4096 bytes"
  std::string arguments;    ///< "image: 4194304 bytes, radius: 4"
  std::array<std::uint64_t, 3> global_size{}, local_size{};
  known<std::chrono::nanoseconds> ran_for;
  bool is_culprit = false;   ///< it brought the worker down, and no other can have
  bool is_suspected = false; ///< it is one of several that may have; they are counted in commands_suspected
};

/// A kernel that may not be launched on a device any more, because it kept bringing worker processes down.
struct refused_kernel {
  std::string content;      ///< kernel::content_id()
  std::string what;         ///< "kernel 'blur' of blur.cl"
  std::string symptom;      ///< the last time
  std::uint64_t faults = 0; ///< so far
};

/// A guarded buffer that is not what its checksum says.
struct changed_buffer {
  std::string what;        ///< "of 4096 bytes, tag 'weights', made at main.cpp:12"
  std::string tag;         ///< allocation_options::tag
  std::uint64_t bytes = 0; ///< of the buffer
  /// What differs lies between them, both included; known to within the 256 KiB that one checksum is of.
  std::uint64_t first_byte = 0, last_byte = 0;
};

/// Guarded buffers compared with their checksums.
struct guard_report {
  std::uint64_t buffers_verified = 0, bytes_verified = 0; ///< they are what they were
  std::uint64_t buffers_changed = 0;
  std::vector<changed_buffer> changed; ///< the first 256
  /// There was no checksum to compare with: a command that may write the buffer was under way, or had just ended.
  std::uint64_t buffers_unverified = 0;
  std::chrono::nanoseconds took{};
};

struct recovery_report {
  std::string device;
  std::uint64_t generation = 0; ///< the new one
  recovery_cause cause = recovery_cause::worker_died;
  std::string symptom;                 ///< "signal 11 (Segmentation fault) at address 0x10"
  std::vector<failed_command> failed;  ///< the first 256
  std::uint64_t commands_failed = 0;   ///< all of them
  std::uint64_t commands_repeated = 0; ///< in flight, and run again since they read nothing that they write
  std::uint64_t commands_kept = 0;     ///< queued behind, and run by the new worker
  /// That may have brought the worker down: 1 when the culprit is known, 0 when no command is to blame.
  std::uint64_t commands_suspected = 0;
  culprit_search search = culprit_search::not_needed; ///< changes once more after it was under way

  // From the moment that the fault was known to the supervisor.
  std::chrono::nanoseconds worker_stopped{}; ///< the old worker can touch nothing any more
  std::chrono::nanoseconds worker_started{}; ///< the new one has opened the device
  std::chrono::nanoseconds memory_mapped{};
  std::chrono::nanoseconds programs_loaded{};
  std::chrono::nanoseconds canary_done{}; ///< a kernel ran and its result was right
  std::chrono::nanoseconds resumed{};     ///< queues go on; whoever waits for a failed command hears of it
  bool used_spare = false;
  known<bool> canary_passed; ///< unknown: there was no compiler to make one

  std::uint64_t bytes_kept = 0; ///< of segments that the new worker has
  std::uint64_t bytes_suspect = 0;
  std::uint64_t bytes_lost = 0; ///< of buffers that a reset discarded

  /// untyped_buffer::guard(): compared after the queues went on, while commands that use a guarded buffer wait for it.
  /// Unknown until all were, and in the result of a reset.
  known<guard_report> guard;
};

} // namespace dotcompute
