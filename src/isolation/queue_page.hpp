// SPDX-License-Identifier: MIT
// The memory that a queue of the service shares with the worker: a ring of commands one way, progress the other.
//
//   bytes       queue_page
//   then        ring_bytes of ring: records, each starting at a multiple of 128 bytes, none over the end
//
// The service trusts nothing in it that the worker could have written: numbers are compared with what was sent.
#pragma once

#include "isolation/life_signs.hpp"
#include "isolation/refusal_record.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace dotcompute::isolated {

inline constexpr std::size_t record_alignment = 128; // of a long16 among the arguments
inline constexpr std::uint32_t ring_bytes = 1 << 20;
/// The largest argument block: its record and what is skipped before it fit into half of the ring.
inline constexpr std::uint32_t largest_arguments = ring_bytes / 4 - 1024;
inline constexpr std::uint32_t remembered_times = 1024, remembered_refusals = 16;

enum class record_kind : std::uint32_t { skip = 1, launch, copy, fill, marker, staged_copy };

/// What every record starts with. A staged copy is no command of the timeline, so it has the number of the one before;
/// its record is given back when it is done.
struct record_header {
  record_kind kind{};
  std::uint32_t bytes = 0; ///< of the whole record, a multiple of record_alignment
  std::uint64_t number = 0;
  /// The last refused command that the service knew of. Behind a refusal that it did not know of nothing is run: the
  /// service finds the same when it reads the refusal.
  std::uint64_t acknowledged = 0;
};

struct launch_record {
  record_header header;
  std::uint64_t program = 0;
  std::uint32_t kernel = 0, dimensions = 1;
  std::array<std::uint64_t, 3> global_size{}, global_offset{}, local_size{};
  std::uint64_t local_bytes = 0;
  std::uint32_t argument_bytes = 0;
};
/// The argument block begins here, aligned for the widest vector.
inline constexpr std::size_t arguments_offset = 128;
static_assert(sizeof(launch_record) <= arguments_offset);

struct copy_record {
  record_header header;
  std::uint64_t to = 0, from = 0, bytes = 0;
};

struct fill_record {
  record_header header;
  std::uint64_t to = 0, bytes = 0;
  std::uint32_t pattern_bytes = 0;
  std::array<std::byte, 128> pattern{};
};

/// One command's times, under a sequence lock as in execution::timeline.
struct times_record {
  std::atomic<std::uint64_t> number;
  std::atomic<std::int64_t> started, finished; ///< nanoseconds of CLOCK_MONOTONIC, the same in every process
};

/// What the worker does with the commands of a queue.
enum class queue_pace : std::uint32_t {
  run,
  hold, ///< begins none
  skip, ///< passes over all that it did not begin: the service says what became of them
};

struct alignas(64) queue_page {
  // Written by the service.
  alignas(64) std::atomic<std::uint64_t> written; ///< bytes of the ring that were filled, since its beginning
  std::atomic<std::uint32_t> service_sleeps; ///< 1: a thread is about to sleep on `progress_bell`; the worker clears it
  std::atomic<std::uint64_t> refusals_read;
  std::atomic<std::uint32_t> pace;                     ///< a queue_pace
  alignas(64) std::atomic<std::uint32_t> command_bell; ///< the worker sleeps on it

  // Written by the worker.
  alignas(64) std::atomic<std::uint64_t> consumed;  ///< bytes of the ring that are free again
  alignas(64) std::atomic<std::uint64_t> started;   ///< number of the last command that was begun
  std::atomic<std::int64_t> running_since;          ///< nanoseconds: when the first command that is not done was begun
  alignas(64) std::atomic<std::uint64_t> completed; ///< number of the last command that is done
  std::atomic<std::uint32_t> progress_bell;
  alignas(64) std::atomic<std::uint32_t> worker_sleeps;
  std::atomic<std::uint64_t> refusals_written;
  refusal_record refusals[remembered_refusals];
  times_record times[remembered_times];
};
static_assert(std::is_trivially_destructible_v<queue_page> && std::atomic<std::uint64_t>::is_always_lock_free);

inline constexpr std::size_t ring_offset = (sizeof(queue_page) + 4095) / 4096 * 4096;
inline constexpr std::size_t queue_memory_bytes = ring_offset + ring_bytes;

/// Descriptors of a worker, beside the control socket: printed text, and an eventfd that tells of a fault.
inline constexpr int worker_prints = 4, worker_alarm = 5, worker_life = 6;

/// Why a worker is about to end.
enum class worker_fault : std::uint32_t { none, signal, driver };

/// Memory that a worker as a whole shares with the service.
struct alignas(64) worker_page {
  // Written by the service.
  std::atomic<std::uint32_t> hold; ///< not 0: no further command is begun

  // Written by the worker.
  alignas(64) std::atomic<std::uint32_t> heartbeat; ///< grows several times a second
  std::atomic<std::uint32_t> fault;                 ///< a worker_fault; what is below was written before
  std::int32_t signal;                              ///< of worker_fault::signal
  std::int32_t signal_code;                         ///< si_code
  std::uint64_t address;                            ///< that the kernel touched, of SIGSEGV and SIGBUS
  std::uint64_t queue;                              ///< id of the queue whose command failed, 0 when it is not known
  refusal_record driver_error;                      ///< of worker_fault::driver
  life_signs lives;
};

} // namespace dotcompute::isolated
