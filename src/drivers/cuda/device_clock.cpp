// SPDX-License-Identifier: MIT
#include "drivers/cuda/device_clock.hpp"

#include "support/clock.hpp"

#include <utility>

namespace dotcompute::cuda {
namespace {

constexpr std::int64_t renewed_after = 1'000'000'000; // nanoseconds
constexpr std::int64_t retried_after = 20'000'000;    // nanoseconds; while there is none yet
constexpr std::int64_t narrow_enough = 20'000;        // nanoseconds between which the device's moment must lie
constexpr std::int64_t longest_try = 2'000'000;       // nanoseconds
constexpr int most_tries = 4;
constexpr const char* operation = "read the device's clock";

} // namespace

device_clock::device_clock(std::shared_ptr<cuda_context> context) : context_(std::move(context)) {
  const current_context current(*context_, operation);
  context_->check(context_->api().cuStreamCreateWithPriority(&stream_, stream_non_blocking, 0),
                  "cuStreamCreateWithPriority", operation);
}

device_clock::~device_clock() {
  latest_.reset();
  const current_context current(*context_);
  if (!context_->is_lost()) context_->note(context_->api().cuStreamDestroy(stream_), "cuStreamDestroy", operation);
}

std::shared_ptr<const clock_anchor> device_clock::anchor() {
  const std::lock_guard lock(guard_);
  const std::int64_t now = now_nanoseconds();
  if (tried_ == 0 || now - tried_ >= (latest_ ? renewed_after : retried_after)) {
    tried_ = now;
    if (auto fresh = measure()) latest_ = std::move(fresh);
  }
  return latest_;
}

std::shared_ptr<const clock_anchor> device_clock::measure() {
  const driver_api& api = context_->api();
  std::shared_ptr<clock_anchor> best;
  std::int64_t narrowest = longest_try;
  for (int i = 0; i < most_tries && narrowest > narrow_enough; ++i) {
    auto fresh = std::make_shared<clock_anchor>(clock_anchor{cuda_event(*context_, event_default)});
    const std::int64_t before = now_nanoseconds();
    context_->check(api.cuEventRecord(fresh->event.get(), stream_), "cuEventRecord", operation);
    std::int64_t after = before;
    result r = result::not_ready;
    while (r == result::not_ready && after - before < longest_try) {
      r = api.cuEventQuery(fresh->event.get());
      after = now_nanoseconds();
    }
    if (r == result::not_ready) break; // the device is occupied
    context_->check(r, "cuEventQuery", operation);
    if (best && after - before >= narrowest) continue;
    narrowest = after - before;
    fresh->host = before + narrowest / 2;
    best = std::move(fresh);
  }
  return best;
}

std::int64_t device_clock::host_time(const clock_anchor& from, event_handle event) const {
  float milliseconds = 0;
  context_->check(context_->api().cuEventElapsedTime(&milliseconds, from.event.get(), event), "cuEventElapsedTime",
                  operation);
  return from.host + static_cast<std::int64_t>(static_cast<double>(milliseconds) * 1e6);
}

} // namespace dotcompute::cuda
