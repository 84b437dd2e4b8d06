// SPDX-License-Identifier: MIT
#include "api/argument_check.hpp"
#include "api/argument_storage.hpp"
#include "api/pending_command.hpp"
#include "api/time_limit.hpp"
#include "api/transfer_queue.hpp"

#include <dotcompute/queue.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>

namespace dotcompute {
namespace {

using api::pending_command;
using detail::queue_state;

queue_state& valid(const std::shared_ptr<queue_state>& s) {
  if (!s) throw error(error_code::invalid_handle, "the queue handle was moved from");
  return *s;
}

bool may_use(const queue_state& q, const detail::memory_object& m) noexcept {
  return !m.lease || m.lease == q.lease;
}

[[noreturn]] void refuse_lease(const queue_state& q, const detail::memory_object& m, const std::string& operation) {
  throw error(error_code::wrong_lease,
              "the buffer is of lease '" + m.lease->options.name + "', the queue " +
                  (q.lease ? "of lease '" + q.lease->options.name + "'" : "of none"),
              q.device->describe(operation, "Use a queue of the same lease, or a buffer of none."));
}

std::byte* address(const queue_state& q, const untyped_buffer& b, const char* operation) {
  std::byte* const first = b.device_address(); // throws for empty and stale handles
  if (b.memory()->device != q.device)
    throw error(error_code::wrong_device, "the buffer is of another device, or of another opening of this one",
                q.device->describe(operation));
  if (!may_use(q, *b.memory())) refuse_lease(q, *b.memory(), operation);
  return first;
}

void require_equal(const queue_state& q, std::size_t from, std::size_t to, const char* operation) {
  if (from != to)
    throw error(error_code::invalid_size,
                std::to_string(from) + " bytes to copy from, " + std::to_string(to) + " bytes to copy to",
                q.device->describe(operation, "Give ranges of the same size; slice() makes smaller ones."));
}

} // namespace

queue::queue(const device& owner, const queue_options& options) {
  const auto& device = owner.state();
  const auto& lease = owner.lease_state();
  api::require_time_limit(*device, lease.get(), options.time_limit, "make a queue");
  detail::queue_description d{options.name,
                              options.lend_waiting_thread,
                              {options.priority, options.record_times, options.on_failure == after_failure::go_on},
                              options.time_limit};
  std::shared_ptr<void> seat;
  if (lease) {
    d.stream.priority =
        static_cast<int>(std::clamp<std::int64_t>(std::int64_t{options.priority} + lease->options.priority,
                                                  std::numeric_limits<int>::min(), std::numeric_limits<int>::max()));
    if (d.time_limit == std::chrono::nanoseconds::zero()) d.time_limit = lease->options.time_limit;
    seat = lease->seat();
  }
  *this = queue(detail::make_queue(device, lease, std::move(d)), std::move(seat));
}

// Handles share one owner whose end is the end of the last handle; events only keep the queue itself.
queue::queue(std::shared_ptr<queue_state> made, std::shared_ptr<void> kept) {
  queue_state* const address = made.get();
  std::shared_ptr<void> handles(nullptr, [made = std::move(made), kept = std::move(kept)](void*) { made->orphan(); });
  state_ = std::shared_ptr<queue_state>(std::move(handles), address);
}

queue api::transfer_queue(const device& owner) {
  detail::queue_description d;
  if (const auto& lease = owner.lease_state()) d.stream.priority = lease->options.priority;
  return queue(detail::make_queue(owner.state(), owner.lease_state(), std::move(d)), nullptr);
}

event queue::launch(const kernel& k, const nd_range& range, const argument_list& arguments) {
  const argument_list::storage& s = arguments.contents();
  if (s.kernel != k.state())
    throw error(error_code::invalid_argument, "the arguments were made for kernel '" + s.kernel->reflection.name + "'",
                valid(state_).device->describe("launch kernel '" + k.name() + "'"));
  std::vector<argument> all;
  all.reserve(s.slots.size());
  for (std::size_t i = 0; i < s.slots.size(); ++i) {
    const auto& slot = s.slots[i];
    if (!slot)
      throw error(error_code::argument_not_set, "argument " + api::argument_label(k.reflection(), i) + " was never set",
                  valid(state_).device->describe("launch kernel '" + k.name() + "'",
                                                 "The signature is " + k.signature() + "."));
    all.push_back(slot->get());
  }
  return launch_with(k, range, all);
}

event queue::launch_with(const kernel& k, const nd_range& range, std::span<const argument> arguments) {
  queue_state& q = valid(state_);
  k.name(); // throws for empty handles
  detail::kernel_state& state = *k.state();
  const kernel_reflection& r = state.reflection;
  if (state.program.device != q.device)
    throw error(error_code::wrong_device, "the kernel is of another device, or of another opening of this one",
                q.device->describe("launch kernel '" + r.name + "'"));
  if (state.program.generation != q.device->program_generation())
    throw error(error_code::stale_handle, "the program was discarded by a reset of the device",
                q.device->describe("launch kernel '" + r.name + "'", "Compile the program again."));
  if (q.device->faults.refuses_any())
    if (const auto refused =
            q.device->faults.refusal(state.content(), q.device->describe("launch kernel '" + r.name + "'")))
      throw *refused;
  if (arguments.size() != r.arguments.size())
    throw error(
        error_code::argument_count,
        std::to_string(arguments.size()) + " arguments were given, " + std::to_string(r.arguments.size()) +
            " are expected",
        q.device->describe("launch kernel '" + r.name + "'", "The signature is " + api::show_signature(r) + "."));
  for (std::size_t i = 0; i < arguments.size(); ++i)
    api::check_argument(state, i, arguments[i]);
  if (range.time_limit) {
    const std::string operation = "launch kernel '" + r.name + "'";
    api::require_time_limit(*q.device, q.lease.get(), *range.time_limit, operation);
    if (*range.time_limit == std::chrono::nanoseconds::zero())
      throw error(
          error_code::invalid_argument, "a time limit of zero",
          q.device->describe(operation, "Give none for the queue's; a queue without a limit lets it run for ever."));
  }
  const api::launch_shape shape = state.shape_of(range);
  const detail::kernel_variant& code = *shape.code;

  pending_command c(q);
  std::byte* const block = c->arguments.resize(r.argument_bytes);
  std::uint64_t local_end = code.local_bytes;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    api::store_argument(r.arguments[i], arguments[i], block, local_end);
    if (arguments[i].kind() == argument::category::buffer) {
      const auto& memory = arguments[i].as_buffer().memory();
      if (!may_use(q, *memory)) refuse_lease(q, *memory, "launch kernel '" + r.name + "'");
      c->keep.add(memory);
      c->uses.push_back({memory.get(), r.arguments[i].is_read, r.arguments[i].is_written});
    }
  }
  const std::uint64_t most =
      local_end == 0 ? 0 : q.device->driver->properties().local_memory_bytes.value_or(~std::uint64_t{0});
  if (local_end > most)
    throw error(error_code::limit_exceeded,
                std::to_string(local_end) + " bytes of local memory (" + std::to_string(code.local_bytes) +
                    " declared in the kernel) exceed local_memory_bytes of " + std::to_string(most),
                q.device->describe("launch kernel '" + r.name + "'", "Use less local memory for each work-group."));
  c->subject = &state;
  if (range.time_limit) c->time_limit = *range.time_limit;
  c->action.emplace<drivers::launch_command>(code.program.get(), code.index, range.dimensions, range.global_size,
                                             range.global_offset, shape.local_size, block, r.argument_bytes, local_end);
  return c.submit();
}

