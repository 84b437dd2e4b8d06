// SPDX-License-Identifier: MIT
// When the commands of one stream started and finished.
#pragma once

#include "drivers/cuda/device_clock.hpp"

#include <dotcompute/event.hpp>
#include <dotcompute/known.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace dotcompute::cuda {

/// Remembers the latest 1,024 commands. One thread at a time calls begin() and end(); times() is for any.
class command_times {
 public:
  command_times(std::shared_ptr<cuda_context> context, std::shared_ptr<device_clock> clock);

  /// Around handing the command over, with the context current.
  void begin(std::uint64_t number, stream_handle stream);
  void end(std::uint64_t number, stream_handle stream);
  known<event_times> times(std::uint64_t number) const noexcept;

 private:
  struct slot {
    std::uint64_t number = 0; ///< 0 while it is being written
    cuda_event started, finished;
    std::shared_ptr<const clock_anchor> anchor;
  };

  const std::shared_ptr<cuda_context> context_;
  const std::shared_ptr<device_clock> clock_;
  mutable std::mutex guard_; ///< of the slots
  std::vector<slot> slots_;
};

} // namespace dotcompute::cuda
