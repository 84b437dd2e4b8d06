// SPDX-License-Identifier: MIT
#include "drivers/cuda/own_stream.hpp"

#include "drivers/cuda/device_wait.hpp"
#include "support/clock.hpp"

namespace dotcompute::cuda {

bool run_in_own_stream(cuda_context& context, const own_stream_work& work, std::chrono::nanoseconds time,
                       const char* operation, bool& is_pending) {
  const driver_api& api = context.api();
  stream_handle stream = nullptr;
  context.check(api.cuStreamCreateWithPriority(&stream, stream_non_blocking, 0), "cuStreamCreateWithPriority",
                operation);
  const result started = work.start(stream);
  result first = result::success;
  bool is_done = true;
  if (started == result::success) {
    const auto deadline = deadline_after(time);
    const result last = wait_until_settled([&] { return api.cuStreamQuery(stream); },
                                           [&] { return std::chrono::steady_clock::now() >= deadline; }, first);
    is_done = last != result::not_ready;
    if (!is_done) is_pending = true;
  }
  context.note(api.cuStreamDestroy(stream), "cuStreamDestroy", operation);
  context.check(started, work.function, operation);
  context.check(first, "cuStreamQuery", operation);
  return is_done;
}

} // namespace dotcompute::cuda