event queue::copy_bytes(const untyped_buffer& from, const untyped_buffer& to) {
  queue_state& q = valid(state_);
  const bool is_across = from && to && (from.memory()->device == q.device) != (to.memory()->device == q.device);
  const auto find = [&](const untyped_buffer& b) {
    if (!is_across || b.memory()->device == q.device) return address(q, b, "copy a buffer");
    // Whoever revokes a lease of the other device looks for commands there.
    if (b.memory()->lease) refuse_lease(q, *b.memory(), "copy a buffer");
    return b.device_address();
  };
  const std::byte* const source = find(from);
  std::byte* const destination = find(to);
  require_equal(q, from.size_bytes(), to.size_bytes(), "copy a buffer");
  if (is_across) return api::copy_across(*this, from, to);
  if (from.memory() == to.memory() && source < destination + to.size_bytes() &&
      destination < source + from.size_bytes())
    throw error(error_code::invalid_range, "the ranges to copy from and to overlap",
                q.device->describe("copy a buffer"));
  return api::submit_copy(q, destination, source, from.size_bytes(), {.read = &from, .written = &to});
}

event queue::fill_bytes(const untyped_buffer& destination, const void* pattern, std::size_t bytes) {
  queue_state& q = valid(state_);
  drivers::fill_command fill;
  fill.to = address(q, destination, "fill a buffer");
  if (bytes == 0 || bytes > fill.pattern.size() || destination.size_bytes() % bytes != 0)
    throw error(error_code::invalid_size,
                "a pattern of " + std::to_string(bytes) + " bytes for a buffer of " +
                    std::to_string(destination.size_bytes()),
                q.device->describe("fill a buffer", "Patterns have 1 to 128 bytes and divide the buffer's size."));
  fill.bytes = destination.size_bytes();
  fill.pattern_bytes = static_cast<std::uint32_t>(bytes);
  std::memcpy(fill.pattern.data(), pattern, bytes);
  pending_command c(q);
  c->action = fill;
  c->keep.add(destination.memory());
  c->uses.push_back(api::write_of(destination, fill.bytes));
  return c.submit();
}

