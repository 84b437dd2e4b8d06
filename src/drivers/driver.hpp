// SPDX-License-Identifier: MIT
// The one interface between the library and what drives a device. Everything that crosses it is plain data; addresses
// are those of the process that the driver runs in.
#pragma once

#include "compiler/compile.hpp"
#include "drivers/command.hpp"
#include "drivers/segment.hpp"
#include "drivers/stream.hpp"
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

/// Called once, on whatever thread finishes a command that was not done when execute() returned. `finished` is its
/// time; not `succeeded`: a thread had no memory for it.
struct completion {
  void (*call)(void* context, std::int64_t finished, bool succeeded) = nullptr;
  void* context = nullptr;
  std::uint64_t origin = 0; ///< fault_origin of threads that work on the command
};

/// Who executes: what a driver needs to decide how much of the work the calling thread may do.
struct execution_context {
  std::int64_t started = 0;                ///< nanoseconds, read by the caller just before
  time_point leave_by = time_point::max(); ///< a lent thread returns soon after this even if work is left
  bool is_lent = false;                    ///< a waiting thread of the application, not one of the driver's
  completion done{};
};

/// Whether copies between the memory of two devices need no host in between, which was tried.
struct peer_reach {
  bool is_direct = false;
  std::string reason; ///< why they do
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
  /// Stored commands so far and commands completed so far; cheap, any thread.
  virtual std::uint64_t submitted() const noexcept = 0;
  /// When the latest was stored, in nanoseconds.
  virtual std::int64_t last_submission() const noexcept = 0;
  virtual std::uint64_t completed() const noexcept = 0;
  /// Some thread runs it, or it waits for something that will start it again.
  virtual bool is_taken_care_of() const noexcept = 0;
  /// Runs what is due on the calling thread. Returns at once when another thread does.
  virtual void run() noexcept = 0;
};

/// The threads of a driver whose device is the host's processors. Thread-safe.
class host_executor {
 public:
  virtual ~host_executor() = default;

  virtual std::uint32_t threads() const noexcept = 0;

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
  /// A thread of the driver runs it as soon as one is free.
  virtual void start(std::shared_ptr<background_work> work) = 0;
  /// Something was submitted to work that is looked after: a thread runs it soon unless somebody else does.
  virtual void expect_soon() = 0;
};

/// An opened device. Thread-safe. Commands run either on host threads of the driver or in streams of the device.
class driver : public segment_source {
 public:
  virtual const capabilities& properties() const noexcept = 0;
  /// What programs are compiled for.
  virtual compiler::target_description target() const = 0;

  /// A segment at exactly this address, a multiple of the granularity: other processes have it there as well. Throws as
  /// create_segment(), and out_of_handles when the address is taken.
  virtual std::unique_ptr<segment> create_segment_at(buffer_kind kind, std::uint64_t bytes, std::byte* address);
  /// All segments are memory files of the host, which any process could have made; attach_segment() takes them.
  virtual bool is_host_memory() const noexcept { return false; }
  /// Maps a segment that another process made, with what is in it, through its descriptor, which is only lent.
  virtual std::unique_ptr<segment> attach_segment(buffer_kind kind, std::uint64_t bytes, int file, std::byte* address);

  /// Tries it when it is first asked, which takes milliseconds; from then on streams of both copy between their memory.
  /// Throws device_lost.
  virtual peer_reach reach(driver& /*other*/) { return {false, "their drivers share no memory"}; }

  /// Throws invalid_binary, unsupported, limit_exceeded.
  virtual std::shared_ptr<const loaded_program> load(const program_image& image) = 0;
  /// Work-items of a work-group that suit a kernel for which the caller gave none; 0 when any will do.
  virtual std::uint32_t preferred_work_group_size(const loaded_program&, std::uint32_t /*kernel*/) const { return 0; }

  /// Null for a device that runs commands by itself.
  virtual host_executor* host() noexcept { return nullptr; }
  /// Null for a device that has a host_executor. Throws out_of_handles, device_lost.
  virtual std::unique_ptr<stream> create_stream(const stream_options&) { return nullptr; }
};

struct driver_options {
  std::uint32_t threads = 0;                   ///< 0: what the machine grants
  std::function<void(std::string_view)> print; ///< empty: standard output
  void (*on_thread_start)() = nullptr;         ///< called first on every thread that may run kernels
};

} // namespace dotcompute::drivers
