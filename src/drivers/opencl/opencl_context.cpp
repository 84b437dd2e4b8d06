// SPDX-License-Identifier: MIT
#include "drivers/opencl/opencl_context.hpp"

#include "drivers/stream.hpp"
#include "support/log.hpp"
#include "support/quiet_signals.hpp"

#include <chrono>
#include <condition_variable>
#include <exception>
#include <thread>
#include <utility>

namespace dotcompute::opencl {
namespace {

constexpr auto probe_time = std::chrono::seconds(1);

/// Runs one command to its end. On a lost device any of these calls may hang.
bool run_a_command(const driver_api& api, context_handle context, device_handle device) {
  result r = result::success;
  const queue_handle queue = api.clCreateCommandQueue(context, device, 0, &r);
  if (!queue || r != result::success) return false;
  event_handle event = nullptr;
  std::int32_t status = -1;
  if (api.clEnqueueBarrierWithWaitList(queue, 0, nullptr, &event) == result::success &&
      api.clFlush(queue) == result::success) {
    const auto deadline = std::chrono::steady_clock::now() + probe_time;
    do {
      if (api.clGetEventInfo(event, event_info::command_execution_status, sizeof status, &status, nullptr) !=
          result::success)
        status = -1;
      if (status > complete) std::this_thread::sleep_for(std::chrono::microseconds(100));
    } while (status > complete && std::chrono::steady_clock::now() < deadline);
  }
  if (event) api.clReleaseEvent(event);
  if (status <= complete) api.clReleaseCommandQueue(queue); // else it could wait for ever
  return status == complete;
}

/// What a thread that may hang and the one that waits for it share.
struct answer {
  std::mutex guard;
  std::condition_variable given;
  bool is_given = false, works = false;
};

} // namespace

opencl_context::opencl_context(std::shared_ptr<const opencl_library> library, found_device found, std::string id,
                               sub_device part)
    : library_(std::move(library)), part_(std::move(part)), found_(found), id_(std::move(id)) {
  const property properties[] = {context_platform, reinterpret_cast<property>(found_.platform), 0};
  result r = result::success;
  handle_ = api().clCreateContext(properties, 1, &found_.device, nullptr, nullptr, &r);
  if (r != result::success) throw make_error(r, "clCreateContext", id_, "open the device");
  if (!handle_) throw make_error(result::invalid_context, "clCreateContext", id_, "open the device");
}

opencl_context::~opencl_context() {
  // Releasing a context in which something still runs, or that is broken, may never return; the process's end does it.
  if (is_lost()) {
    part_.abandon();
    return;
  }
  note(api().clReleaseContext(handle_), "clReleaseContext", "close the device");
}

void opencl_context::mark_lost(const std::string& reason) noexcept {
  bool is_first = false;
  try {
    const std::lock_guard lock(guard_);
    is_first = !is_lost();
    if (is_first) reason_ = reason;
  } catch (const std::exception&) {
    // Without memory for the reason it is lost all the same.
  }
  is_lost_.store(true, std::memory_order_release);
  if (is_first) log::error("{} is lost: {}", id_, reason);
}

void opencl_context::throw_lost(const std::string& operation) const {
  std::string reason;
  {
    const std::lock_guard lock(guard_);
    reason = reason_;
  }
  throw error(error_code::device_lost, "the device was lost before: " + reason,
              {id_, 1, operation, meaning_of(result::context_terminated).remedy});
}

bool opencl_context::still_works() {
  const auto told = std::make_shared<answer>();
  try {
    const quiet_signals quiet;
    std::thread([told, library = library_, context = handle_, device = found_.device] {
      const bool works = run_a_command(library->api, context, device);
      const std::lock_guard lock(told->guard);
      told->is_given = true;
      told->works = works;
      told->given.notify_all();
    }).detach(); // it may hang in the driver for ever
  } catch (const std::exception&) {
    return false;
  }
  std::unique_lock lock(told->guard);
  return told->given.wait_for(lock, 2 * probe_time, [&] { return told->is_given; }) && told->works;
}

void opencl_context::require_working(const std::string& reason, const std::string& operation) {
  if (!is_lost() && !still_works())
    mark_lost(reason + ", to: " + operation + ", and the context carried out no other command within 1 s");
  require_present(operation);
}

void opencl_context::fail(result r, const char* function, const std::string& operation) {
  const error e = make_error(r, function, id_, operation);
  if (drivers::is_gone(e))
    mark_lost(e.message() + ", to: " + operation);
  else if (meaning_of(r).is_ambiguous)
    require_working(e.message(), operation);
  throw e;
}

void opencl_context::note(result r, const char* function, const char* operation) noexcept {
  if (r == result::success) return;
  try {
    const error e = make_error(r, function, id_, operation);
    if (drivers::is_gone(e))
      mark_lost(e.message() + ", to: " + operation);
    else
      log::warning("{}", e.what());
  } catch (const std::exception&) {
    log::warning("a call of an OpenCL driver failed, and there is no memory to say which");
  }
}

} // namespace dotcompute::opencl
