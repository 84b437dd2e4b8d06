// SPDX-License-Identifier: MIT
// The one error type of dotcompute: what kind of failure, on which device, doing what, and what to do next.
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace dotcompute {

/// What a caller can do about a failure.
enum class error_class : std::uint8_t {
  transient,   ///< the same call may succeed later: a deadline passed, the compiler process was replaced
  resource,    ///< something is used up: memory, file descriptors, threads; free some and call again
  programmer,  ///< the call is wrong and will fail again: argument, source text, limit
  device_lost, ///< the device or this generation of it is gone; open it again
  fatal,       ///< nothing known helps; never retried
};

/// Stable numbers: they never change meaning between versions and may be stored or compared across processes.
enum class error_code : std::uint16_t {
  unknown = 0,

  // Wrong calls.
  invalid_argument = 100,   ///< an argument of an API function is out of its documented range
  invalid_size = 101,       ///< zero elements, or a size that overflows or does not fit
  invalid_range = 102,      ///< an empty ND-range, a sub-range outside its buffer, overlapping copies
  invalid_handle = 103,     ///< a moved-from or default-constructed handle
  stale_handle = 104,       ///< a handle of an earlier generation of its device
  wrong_device = 105,       ///< objects of two devices meet in one call
  buffer_released = 106,    ///< memory that was freed or released before
  wrong_lease = 107,        ///< what is of one lease is used outside of it
  lease_revoked = 108,      ///< the lease that it is of was revoked, or is being revoked
  kernel_not_found = 110,   ///< the program has no kernel of that name
  argument_count = 111,     ///< too few or too many kernel arguments
  argument_type = 112,      ///< a kernel argument's kind, size or element type does not match
  argument_name = 113,      ///< no kernel argument has that name
  argument_not_set = 114,   ///< a kernel argument was never given
  invalid_local_size = 120, ///< does not divide the global size, or is not the one that the kernel requires
  limit_exceeded = 121,     ///< beyond a limit of the device; the message names it
  compile_failed = 130,     ///< the source has errors; the message holds the compiler's diagnostics
  invalid_options = 131,    ///< a build option that the compiler does not know
  invalid_binary = 132,     ///< a serialised program that is damaged or made for something else
  embedded_not_found = 133, ///< no program of that name was embedded in this executable

  // The environment.
  device_not_found = 200,     ///< no device matches the selector
  file_not_found = 201,       ///< a file does not exist or cannot be read
  file_invalid = 202,         ///< a file's content is not what its name promises
  unsupported = 203,          ///< this device or build cannot do it
  compiler_unavailable = 204, ///< the compiler process cannot be started or was not found
  compiler_crashed = 205,     ///< the compiler process died while it worked on this request
  worker_unavailable = 206,   ///< the worker process was not found

  // Resources.
  out_of_memory = 300,        ///< host memory
  out_of_device_memory = 301, ///< device memory, or more than the device's largest allocation
  out_of_handles = 302,       ///< file descriptors or mappings
  out_of_threads = 303,       ///< a thread could not be started

  // Time.
  deadline_exceeded = 400,      ///< a wait ended before what it waited for
  cancelled = 401,              ///< a stop was requested
  earlier_command_failed = 402, ///< a command was skipped because one before it, which it depends on, failed

  reset_under_way = 403, ///< another reset of the device is not done yet

  // Devices.
  device_lost = 500,    ///< the device stopped answering
  kernel_crashed = 501, ///< this command brought the device's worker process down; the device goes on
  kernel_hung = 502,    ///< this command did not end within its time limit and was stopped; the device goes on
  interrupted = 503,    ///< this command was cut short when the device's worker process was replaced
  kernel_refused = 504, ///< this kernel kept bringing workers down and is not run any more, until it is pardoned
  buffer_changed = 505, ///< a guarded buffer that is to be read is not what it was, and no command changed it

  system_call_failed = 900, ///< the operating system refused something that should work
  internal = 901,           ///< a broken promise inside dotcompute; please report it
};

/// "programmer", "device_lost".
std::string_view to_string(error_class kind) noexcept;
/// "argument_type", "deadline_exceeded".
std::string_view to_string(error_code code) noexcept;
/// The class that errors of this code have unless the one who throws knows better.
error_class default_class(error_code code) noexcept;

/// What an error carries beside its message. Empty texts and generation 0 mean that they do not apply.
struct error_details {
  std::string device;           ///< id of the device concerned, "cpu:0"
  std::uint64_t generation = 0; ///< of the device, counted from 1
  std::string operation;        ///< what was attempted: "launch kernel 'blur'"
  std::string remedy;           ///< what to do next, as a sentence
};

/// Thrown by every function of dotcompute that fails. Copying shares the texts and never throws. Immutable, so it may
/// be read from any thread.
class error : public std::runtime_error {
 public:
  /// `message` says what was given and what was expected. what() is one text of all parts.
  error(error_code code, const std::string& message, error_details details = {});
  error(error_class kind, error_code code, const std::string& message, error_details details = {});

  error_class kind() const noexcept;
  error_code code() const noexcept;
  const std::string& message() const noexcept;
  const std::string& device() const noexcept;
  std::uint64_t generation() const noexcept;
  const std::string& operation() const noexcept;
  const std::string& remedy() const noexcept;

 private:
  struct parts;
  std::shared_ptr<const parts> parts_;
};

} // namespace dotcompute
