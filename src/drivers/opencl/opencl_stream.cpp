// SPDX-License-Identifier: MIT
#include "drivers/opencl/opencl_stream.hpp"

#include "drivers/fill_pattern.hpp"
#include "drivers/opencl/device_properties.hpp"
#include "drivers/opencl/driver_error.hpp"
#include "drivers/opencl/known_drivers.hpp"
#include "drivers/polling.hpp"
#include "support/clock.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <thread>
#include <utility>

namespace dotcompute::opencl {
namespace {

constexpr auto closing_time = std::chrono::seconds(10);
constexpr std::uint32_t widest_fill = 128; // bytes; clEnqueueSVMMemFill's largest pattern

} // namespace

opencl_stream::opencl_stream(std::shared_ptr<opencl_context> context, std::shared_ptr<device_memory> memory,
                             const drivers::stream_options& options)
    : context_(std::move(context)), memory_(std::move(memory)),
      largest_id_(largest_global_id(context_->api(), context_->found())),
      is_host_(is_processors(context_->api(), context_->device())), timeline_(context_, options.records_times) {
  constexpr const char* operation = "make a queue";
  context_->require_present(operation);
  result r = result::success;
  queue_ = api().clCreateCommandQueue(context_->handle(), context_->device(),
                                      options.records_times ? queue_profiling_enable : 0, &r);
  context_->check(r, "clCreateCommandQueue", operation);
}

opencl_stream::~opencl_stream() {
  if (!context_->is_lost()) context_->note(api().clFlush(queue_), "clFlush", "close a queue");
  const auto deadline = deadline_after(closing_time);
  if (!drivers::poll_until([this] { return context_->is_lost() || timeline_.is_idle(); },
                           [&] { return std::chrono::steady_clock::now() >= deadline; }))
    context_->mark_lost("a queue was closed, and what it ran did not end within 10 s");
  if (!context_->is_lost())
    context_->note(api().clReleaseCommandQueue(queue_), "clReleaseCommandQueue", "close a queue");
}

std::vector<owned_object> opencl_stream::set_arguments(const opencl_kernel& kernel, const drivers::launch_command& c,
                                                       const std::string& operation) {
  std::vector<owned_object> kept;
  const auto read = [&](const drivers::argument_place& a) {
    std::uint64_t word = 0;
    std::memcpy(&word, c.arguments + a.offset, sizeof word);
    return word;
  };
  // Blocks of local memory lie one behind the other, in the order of the arguments.
  std::uint64_t local_end = c.local_bytes;
  for (std::size_t i = kernel.arguments.size(); i-- > 0;) {
    const drivers::argument_place& a = kernel.arguments[i];
    const auto index = static_cast<std::uint32_t>(i);
    switch (a.space) {
    case argument_space::value:
      context_->check(api().clSetKernelArg(kernel.handle, index, a.bytes, c.arguments + a.offset), "clSetKernelArg",
                      operation);
      break;
    case argument_space::local: {
      const std::uint64_t begin = read(a);
      context_->check(api().clSetKernelArg(kernel.handle, index, local_end - begin, nullptr), "clSetKernelArg",
                      operation);
      local_end = begin;
      break;
    }
    case argument_space::global:
    case argument_space::constant:
      owned_object part =
          memory_->set_argument(kernel.handle, index, a.space, reinterpret_cast<const std::byte*>(read(a)), operation);
      if (part.get()) kept.push_back(std::move(part));
      break;
    }
  }
  return kept;
}

void opencl_stream::require_within_limits(const opencl_kernel& kernel, const drivers::launch_command& c,
                                          const std::string& operation) const {
  const auto refuse = [&](const std::string& what, const char* remedy) {
    throw error(error_code::limit_exceeded, what, {context_->id(), 1, operation, remedy});
  };
  for (unsigned d = 0; d < 3; ++d)
    if (c.global_size[d] - 1 > largest_id_ || c.global_offset[d] > largest_id_ - (c.global_size[d] - 1)) [[unlikely]]
      refuse("global ids of dimension " + std::to_string(d) + " reach beyond " + std::to_string(largest_id_) +
                 ", which the device's driver does not compute rightly",
             "Use a smaller offset, and add the rest in the kernel.");
  const std::uint64_t items = c.group_items();
  if (items > kernel.most_items) [[unlikely]]
    refuse("work-groups of " + std::to_string(items) + " work-items; what the kernel takes allows " +
               std::to_string(kernel.most_items),
           "Use smaller work-groups.");
}

void opencl_stream::submit(std::uint64_t number, const drivers::launch_command& c) {
  const opencl_kernel& kernel = static_cast<const opencl_program&>(*c.program).kernel(c.kernel);
  const std::string operation = "launch kernel '" + kernel.name + "'";
  context_->require_present(operation);
  require_within_limits(kernel, c, operation);
  std::array<std::size_t, 3> global{}, offset{}, local{};
  for (unsigned d = 0; d < 3; ++d) {
    global[d] = c.global_size[d];
    offset[d] = c.global_offset[d];
    local[d] = c.local_size[d];
  }
  // Nobody can see the groups of a flat kernel, so the driver cuts it as it likes.
  const bool is_free = kernel.is_flat && c.local_size == std::array<std::uint64_t, 3>{1, 1, 1};
  event_handle event = nullptr;
  const std::lock_guard lock(kernel.guard);
  const std::vector<owned_object> kept = set_arguments(kernel, c, operation);
  const std::int64_t queued = now_nanoseconds();
  const result r = api().clEnqueueNDRangeKernel(queue_, kernel.handle, c.dimensions, offset.data(), global.data(),
                                                is_free ? nullptr : local.data(), 0, nullptr, &event);
  if (r == result::out_of_resources) [[unlikely]]
    refuse_for_resources(kernel, c, operation);
  context_->check(r, "clEnqueueNDRangeKernel", operation);
  timeline_.add(number, event, queued);
}

/// For a launch, what there is too little of is what its work-groups take: unless nothing works any more.
void opencl_stream::refuse_for_resources(const opencl_kernel& kernel, const drivers::launch_command& c,
                                         const std::string& operation) {
  const std::string told = describe(result::out_of_resources, "clEnqueueNDRangeKernel");
  context_->require_working(told, operation);
  const auto most = read_number<std::uint64_t>(api(), context_->device(), device_info::local_mem_size);
  throw error(error_code::limit_exceeded,
              told + ": work-groups of " + std::to_string(c.group_items()) + " work-items and " +
                  std::to_string(c.local_bytes) + " bytes of local memory; the device has " +
                  (most ? std::to_string(*most) : std::string("an unknown number")) +
                  ", and the kernel and its driver take " + std::to_string(kernel.own_local_bytes) +
                  " beside what is passed",
              {context_->id(), 1, operation, "Use smaller work-groups, or less local memory."});
}

template <class Put>
void opencl_stream::submit_parts(std::uint64_t number, Put&& put) {
  struct {
    event_handle event = nullptr;
    std::int64_t queued = 0;
  } part;
  std::int64_t before = now_nanoseconds();
  // Which part is the last shows when there is no other: only that one's end is the command's.
  const auto add_part = [&](event_handle next) {
    if (part.event) timeline_.add_part(number, part.event, part.queued);
    part = {next, before};
    before = now_nanoseconds();
  };
  try {
    put(add_part);
  } catch (...) {
    add_part(nullptr);
    throw;
  }
  if (part.event) timeline_.add(number, part.event, part.queued);
}

void opencl_stream::submit(std::uint64_t number, const drivers::fill_command& c) {
  context_->require_present("fill");
  submit_parts(number, [&](const event_sink& sink) {
    drivers::fill_by(
        c, widest_fill,
        [&](std::byte* to, const std::byte* pattern, std::uint32_t width, std::uint64_t bytes) {
          memory_->fill(queue_, to, pattern, width, bytes, sink);
        },
        [&](std::byte* to, const std::byte* from, std::uint64_t bytes) {
          memory_->copy(queue_, to, from, bytes, sink);
        });
  });
}

bool opencl_stream::submit(std::uint64_t number, const drivers::copy_command& c) {
  context_->require_present("copy");
  submit_parts(number, [&](const event_sink& sink) { memory_->copy(queue_, c.to, c.from, c.bytes, sink); });
  return true;
}

bool opencl_stream::transfer(const drivers::copy_command&, const std::function<bool()>&) {
  // submit() takes every copy.
  throw error(error_code::internal, "a copy was to be made by the host", {context_->id(), 1, "copy", ""});
}

bool opencl_stream::wait_for(const drivers::stream& other, std::uint64_t number) {
  context_->require_present("wait for another queue");
  static_cast<const opencl_stream&>(other).timeline_.let_wait(queue_, timeline_, number);
  return true;
}

void opencl_stream::signal(std::uint64_t number) {
  context_->require_present("signal");
  context_->check(api().clFlush(queue_), "clFlush", "signal");
  timeline_.signal(number);
}

void opencl_stream::pause() const noexcept {
  // The thread that would do what is waited for may be waiting for this processor.
  is_host_ ? std::this_thread::yield() : spin_pause();
}

void opencl_stream::check() {
  context_->require_present("look at a queue");
  (void)timeline_.reached(); // asks the device, and finds out when it does not answer
  context_->require_present("run the queue's commands");
}

} // namespace dotcompute::opencl
