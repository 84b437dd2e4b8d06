// SPDX-License-Identifier: MIT
// The device's clock in terms of the host's.
#pragma once

#include "drivers/cuda/cuda_event.hpp"

#include <cstdint>
#include <memory>
#include <mutex>

namespace dotcompute::cuda {

/// A moment known on both clocks.
struct clock_anchor {
  cuda_event event;
  std::int64_t host = 0; ///< nanoseconds of now_nanoseconds()
};

/// Thread-safe. CUDA gives the time between two events as a float of milliseconds, which after an hour counts in
/// quarters of a millisecond, and the two clocks drift apart; so the anchor is renewed every second, and times are
/// counted from the one before the command.
class device_clock {
 public:
  /// Throws device_lost and what making a stream throws.
  explicit device_clock(std::shared_ptr<cuda_context> context);
  ~device_clock();

  /// A recent one; null when the device did not answer for a while. Costs some 10 us a second.
  std::shared_ptr<const clock_anchor> anchor();
  /// Nanoseconds of the host's clock; the event has been reached. Throws when the driver refuses.
  std::int64_t host_time(const clock_anchor& from, event_handle event) const;

 private:
  std::shared_ptr<const clock_anchor> measure();

  const std::shared_ptr<cuda_context> context_;
  stream_handle stream_ = nullptr;
  std::mutex guard_;
  std::shared_ptr<const clock_anchor> latest_;
  std::int64_t tried_ = 0;
};

} // namespace dotcompute::cuda