event queue::read_bytes(const untyped_buffer& from, void* to, std::size_t bytes) {
  queue_state& q = valid(state_);
  const std::byte* const source = address(q, from, "read a buffer");
  require_equal(q, from.size_bytes(), bytes, "read a buffer");
  return api::submit_copy(q, to, source, bytes, {.read = &from});
}

event queue::write_bytes(const untyped_buffer& to, const void* from, std::size_t bytes) {
  queue_state& q = valid(state_);
  std::byte* const destination = address(q, to, "write a buffer");
  require_equal(q, bytes, to.size_bytes(), "write a buffer");
  return api::submit_copy(q, destination, from, bytes, {.written = &to});
}

void queue::release_bytes(const untyped_buffer& b) {
  queue_state& q = valid(state_);
  address(q, b, "release a buffer");
  if (b.offset_bytes() != 0 || b.size_bytes() != b.memory()->size)
    throw error(error_code::invalid_argument, "a slice was given",
                q.device->describe("release a buffer", "Release the whole buffer that it is a slice of."));
  // What is submitted from now on comes after; what was submitted before has a number of at most this.
  b.memory()->release(q.memory_queue(), q.submitted(), q.name);
}

event queue::wait(const event& e) {
  pending_command c(valid(state_));
  c->action = execution::wait_command{e};
  return c.submit();
}

event queue::marker() {
  pending_command c(valid(state_));
  c->action = execution::marker_command{};
  return c.submit();
}

void queue::finish() {
  finish(valid(state_).device->default_wait);
}

void queue::finish(std::chrono::nanoseconds time) {
  queue_state& q = valid(state_);
  if (q.lease && q.lease->status() == lease_status::revoked) throw q.lease->refusal("finish queue '" + q.name + "'");
  const std::uint64_t number = q.submitted();
  if (!q.wait(number, deadline_after(time)))
    throw error(
        error_code::deadline_exceeded,
        std::to_string(number - q.completed()) + " commands were not done after " +
            std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count()) + " ms",
        q.device->describe("finish queue '" + q.name + "'", "Wait longer, or find the kernel that takes so long."));
  if (const auto first = q.take_first_error()) throw *first;
}

device queue::owner() const {
  return device(valid(state_).device, state_->lease);
}
const std::shared_ptr<queue_state>& queue::state() const {
  valid(state_);
  return state_;
}
const std::string& queue::name() const {
  return valid(state_).name;
}

} // namespace dotcompute
