// SPDX-License-Identifier: MIT
// How far a stream is: a counter that the device writes, or events that it records.
#pragma once

#include "drivers/cuda/pinned_pool.hpp"

#include <cstdint>
#include <memory>

namespace dotcompute::cuda {

enum class timeline_kind : std::uint8_t {
  memory, ///< the stream writes its number to host memory: seen by reading it, waited for by other streams
  events, ///< each signal records an event, and whoever asks how far the stream is queries it
};

/// One thread at a time calls signal(); the others are for any thread.
class stream_timeline {
 public:
  virtual ~stream_timeline() = default;
  /// The stream's context is current, here and in let_wait().
  virtual void signal(stream_handle stream, std::uint64_t number) = 0;
  virtual std::uint64_t reached() const noexcept = 0;
  /// What `waiter` is given from now on starts once `number`, signalled before, was reached.
  virtual void let_wait(stream_handle waiter, std::uint64_t number) const = 0;
};

/// What suits the device. DOTCOMPUTE_CUDA_TIMELINE=memory|events decides otherwise; what the device cannot do is not
/// taken.
timeline_kind choose_timeline(cuda_context& context);

std::unique_ptr<stream_timeline> make_timeline(timeline_kind kind, const std::shared_ptr<cuda_context>& context,
                                               const std::shared_ptr<pinned_pool>& pool);

} // namespace dotcompute::cuda
