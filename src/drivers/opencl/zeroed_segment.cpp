// SPDX-License-Identifier: MIT
#include "drivers/opencl/zeroed_segment.hpp"

#include "drivers/polling.hpp"
#include "support/clock.hpp"
#include "support/log.hpp"

#include <string>

namespace dotcompute::opencl {
namespace {

constexpr auto zeroing_time = std::chrono::seconds(10); // a kernel may occupy the device
constexpr auto settling_time = std::chrono::seconds(1);
constexpr const char* operation = "make a segment";

} // namespace

void zeroed_segment::zero(
    const std::function<void(queue_handle, const std::byte* pattern, std::uint32_t width, const event_sink&)>& fill) {
  const driver_api& api = context_.api();
  result r = result::success;
  // In a queue of its own: others need not wait for it.
  const queue_handle queue = api.clCreateCommandQueue(context_.handle(), context_.device(), 0, &r);
  context_.check(r, "clCreateCommandQueue", operation);
  event_handle event = nullptr;
  try {
    const std::byte nothing[16]{};
    fill(queue, nothing, sizeof nothing, [&](event_handle e) {
      event = e;
      is_pending_ = true;
    });
    context_.check(api.clFlush(queue), "clFlush", operation);
    std::int32_t status = 1;
    await(event, zeroing_time, [&](result asked, std::int32_t s) {
      context_.check(asked, "clGetEventInfo", operation);
      status = s;
    });
    if (status < complete) context_.fail(static_cast<result>(status), "the fill with zeros", operation);
  } catch (...) {
    // It may be under way all the same.
    if (is_pending_) await(event, settling_time, [](result, std::int32_t) {});
    give_back(queue, event);
    throw;
  }
  give_back(queue, event);
  if (is_pending_)
    throw error(error_code::deadline_exceeded,
                "the device did not get round to zeroing " + std::to_string(bytes) + " bytes within 10 s",
                {context_.id(), 1, operation, "A kernel occupies the device; wait for it, or open the device again."});
}

// Until the event is done, however it ended, or `time` has passed; tells every answer.
void zeroed_segment::await(event_handle event, std::chrono::nanoseconds time,
                           const std::function<void(result asked, std::int32_t status)>& tell) {
  const auto deadline = deadline_after(time);
  drivers::poll_until(
      [&] {
        std::int32_t status = 1;
        const result r =
            context_.api().clGetEventInfo(event, event_info::command_execution_status, sizeof status, &status, nullptr);
        is_pending_ = r != result::success || status > complete;
        tell(r, status);
        return !is_pending_;
      },
      [&] { return context_.is_lost() || std::chrono::steady_clock::now() >= deadline; });
}

void zeroed_segment::give_back(queue_handle queue, event_handle event) noexcept {
  if (context_.is_lost()) return;
  if (event) context_.note(context_.api().clReleaseEvent(event), "clReleaseEvent", operation);
  if (!is_pending_) // else it could wait for as long as the kernel that occupies the device
    context_.note(context_.api().clReleaseCommandQueue(queue), "clReleaseCommandQueue", operation);
}

bool zeroed_segment::may_be_given_back() const noexcept {
  if (context_.is_lost()) return false;
  if (is_pending_)
    log::warning("{}: a segment of {} bytes stays allocated, because the device still works on it", context_.id(),
                 bytes);
  return !is_pending_;
}

} // namespace dotcompute::opencl
