// SPDX-License-Identifier: MIT
// Commands in order: launches, copies, fills, transfers, waits.
#pragma once

#include <dotcompute/event.hpp>
#include <dotcompute/nd_range.hpp>
#include <dotcompute/program.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace dotcompute {

/// What becomes of commands that stand behind one that failed.
enum class after_failure : std::uint8_t {
  skip,  ///< they fail with earlier_command_failed until finish() has reported the first error
  go_on, ///< they run; finish() still reports the first error
};

struct queue_options {
  std::string name{}; ///< shown in errors and logs
  /// A waiting thread runs due commands itself. Off: it sleeps, and only the device's threads run them.
  bool lend_waiting_thread = true;
  /// Commands of queues with a lower number go first where the device has priorities (GPUs); clamped to what it has. A
  /// lease adds its own.
  int priority = 0;
  /// event::times() of commands that a GPU runs; off, they are unknown, since asking for them costs about a
  /// microsecond a command. Commands on the CPU always have times.
  bool record_times = false;
  /// How long one command may run before it is stopped and fails with kernel_hung; zero: for ever. Looked at every
  /// 20 ms. Only on devices opened with isolation::process. nd_range::within() says it for one launch. In a lease, zero
  /// is the lease's limit, and none is longer.
  std::chrono::nanoseconds time_limit{};
  /// For queues whose commands do not depend on one another: after_failure::go_on.
  after_failure on_failure = after_failure::skip;
};

/// Commands of one queue run one after another in the order of the calls; queues are independent of one another. Every
/// call returns as soon as its command is stored; what can be checked is checked before that and throws. When a command
/// fails, queue_options::on_failure says what becomes of the commands behind it.
/// Thread-safe. Buffers and programs stay alive until the commands that use them are done; host memory given to read()
/// and write() must stay valid until their event is complete. The destructor of the last handle lets stored commands
/// finish.
class queue {
 public:
  /// Throws invalid_argument (a negative time limit), unsupported (one without isolation), limit_exceeded (more than
  /// the lease allows), lease_revoked, device_lost, out_of_handles.
  explicit queue(const device& owner, const queue_options& options = {});

  // Functions that store a command throw lease_revoked when the queue's lease was revoked or is being revoked, and
  // wrong_lease for a buffer of a lease that is not the queue's.

  /// Runs `k` over `range` with one argument for each of the kernel's. Throws argument_count, argument_type,
  /// wrong_device, invalid_range (an empty range), invalid_local_size, limit_exceeded (naming the limit),
  /// invalid_argument and unsupported (a time limit), and what compiling the kernel for a local size can throw.
  template <class... Arguments>
  event launch(const kernel& k, const nd_range& range, const Arguments&... arguments) {
    if constexpr (sizeof...(Arguments) == 0) {
      return launch_with(k, range, {});
    } else {
      const std::array<argument, sizeof...(Arguments)> all{argument(arguments)...};
      return launch_with(k, range, all);
    }
  }
  event launch(const kernel& k, const nd_range& range, const argument_list& arguments);
  event launch_with(const kernel& k, const nd_range& range, std::span<const argument> arguments);

  /// Sizes must be equal (invalid_size), ranges must not overlap (invalid_range). One of the buffers may be of another
  /// device, and then of no lease (wrong_lease): the copy goes directly where device::access_to() says so, else through
  /// host memory. What else works on that buffer must be done or be waited for by this queue before, as between two
  /// queues of one device.
  template <class T, class U>
  requires std::is_same_v<std::remove_const_t<T>, U> event copy(const buffer<T>& from, const buffer<U>& to) {
    return copy_bytes(from.raw(), to.raw());
  }
  template <class T>
  requires(!std::is_const_v<T>) event fill(const buffer<T>& destination, const std::type_identity_t<T>& value) {
    return fill_bytes(destination.raw(), &value, sizeof(T));
  }
  /// Device to host. Sizes must be equal (invalid_size).
  template <class T>
  event read(const buffer<T>& from, std::span<std::remove_const_t<T>> to) {
    return read_bytes(from.raw(), to.data(), to.size_bytes());
  }
  template <class T>
  event read(const buffer<T>& from, std::vector<std::remove_const_t<T>>& to) {
    return read(from, std::span<std::remove_const_t<T>>(to));
  }
  /// Host to device. Sizes must be equal (invalid_size).
  template <class T>
  requires(!std::is_const_v<T>) event write(const buffer<T>& to, std::span<const std::type_identity_t<T>> from) {
    return write_bytes(to.raw(), from.data(), from.size_bytes());
  }

  event copy_bytes(const untyped_buffer& from, const untyped_buffer& to);
  /// `bytes` of the pattern must divide the destination's size and be at most 128.
  event fill_bytes(const untyped_buffer& destination, const void* pattern, std::size_t bytes);
  event read_bytes(const untyped_buffer& from, void* to, std::size_t bytes);
  event write_bytes(const untyped_buffer& to, const void* from, std::size_t bytes);

  /// The end of a buffer's life, in the order of this queue: its memory may be given at once to what is first used on
  /// this queue (allocation_options::first_used_on), and to others as soon as what was stored so far is done. Nothing
  /// waits. Every handle of the memory then throws buffer_released. Commands of other queues that use it must be done
  /// or ordered before this call. Throws buffer_released when it was released before, invalid_argument for a slice.
  template <class T>
  void release(buffer<T>&& b) {
    release_bytes(b.raw());
    b = {};
  }
  void release(untyped_buffer&& b) {
    release_bytes(b);
    b = {};
  }
  void release_bytes(const untyped_buffer& b);

  /// Commands after this one start when `e`, of any queue of any device, is complete; no thread is held up. When `e`
  /// fails, so does this command.
  event wait(const event& e);
  /// An event of all that was stored so far.
  event marker();

  /// Until everything stored so far is complete. Throws the first error since the last finish(), and forgets it.
  void finish();
  /// Throws deadline_exceeded when the time passes first.
  void finish(std::chrono::nanoseconds time);

  dotcompute::device owner() const;
  const std::string& name() const;

  /// For the other classes of dotcompute. Throws invalid_handle when moved from.
  const std::shared_ptr<detail::queue_state>& state() const;
  /// The first handle of a queue; `kept` goes with the last.
  queue(std::shared_ptr<detail::queue_state> made, std::shared_ptr<void> kept);

 private:
  std::shared_ptr<detail::queue_state> state_;
};

} // namespace dotcompute
