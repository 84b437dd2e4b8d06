// SPDX-License-Identifier: MIT
// Copies between the device and host memory that it does not reach: through two pinned buffers, one of which the device
// works on while the host works on the other.
#pragma once

#include "drivers/command.hpp"
#include "drivers/cuda/cuda_event.hpp"
#include "drivers/cuda/pinned_pool.hpp"

#include <array>
#include <cstddef>
#include <functional>
#include <memory>

namespace dotcompute::cuda {

/// One thread at a time. The stream's context is current.
class staged_copy {
 public:
  staged_copy(std::shared_ptr<cuda_context> context, std::shared_ptr<pinned_pool> pool)
      : context_(std::move(context)), pool_(std::move(pool)) {}

  /// The stream is idle. False when `abandoned` said so, with the device perhaps still at work on the buffers.
  bool to_device(const drivers::copy_command& c, stream_handle stream, const std::function<bool()>& abandoned);
  bool to_host(const drivers::copy_command& c, stream_handle stream, const std::function<bool()>& abandoned);

 private:
  struct buffer {
    pooled_memory memory;
    cuda_event free; ///< recorded behind the device's work on it
  };
  void prepare();
  bool wait(const buffer& b, const std::function<bool()>& abandoned);
  void start(buffer& b, device_address to, device_address from, std::size_t bytes, stream_handle stream);

  const std::shared_ptr<cuda_context> context_;
  const std::shared_ptr<pinned_pool> pool_;
  std::array<buffer, 2> buffers_;
};

} // namespace dotcompute::cuda
