// SPDX-License-Identifier: MIT
// The one interface between the library and what drives a device. Everything that crosses it is plain data; addresses
// are those of the process that the driver runs in.
#pragma once

#include "drivers/segment.hpp"
#include "support/clock.hpp"

#include <dotcompute/capabilities.hpp>
#include <dotcompute/reflection.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dotcompute::drivers {

/// Code of one kernel, for one local size or any (zeros).
struct kernel_code {
  std::string kernel, symbol;
  std::array<std::uint32_t, 3> local_size{};
  std::uint64_t local_bytes = 0;   ///< static local memory of one work-group
  std::uint64_t scratch_bytes = 0; ///< per thread
  bool is_flat = false;            ///< may be run over any partition of the ND-range
};

/// A compiled program on its way to a device.
struct program_image {
  std::string name; ///< for errors
  std::span<const std::byte> binary;
  std::vector<kernel_code> kernels;
  std::vector<std::string> print_formats;
};

/// Code that a device can run. Immutable and thread-safe; `index` counts program_image::kernels.
class loaded_program {
 public:
  virtual ~loaded_program() = default;
};

struct launch_command {
  const loaded_program* program = nullptr;
  std::uint32_t kernel = 0; ///< index in the program
  std::uint32_t dimensions = 1;
  std::array<std::uint64_t, 3> global_size{1, 1, 1}, global_offset{}, local_size{1, 1, 1};
  const std::byte* arguments = nullptr; ///< argument block; local pointers are offsets
  std::uint64_t local_bytes = 0;        ///< of one work-group: static and passed
};

struct copy_command {
  void* to = nullptr;
  const void* from = nullptr;
  std::uint64_t bytes = 0;
};

struct fill_command {
  void* to = nullptr;
  std::uint64_t bytes = 0; ///< a multiple of pattern_bytes
  std::array<std::byte, 128> pattern{};
  std::uint32_t pattern_bytes = 0;
};

/// /// Called once, on whatever thread finishes a command that was not done when execute() returned. `finished` is its
/// time; not `succeeded`: a thread had no memory for it.
struct completion {
  void (*call)(void* context, std::int64_t finished, bool succeeded) = nullptr;
  void* context = nullptr;
};

/// Who executes: what a driver needs to decide how much of the work the calling thread may do.
struct execution_context {
  std::int64_t started = 0;                ///< nanoseconds, read by the caller just before
  time_point leave_by = time_point::max(); ///< a lent thread returns soon after this even if work is left
  bool is_lent = false;                    ///< a waiting thread of the application, not one of the driver's
  completion done{};
};

enum class progress : std::uint8_t { done, continues, out_of_memory };

struct outcome {
  progress state = progress::done;
  std::int64_t finished = 0; ///< nanoseconds; when done
};

/// Something with work of its own that a driver's threads look after: a queue.
class background_work {
 public:
  virtual ~background_work() = default;
  ///  /// Stored commands so far and commands completed so far; cheap, any thread.
  virtual std::uint64_t submitted() const noexcept = 0;
  /// When the latest was stored, in nanoseconds.
  virtual std::int64_t last_submission() const noexcept = 0;
  virtual std::uint64_t completed() const noexcept = 0;
  /// Some thread runs it, or it waits for something that will start it again.
  virtual bool is_taken_care_of() const noexcept = 0;
  /// Runs what is due on the calling thread. Returns at once when another thread does.
  virtual void run() noexcept = 0;
};

/// An opened device. Thread-safe.
class driver : public segment_source {
 public:
  virtual const capabilities& properties() const noexcept = 0;
  virtual std::uint32_t threads() const noexcept = 0;

  /// Throws invalid_binary.
  virtual std::shared_ptr<const loaded_program> load(const program_image& image) = 0;

  /// Starts a command; its data stays valid until it is done.
  virtual outcome execute(const launch_command& c, const execution_context& context) = 0;
  virtual outcome execute(const copy_command& c, const execution_context& context) = 0;
  virtual outcome execute(const fill_command& c, const execution_context& context) = 0;

  /// Nanoseconds that the command is expected to take, from what was measured; negative when unknown.
  virtual double expected_nanoseconds(const launch_command& c) const noexcept = 0;

  /// Lends the calling thread to the command whose completion has this context, until none of its work is left to take
  /// or `leave_by`. False when there was nothing to take.
  virtual bool assist(const void* completion_context, time_point leave_by) = 0;

  /// From now on until forget(), the driver sees to it that work which nobody else runs is run.
  virtual void look_after(const std::shared_ptr<background_work>& work) = 0;
  virtual void forget(const background_work* work) noexcept = 0;
  ///  /// A thread of the driver runs it as soon as one is free.
  virtual void start(std::shared_ptr<background_work> work) = 0;
  /// Something was submitted to work that is looked after: a thread runs it soon unless somebody else does.
  virtual void expect_soon() = 0;
};

struct driver_options {
  std::uint32_t threads = 0;                   ///< 0: what the machine grants
  std::function<void(std::string_view)> print; ///< empty: standard output
};

} // namespace dotcompute::drivers
