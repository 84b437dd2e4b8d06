// SPDX-License-Identifier: MIT
// Resetting a device, as far as is wanted, and what was observed while it was done.
#pragma once

#include <dotcompute/recovery.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace dotcompute {

/// Each does what the one before it does, and more. All but `soft` need isolation::process.
enum class reset_level : std::uint8_t {
  soft,    ///< what was stored in queues is done; everything survives
  context, ///< the worker process is replaced; memory and handles survive, programs are loaded again
  hard,    ///< device memory is discarded, too: buffers answer stale_handle from then on; the device and queues survive
  full,    ///< programs, too, and what this process remembers of compiling them; the device is opened anew
};
/// "soft".
std::string_view to_string(reset_level level) noexcept;

/// What becomes of commands that are not done.
enum class pending_work : std::uint8_t {
  wait,         ///< they are waited for until the deadline; past it the reset fails, and nothing was changed
  wait_briefly, ///< they are waited for until the deadline, then abandoned
  abandon,      ///< they fail at once with `cancelled`
};

struct reset_options {
  reset_level level = reset_level::context;
  pending_work pending = pending_work::wait;
  /// How long queued work may take. What comes after it has its own limit, 30 s, past which the device is lost.
  std::chrono::nanoseconds deadline = std::chrono::seconds(10);
  /// Off: programs are discarded; launching their kernels answers stale_handle. Never kept by `full`.
  bool keep_programs = true;
  /// Off: a new worker process is started, and the spare ended. Never used by `full`.
  bool use_spare = true;
  /// Only if the device is of this generation; otherwise stale_handle.
  known<std::uint64_t> generation{};

  /// After an error whose cause is not understood: what is queued is abandoned, the worker process replaced; memory
  /// and programs are kept.
  static reset_options after_error();
  /// Before the service ends: queued work has `time`, then everything that the device holds is let go.
  static reset_options before_shutdown(std::chrono::nanoseconds time = std::chrono::seconds(5));
};

struct reset_result {
  reset_level level = reset_level::soft;
  std::chrono::nanoseconds drained{}; ///< how long queued work was waited for
  std::chrono::nanoseconds total{};
  std::uint64_t commands_drained = 0; ///< done meanwhile
  /// The replacement of the worker, with cause `requested`: stages, commands abandoned, bytes kept, suspect and lost,
  /// the canary kernel, the generation. Unknown for `soft`.
  known<recovery_report> replacement;
};

} // namespace dotcompute
